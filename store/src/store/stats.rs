use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use crate::write::WriterStatus;

/// The numbers of written and lost records of a [`Store`](crate::Store).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoreStats {
    /// Written records.
    pub written: u64,
    /// Records that were dropped because the queue was full or the store was closed.
    pub dropped: u64,
    /// Accepted records that could not be written until the end, or that SQLite rejected.
    pub failed: u64,
    /// Records that were rejected because they began before their user was
    /// [forgotten](crate::Store::forget).
    pub forgotten: u64,
    /// Records that wait in memory or are being written.
    pub waiting: u64,
    /// The last write error, including errors after which the records were written.
    pub last_error: Option<String>,
}

impl StoreStats {
    pub(super) fn of(status: &WriterStatus) -> Self {
        let last_error = status
            .last_error
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        Self {
            written: status.written.load(Ordering::Relaxed),
            dropped: status.queue.dropped(),
            failed: status.failed.load(Ordering::Relaxed),
            waiting: status.queue.waiting(),
            forgotten: status.forgotten.load(Ordering::Relaxed),
            last_error: last_error.clone(),
        }
    }
}
