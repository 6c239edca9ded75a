//! The methods that only the writer's thread calls.

use std::sync::PoisonError;
use std::time::{Duration, Instant};

use super::bounded::{MAX_BATCH_BYTES, Queue, wait_while};
use super::item::QueueItem;
use super::state::{State, queue_full};
use crate::write::loss::Loss;

/// How long the writer waits for more items before it starts a batch.
const LINGER: Duration = Duration::from_millis(50);

/// The next task of the writer.
pub(crate) enum Work {
    /// Write the batch. With `sync`, make the batch and everything before it durable.
    Write { sync: bool },
    /// Stop: the queue is closed and empty.
    Stop,
}

impl<T: QueueItem> Queue<T> {
    /// Waits for work, and moves up to `max_items` items into `batch`.
    pub(crate) fn next_batch(&self, batch: &mut Vec<T>, max_items: usize) -> Work {
        let idle = |s: &mut State<T>| s.items.is_empty() && !s.must_not_linger();
        let mut state = wait_while(&self.work, self.lock(), idle);
        let lingers = |s: &State<T>| {
            s.items.len() < self.wake_items && s.bytes < self.wake_bytes() && !s.must_not_linger()
        };
        if lingers(&state) {
            let waited = self.work.wait_timeout_while(state, LINGER, |s| lingers(s));
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        if state.items.is_empty() && !state.has_work_without_items() {
            return Work::Stop;
        }
        let mut bytes = 0;
        while batch.len() < max_items
            && let Some(&(_, next)) = state.items.front()
            && (bytes == 0 || bytes + next <= MAX_BATCH_BYTES)
            && let Some((item, _)) = state.items.pop_front()
        {
            bytes += next;
            batch.push(item);
        }
        state.in_flight_bytes = bytes;
        state.in_flight_items = batch.len();
        let newest = state.newest_dequeued();
        let sync = state.file_check_requested
            || (state.sync_requested > state.synced && newest >= state.sync_requested);
        drop(state);
        self.space.notify_all();
        Work::Write { sync }
    }

    /// Takes the dropped items that the file does not record yet.
    pub(crate) fn take_loss(&self) -> Option<Loss> {
        self.lock().loss.take()
    }

    /// Ends a batch that is in the file, or lost. `sync` is the value that
    /// [`next_batch`](Self::next_batch) returned.
    pub(crate) fn complete_batch(&self, sync: bool) {
        let mut state = self.lock();
        state.bytes -= state.in_flight_bytes;
        state.in_flight_bytes = 0;
        state.in_flight_items = 0;
        state.blocked_by = None;
        if sync {
            state.synced = state.newest_dequeued();
            state.file_check_requested = false;
        }
        drop(state);
        self.space.notify_all();
        if sync {
            self.progress.notify_all();
        }
    }

    /// Marks the items that were dequeued so far as lost. The next flush reports the loss.
    pub(crate) fn mark_lost(&self) {
        let mut state = self.lock();
        state.last_lost = state.newest_dequeued();
    }

    /// Records that the file disappeared with everything in it. The next flush reports the loss.
    pub(crate) fn mark_file_lost(&self) {
        self.lock().file_losses += 1;
    }

    /// Records why the writer cannot write. With `fail_flushes`, waiting flushes return at once.
    pub(crate) fn set_blocked(&self, reason: &str, fail_flushes: bool) {
        let mut state = self.lock();
        state.blocked_by = Some(reason.to_owned());
        if let Some(loss) = &mut state.loss {
            loss.reason = queue_full(reason);
        }
        if fail_flushes && (state.sync_requested > state.synced || state.file_check_requested) {
            state.failed_syncs += 1;
            state.sync_requested = state.synced;
            state.file_check_requested = false;
            drop(state);
            self.progress.notify_all();
        }
    }

    /// Waits between two attempts to write, until `time` is over, a flush asks for an attempt, or the
    /// queue is closed.
    pub(crate) fn wait_before_retry(&self, time: Duration) {
        let state = self.lock();
        let was_closed = state.closed;
        let condition = |s: &mut State<T>| {
            s.sync_requested <= s.synced && !s.file_check_requested && s.closed == was_closed
                || was_closed
        };
        let remaining = state.give_up_at.filter(|_| was_closed);
        let remaining = remaining.map(|at| at.saturating_duration_since(Instant::now()));
        let time = remaining.map_or(time, |remaining| remaining.min(time));
        drop(self.work.wait_timeout_while(state, time, condition));
    }

    /// Whether the queue is closed and the time for its last items is over.
    pub(crate) fn should_give_up(&self) -> bool {
        let state = self.lock();
        state.closed && state.give_up_at.is_none_or(|at| Instant::now() >= at)
    }

    /// Ends the queue with the writer, and wakes every waiting thread.
    ///
    /// If the writer did not complete its work, the items that are not on disk count as lost.
    pub(crate) fn writer_ended(&self, completed: bool) {
        let mut state = self.lock();
        state.closed = true;
        state.ended = true;
        if !completed {
            state.last_lost = state.accepted;
            state.dropped += state.items.len() as u64;
            state.items.clear();
            state.in_flight_items = 0;
        }
        state.synced = state.accepted;
        state.file_check_requested = false;
        drop(state);
        self.space.notify_all();
        self.progress.notify_all();
        self.drops.notify_all();
    }
}
