//! Flushing and closing a queue.

use std::ops::RangeInclusive;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use whose::FlushOutcome;

use super::bounded::{NO_DEADLINE, Queue};
use super::item::QueueItem;
use super::state::State;
use super::sync::MutexGuard;
use super::write_state::WriteState;

impl<T: QueueItem> Queue<T> {
    /// Waits until every item that was accepted so far is on disk.
    ///
    /// The outcome covers losses before this flush that no earlier flush has reported.
    pub(crate) fn flush(&self, timeout: Duration) -> FlushOutcome {
        let deadline = Instant::now().checked_add(timeout);
        let mut state = self.lock();
        let (from, to, failures) = (state.flush_reported, state.accepted, state.failed_syncs);
        let files = state.file_losses_reported;
        state.sync_requested = state.sync_requested.max(to);
        self.work.notify_one();
        let waits =
            |s: &State<T>| (s.synced < to || s.file_check_requested) && s.failed_syncs == failures;
        let (mut state, in_time) = self.wait_for_writer(state, deadline, waits);
        let is_done = in_time && state.synced >= to;
        let is_safe = is_done && state.last_lost <= from && state.file_losses == files;
        if is_done {
            state.flush_reported = state.flush_reported.max(to);
            state.file_losses_reported = state.file_losses;
        }
        state.outcome(is_safe)
    }

    /// Waits until the items of [`push_all`](Self::push_all) are on disk, or lost.
    pub(crate) fn wait_for(&self, items: &RangeInclusive<u64>, timeout: Duration) -> WriteState {
        let deadline = Instant::now().checked_add(timeout);
        let (first, last) = (*items.start(), *items.end());
        let mut state = self.lock();
        let failures = state.failed_syncs;
        // A sync that failed has withdrawn the request.
        state.sync_requested = state.sync_requested.max(last);
        self.work.notify_one();
        let waits = |s: &State<T>| s.synced < last && s.failed_syncs == failures;
        let (state, _) = self.wait_for_writer(state, deadline, waits);
        match state.synced >= last {
            true if (first..=last).is_empty() || state.last_lost < first => WriteState::OnDisk,
            true => WriteState::Lost,
            false => WriteState::Waiting,
        }
    }

    /// Closes the queue, and waits until the writer has ended.
    pub(crate) fn shutdown(&self, timeout: Duration) -> FlushOutcome {
        let deadline = Instant::now().checked_add(timeout);
        let before = self.lock();
        let (from, files) = (before.flush_reported, before.file_losses_reported);
        drop(before);
        // The last quarter is left to the writer, to report what became of the items.
        self.close(timeout * 3 / 4);
        let (mut state, in_time) = self.wait_for_writer(self.lock(), deadline, |s| !s.ended);
        let is_safe = in_time && state.last_lost <= from && state.file_losses == files;
        state.outcome(is_safe)
    }

    /// Waits while `condition` holds. Returns `false` if the deadline came first.
    fn wait_for_writer<'a>(
        &'a self,
        mut state: MutexGuard<'a, State<T>>,
        deadline: Option<Instant>,
        condition: impl Fn(&State<T>) -> bool,
    ) -> (MutexGuard<'a, State<T>>, bool) {
        while condition(&state) {
            let remaining = match deadline {
                Some(deadline) => deadline.saturating_duration_since(Instant::now()),
                None => NO_DEADLINE,
            };
            if remaining.is_zero() {
                return (state, false);
            }
            let waited = self.progress.wait_timeout(state, remaining);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        (state, true)
    }

    /// Makes the writer check the file, and the next flush wait for that check.
    pub(crate) fn request_file_check(&self) {
        let mut state = self.lock();
        state.file_check_requested = !state.ended;
        drop(state);
        self.work.notify_one();
    }

    /// Accepts no more items. The writer still writes the waiting ones; while the file cannot be
    /// written, it tries for at most `grace`.
    pub(crate) fn close(&self, grace: Duration) {
        let mut state = self.lock();
        state.closed = true;
        // The last items are synced even if no flush asked for that.
        state.sync_requested = state.accepted;
        state.give_up_at = Instant::now().checked_add(grace);
        drop(state);
        self.work.notify_all();
        self.space.notify_all();
        self.drops.notify_all();
    }
}
