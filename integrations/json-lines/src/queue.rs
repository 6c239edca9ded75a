//! The queue between the threads that make records and the thread that writes them.
//!
//! The queue resembles that of `whose-store`, on which this crate does not depend: SQLite would come with
//! it. That queue also blocks producers on request, lets the writer linger, reports gaps by their time,
//! and checks the file, none of which lines of text need.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use whose::{FlushOutcome, Record};

/// The most records of one batch.
const BATCH: usize = 1_024;
/// A wait without a deadline.
const FOREVER: Duration = Duration::from_secs(24 * 60 * 60);

/// A bounded queue. The writer is the one consumer.
pub(crate) struct Queue {
    state: Mutex<State>,
    /// Wakes the writer.
    work: Condvar,
    /// Wakes the threads that wait in `flush` and `shutdown`.
    progress: Condvar,
    max_records: usize,
    max_bytes: usize,
}

#[derive(Default)]
struct State {
    records: VecDeque<(Arc<Record>, usize)>,
    /// The size of the records that wait or are being written.
    bytes: usize,
    batch_bytes: usize,
    /// How many records were accepted, and how many of them were written or failed, and synced.
    accepted: u64,
    done: u64,
    synced: u64,
    sync_requested: u64,
    /// Records that were refused, and accepted records that could not be written.
    dropped: u64,
    failed: u64,
    dropped_reported: u64,
    failed_reported: u64,
    dropped_warned: u64,
    /// How often a write or a sync has failed: a flush does not wait for the next attempt.
    failures: u64,
    is_closed: bool,
    give_up_at: Option<Instant>,
    has_ended: bool,
}

/// What the writer does next.
pub(crate) enum Work {
    /// Writes the batch, which may be empty, and then syncs if asked to.
    Write { sync: bool },
    /// Ends: the queue is closed and empty.
    End,
}

