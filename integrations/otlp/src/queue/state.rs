//! The state of a queue, behind its mutex.

use std::collections::VecDeque;
use std::time::Instant;

use whose::FlushOutcome;

use crate::queue::batch::Batch;

/// How many of the newest batches a record can join. Batches beside each other have different
/// services: a process rarely has two.
pub(super) const OPEN_BATCHES: usize = 4;

/// The state of a queue. Progress is counted in numbers of batches.
#[derive(Debug, Default)]
pub(super) struct State {
    /// The batches that wait, oldest first. The sender takes the first one.
    pub(super) batches: VecDeque<Batch>,
    /// Whether one of the batches is full, or more batches wait than take records.
    pub(super) has_full_batch: bool,
    /// When the first record of the first batch arrived.
    pub(super) first_at: Option<Instant>,
    /// The bytes of the records that wait or are being sent.
    pub(super) bytes: usize,
    /// The bytes and the number of the records that are being sent.
    pub(super) in_flight: (usize, u64),
    /// The number of the newest batch.
    pub(super) newest: u64,
    /// The newest batch that takes no more records.
    pub(super) sealed: u64,
    /// The newest batch that was delivered, or is lost.
    pub(super) settled: u64,
    /// The newest batch with a lost record.
    pub(super) last_lost: u64,
    /// The newest batch that a flush wants to be settled.
    pub(super) flush_requested: u64,
    /// The newest batch that a flush has waited for.
    pub(super) flush_reported: u64,
    /// How often a flush was requested.
    pub(super) flushes: u64,
    /// How many attempts did not reach the receiver.
    pub(super) unreachable: u64,
    /// How many records were dropped since the queue was full or closed.
    pub(super) dropped: u64,
    /// How many of the dropped records a flush has reported.
    pub(super) dropped_reported: u64,
    /// Whether the queue takes no more records.
    pub(super) closed: bool,
    /// When the sender gives up the batches that cannot be delivered, once the queue is closed.
    pub(super) give_up_at: Option<Instant>,
    /// Whether the sender has ended.
    pub(super) ended: bool,
}

impl State {
    /// How many records wait or are being sent.
    pub(super) fn waiting(&self) -> u64 {
        self.batches.iter().map(|batch| batch.count).sum::<u64>() + self.in_flight.1
    }

    /// Whether the sender has to start without waiting for more records.
    pub(super) fn must_not_linger(&self) -> bool {
        self.closed || self.flush_requested > self.settled || self.has_full_batch
    }

    /// Notes whether the sender has a reason not to wait.
    pub(super) fn note_full(&mut self) {
        let is_any_full = self.batches.iter().any(|batch| batch.is_full);
        self.has_full_batch = is_any_full || self.batches.len() > OPEN_BATCHES;
    }

    /// The outcome of a flush. Reports each dropped record once.
    pub(super) fn outcome(&mut self, is_safe: bool) -> FlushOutcome {
        let not_taken = self.dropped - self.dropped_reported;
        self.dropped_reported = self.dropped;
        let outcome = if is_safe {
            FlushOutcome::SAFE
        } else {
            FlushOutcome::UNSAFE
        };
        outcome.with_not_taken(not_taken)
    }
}
