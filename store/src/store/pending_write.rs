//! Waiting until records are on disk.

use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use crate::write::{WriteState, WriterStatus};

/// Records that the store has accepted; see [`Store::try_write`](crate::Store::try_write).
pub struct PendingWrite {
    status: Arc<WriterStatus>,
    /// The sequence numbers of the records in the queue.
    items: RangeInclusive<u64>,
}

impl PendingWrite {
    pub(super) const fn new(status: Arc<WriterStatus>, items: RangeInclusive<u64>) -> Self {
        Self { status, items }
    }

    /// Waits until the records, and all records that were accepted before them, are on disk. Blocks the
    /// thread for at most that time.
    #[must_use = "the records can be lost"]
    pub fn wait(&self, timeout: Duration) -> WriteState {
        if !self.status.is_file_present() {
            self.status.queue.request_file_check();
        }
        self.status.queue.wait_for(&self.items, timeout)
    }
}

impl fmt::Debug for PendingWrite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PendingWrite").field(&self.items).finish()
    }
}