impl Queue {
    pub(crate) fn new(max_records: usize, max_bytes: usize) -> Self {
        Self {
            state: Mutex::default(),
            work: Condvar::new(),
            progress: Condvar::new(),
            max_records: max_records.max(1),
            max_bytes,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No statement that can panic leaves the state half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a record. A full or closed queue drops and counts the record.
    pub(crate) fn push(&self, record: Arc<Record>) {
        let bytes = record.memory_size();
        let mut state = self.lock();
        let is_full = state.records.len() >= self.max_records
            || (state.bytes > 0 && state.bytes.saturating_add(bytes) > self.max_bytes);
        if is_full || state.is_closed {
            state.dropped += 1;
            return;
        }
        state.records.push_back((record, bytes));
        state.bytes += bytes;
        state.accepted += 1;
        let is_first = state.records.len() == 1;
        drop(state);
        if is_first {
            self.work.notify_one();
        }
    }

    /// Waits for records, for a flush or for the end. Fills the empty `batch`.
    pub(crate) fn next_batch(&self, batch: &mut Vec<Arc<Record>>) -> Work {
        let is_idle = |state: &mut State| {
            let is_asked = state.sync_requested > state.synced && state.synced < state.accepted;
            state.records.is_empty() && !is_asked && !state.is_closed
        };
        let state = self.work.wait_while(self.lock(), is_idle);
        let mut state = state.unwrap_or_else(PoisonError::into_inner);
        let count = state.records.len().min(BATCH);
        let mut bytes = 0;
        for (record, size) in state.records.drain(..count) {
            bytes += size;
            batch.push(record);
        }
        state.batch_bytes = bytes;
        let is_last = state.records.is_empty();
        let is_asked = state.sync_requested > state.synced;
        let is_over = state.is_closed && is_last;
        match is_over && batch.is_empty() && state.synced >= state.accepted {
            true => Work::End,
            false => Work::Write {
                sync: is_over || (is_last && is_asked),
            },
        }
    }

    /// Reports the batch: `failed` of its records were not written.
    pub(crate) fn complete(&self, records: usize, failed: u64, is_synced: bool) {
        let mut state = self.lock();
        state.done += records as u64;
        state.failed += failed;
        state.bytes = state.bytes.saturating_sub(state.batch_bytes);
        state.batch_bytes = 0;
        if is_synced {
            state.synced = state.done;
        }
        drop(state);
        self.progress.notify_all();
    }

    /// Reports an attempt that failed, and waits for `time` or the end. Returns whether the writer
    /// tries again.
    pub(crate) fn failed_attempt(&self, time: Duration) -> bool {
        let mut state = self.lock();
        state.failures += 1;
        self.progress.notify_all();
        let until = Instant::now() + time;
        loop {
            let now = Instant::now();
            let gives_up = state.is_closed && state.give_up_at.is_none_or(|at| now >= at);
            if gives_up || now >= until {
                return !gives_up;
            }
            let end = state.give_up_at.map_or(until, |at| at.min(until));
            let waited = self
                .work
                .wait_timeout(state, end.saturating_duration_since(now));
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// The records that were dropped since the last call, for a warning.
    pub(crate) fn take_unwarned_drops(&self) -> u64 {
        let mut state = self.lock();
        // The end of the program drops what comes later, and needs no warning.
        let dropped = state.dropped - state.dropped_warned;
        state.dropped_warned = state.dropped;
        match state.is_closed && state.records.is_empty() {
            true => 0,
            false => dropped,
        }
    }

    /// The records that were refused, and those that could not be written.
    pub(crate) fn lost(&self) -> (u64, u64) {
        let state = self.lock();
        (state.dropped, state.failed)
    }

    pub(crate) fn flush(&self, timeout: Duration) -> FlushOutcome {
        let mut state = self.lock();
        let (to, failures) = (state.accepted, state.failures);
        state.sync_requested = state.sync_requested.max(to);
        self.work.notify_one();
        let waits =
            |state: &State| state.synced < to && state.failures == failures && !state.has_ended;
        let mut state = self.wait(state, timeout, waits);
        let is_done = state.synced >= to;
        state.outcome(is_done)
    }

    /// Closes the queue, and waits until the writer has ended.
    pub(crate) fn shutdown(&self, timeout: Duration) -> FlushOutcome {
        // The last quarter is left to the writer, to count what it could not write.
        self.close(timeout * 3 / 4);
        let mut state = self.wait(self.lock(), timeout, |state| !state.has_ended);
        let is_done = state.has_ended && state.synced >= state.accepted;
        state.outcome(is_done)
    }

    /// Accepts no more records. While the file cannot be written, the writer tries for `grace`.
    pub(crate) fn close(&self, grace: Duration) {
        let mut state = self.lock();
        state.is_closed = true;
        state.sync_requested = state.accepted;
        let give_up_at = Instant::now().checked_add(grace);
        state.give_up_at = state.give_up_at.or(give_up_at).min(give_up_at);
        drop(state);
        self.work.notify_all();
    }

    /// The writer has ended, also by a panic. What it has not written is lost.
    pub(crate) fn writer_ended(&self) {
        let mut state = self.lock();
        let left = state.accepted - state.done;
        state.failed += left;
        state.done = state.accepted;
        state.records.clear();
        state.bytes = 0;
        state.is_closed = true;
        state.has_ended = true;
        drop(state);
        self.progress.notify_all();
    }

    fn wait<'a>(
        &'a self,
        mut state: MutexGuard<'a, State>,
        timeout: Duration,
        waits: impl Fn(&State) -> bool,
    ) -> MutexGuard<'a, State> {
        let deadline = Instant::now().checked_add(timeout);
        while waits(&state) {
            let left = deadline.map_or(FOREVER, |at| at.saturating_duration_since(Instant::now()));
            if left.is_zero() {
                break;
            }
            let waited = self.progress.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state
    }
}

impl State {
    /// The outcome of a flush. Each lost record is reported once.
    fn outcome(&mut self, is_done: bool) -> FlushOutcome {
        let is_safe = is_done && self.failed == self.failed_reported;
        self.failed_reported = self.failed;
        let not_taken = self.dropped - self.dropped_reported;
        self.dropped_reported = self.dropped;
        let outcome = match is_safe {
            true => FlushOutcome::SAFE,
            false => FlushOutcome::UNSAFE,
        };
        outcome.with_not_taken(not_taken)
    }
}
