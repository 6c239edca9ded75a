//! Flushing and closing a queue.

use std::sync::{MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use whose::FlushOutcome;

use crate::queue::bounded::Queue;
use crate::queue::state::State;

/// The timeout of a wait whose deadline is too late for a clock.
const NO_DEADLINE: Duration = Duration::from_secs(24 * 60 * 60);

/// A flush that has begun.
#[derive(Debug)]
pub(crate) struct Flush {
    /// The newest batch that the flush waits for.
    to: u64,
    /// How often the receiver had been unreachable.
    unreachable: u64,
}

impl Queue {
    /// Starts a flush: the sender sends everything that waits, and does not wait for the end of a
    /// pause between two attempts.
    pub(crate) fn request_flush(&self) -> Flush {
        let mut state = self.lock();
        state.sealed = state.newest;
        state.flush_requested = state.newest;
        state.flushes += 1;
        let flush = Flush {
            to: state.newest,
            unreachable: state.unreachable,
        };
        drop(state);
        self.work.notify_one();
        flush
    }

    /// Waits until the batches of the flush are settled, or the receiver turns out to be unreachable.
    ///
    /// The outcome covers losses before this flush that no earlier flush has reported.
    pub(crate) fn wait_flushed(&self, flush: &Flush, deadline: Option<Instant>) -> FlushOutcome {
        let &Flush { to, unreachable } = flush;
        let state = self.lock();
        let from = state.flush_reported;
        let waits = |s: &State| s.settled < to && s.unreachable == unreachable && !s.ended;
        let (mut state, in_time) = self.wait_for_sender(state, deadline, waits);
        let is_done = in_time && state.settled >= to;
        let is_safe = (is_done || self.is_durable()) && state.last_lost <= from;
        if is_done {
            state.flush_reported = state.flush_reported.max(to);
        }
        state.outcome(is_safe)
    }

    /// Waits until the sender of a closed queue has ended.
    pub(crate) fn wait_ended(&self, deadline: Option<Instant>) -> FlushOutcome {
        let state = self.lock();
        let from = state.flush_reported;
        let (mut state, in_time) = self.wait_for_sender(state, deadline, |s| !s.ended);
        let is_safe = (in_time || self.is_durable()) && state.last_lost <= from;
        state.outcome(is_safe)
    }

    /// Accepts no more records. The sender still sends the waiting ones; while they cannot be
    /// delivered, the sender tries for at most `grace`.
    pub(crate) fn close(&self, grace: Duration) {
        let mut state = self.lock();
        state.closed = true;
        state.give_up_at = Instant::now().checked_add(grace);
        drop(state);
        self.work.notify_all();
    }

    /// Waits while `condition` holds. Returns `false` if the deadline came first.
    fn wait_for_sender<'a>(
        &'a self,
        mut state: MutexGuard<'a, State>,
        deadline: Option<Instant>,
        condition: impl Fn(&State) -> bool,
    ) -> (MutexGuard<'a, State>, bool) {
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
}
