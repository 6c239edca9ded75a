//! The methods that only the sender's thread calls.

use std::sync::{MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::queue::batch::Batch;
use crate::queue::bounded::Queue;
use crate::queue::state::State;

/// The next task of the sender.
#[derive(Debug)]
pub(crate) enum Work {
    /// Deliver the batch.
    Send(Batch),
    /// Nothing has arrived for the given time.
    Idle,
    /// Stop: the queue is closed and empty.
    Stop,
}

impl Queue {
    /// Waits for a batch, at most `patience` where there is no record at all.
    pub(crate) fn next_batch(&self, patience: Option<Duration>) -> Work {
        let mut state = self.lock();
        let is_idle = |s: &State| s.batches.is_empty() && !s.closed;
        while is_idle(&state) {
            match patience {
                None => {
                    state = self
                        .work
                        .wait(state)
                        .unwrap_or_else(PoisonError::into_inner)
                }
                Some(patience) => {
                    state = self.wait_for_work(state, patience, |s| is_idle(s));
                    if is_idle(&state) {
                        return Work::Idle;
                    }
                }
            }
        }
        let age = state.first_at.map(|at| at.elapsed()).unwrap_or_default();
        let rest = self.limits.delay.saturating_sub(age);
        if !state.must_not_linger() && !rest.is_zero() {
            state = self.wait_for_work(state, rest, |s| !s.must_not_linger());
        }
        let Some(batch) = state.batches.pop_front() else {
            return Work::Stop;
        };
        state.in_flight = (batch.records.len(), batch.count);
        state.note_full();
        state.first_at = (!state.batches.is_empty()).then(Instant::now);
        Work::Send(batch)
    }

    /// Waits while `condition` holds, for at most `time`.
    fn wait_for_work<'a>(
        &'a self,
        state: MutexGuard<'a, State>,
        time: Duration,
        condition: impl Fn(&State) -> bool,
    ) -> MutexGuard<'a, State> {
        let waited = self.work.wait_timeout_while(state, time, |s| condition(s));
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    /// Ends the batch in flight, which is delivered or lost.
    pub(crate) fn settle(&self, number: u64, has_loss: bool) {
        let mut state = self.lock();
        state.bytes -= state.in_flight.0;
        state.in_flight = (0, 0);
        state.settled = number;
        if has_loss {
            state.last_lost = number;
        }
        drop(state);
        self.progress.notify_all();
    }

    /// Whether the sender has no reason to try again: the queue is closed, and its time is over, or the
    /// records are on disk.
    pub(crate) fn should_give_up(&self) -> bool {
        let is_over = self
            .time_left()
            .map(|left| left.is_zero() || self.is_durable());
        is_over.unwrap_or(false)
    }

    /// Records that an attempt did not reach the receiver. Waiting flushes return.
    pub(crate) fn note_unreachable(&self) {
        self.lock().unreachable += 1;
        self.progress.notify_all();
    }

    /// Waits between two attempts until `time` is over, or the queue is closed. With
    /// `ends_at_flush`, a new flush ends the wait too.
    pub(crate) fn wait_before_retry(&self, time: Duration, ends_at_flush: bool) {
        let state = self.lock();
        let (was_closed, flushes) = (state.closed, state.flushes);
        let remaining = state.give_up_at.filter(|_| was_closed);
        let remaining = remaining.map(|at| at.saturating_duration_since(Instant::now()));
        let time = remaining.map_or(time, |remaining| remaining.min(time));
        let waits = |s: &State| s.closed == was_closed && !(ends_at_flush && s.flushes > flushes);
        drop(self.wait_for_work(state, time, waits));
    }

    /// How long the sender may still try, once the queue is closed.
    pub(crate) fn time_left(&self) -> Option<Duration> {
        let state = self.lock();
        let give_up_at = state.give_up_at.filter(|_| state.closed);
        give_up_at.map(|at| at.saturating_duration_since(Instant::now()))
    }

    /// Ends the queue with the sender, and wakes every waiting thread. The records that still wait
    /// are lost, unless they are on disk. Returns how many.
    pub(crate) fn sender_ended(&self) -> u64 {
        let mut state = self.lock();
        state.closed = true;
        state.ended = true;
        state.settled = state.newest;
        let lost = match self.is_durable() {
            true => 0,
            false => state.waiting(),
        };
        if lost > 0 {
            state.last_lost = state.newest;
            state.dropped += lost;
            state.batches.clear();
            state.in_flight = (0, 0);
            state.bytes = 0;
        }
        drop(state);
        self.progress.notify_all();
        lost
    }
}
