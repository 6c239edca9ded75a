//! The state of a queue, behind the queue's mutex.

use std::collections::VecDeque;
use std::time::Instant;

use whose::FlushOutcome;

use super::item::QueueItem;
use crate::write::loss::Loss;

/// Why items are dropped while nothing keeps the writer from writing.
pub(super) const DISK_TOO_SLOW: &str = "records came faster than the disk takes them";

/// The state of a queue.
///
/// Each accepted item has a sequence number, counted from 1. All fields that compare progress hold
/// such numbers.
pub(super) struct State<T> {
    /// The items that wait, each with its size in bytes.
    pub(super) items: VecDeque<(T, usize)>,
    /// The bytes of the items that wait or are being written.
    pub(super) bytes: usize,
    /// The bytes of the items that are being written.
    pub(super) in_flight_bytes: usize,
    /// How many items are being written.
    pub(super) in_flight_items: usize,
    /// The sequence number of the newest accepted item.
    pub(super) accepted: u64,
    /// How many items were dropped.
    pub(super) dropped: u64,
    /// How many of the dropped items a flush has reported.
    pub(super) dropped_reported: u64,
    /// How many of the dropped items a warning has reported.
    pub(super) dropped_warned: u64,
    /// The dropped items that the file does not record yet.
    pub(super) loss: Option<Loss>,
    /// Why the writer cannot write at the moment.
    pub(super) blocked_by: Option<String>,
    /// Whether the writer has to check the file even if no item waits.
    pub(super) file_check_requested: bool,
    /// The newest item that a flush wants on disk.
    pub(super) sync_requested: u64,
    /// The newest item that is on disk, or lost.
    pub(super) synced: u64,
    /// How often the writer failed to sync.
    pub(super) failed_syncs: u64,
    /// The newest item that is lost.
    pub(super) last_lost: u64,
    /// The newest item that a flush has waited for.
    pub(super) flush_reported: u64,
    /// How often the file disappeared with everything in it.
    pub(super) file_losses: u64,
    /// How many of these losses a flush has reported.
    pub(super) file_losses_reported: u64,
    /// Whether the queue takes no more items.
    pub(super) closed: bool,
    /// When a blocked writer gives up, once the queue is closed.
    pub(super) give_up_at: Option<Instant>,
    /// Whether the writer has ended.
    pub(super) ended: bool,
}

impl<T> Default for State<T> {
    fn default() -> Self {
        Self {
            items: VecDeque::new(),
            bytes: 0,
            in_flight_bytes: 0,
            in_flight_items: 0,
            accepted: 0,
            dropped: 0,
            dropped_reported: 0,
            dropped_warned: 0,
            loss: None,
            blocked_by: None,
            file_check_requested: false,
            sync_requested: 0,
            synced: 0,
            failed_syncs: 0,
            last_lost: 0,
            flush_reported: 0,
            file_losses: 0,
            file_losses_reported: 0,
            closed: false,
            give_up_at: None,
            ended: false,
        }
    }
}

impl<T: QueueItem> State<T> {
    /// The newest item that does not wait any more.
    pub(super) fn newest_dequeued(&self) -> u64 {
        self.accepted - self.items.len() as u64
    }

    /// Whether the writer has work although no item waits.
    pub(super) fn has_work_without_items(&self) -> bool {
        self.sync_requested > self.synced || self.loss.is_some() || self.file_check_requested
    }

    /// Whether the writer has to start without waiting for more items.
    pub(super) fn must_not_linger(&self) -> bool {
        self.has_work_without_items() || self.closed
    }

    /// Counts a dropped item, and adds it to the loss that the file will record.
    pub(super) fn count_dropped(&mut self, item: &T) {
        self.dropped += 1;
        if self.closed {
            return;
        }
        let times = item.time_range();
        match &mut self.loss {
            Some(loss) => loss.add(times),
            None => {
                let reason = queue_full(self.blocked_by.as_deref().unwrap_or(DISK_TOO_SLOW));
                self.loss = Some(Loss::new(times, reason));
            }
        }
    }

    /// The outcome of a flush. Reports each dropped item once.
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

/// The reason of a drop, as the file and the warnings state it.
pub(super) fn queue_full(reason: &str) -> String {
    format!("the queue was full: {reason}")
}
