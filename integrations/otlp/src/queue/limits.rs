//! The bounds of a queue and of its batches.

use std::time::Duration;

/// The bounds of a queue and of its batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct QueueLimits {
    /// The most bytes of the encoded records that wait or are being sent.
    pub(crate) queue_bytes: usize,
    /// The most records of a batch.
    pub(crate) batch_records: u64,
    /// The most bytes of a batch, unless a single record is larger.
    pub(crate) batch_bytes: usize,
    /// How long a batch waits for more records.
    pub(crate) delay: Duration,
}

impl Default for QueueLimits {
    /// A batch stays below the 4 MiB that a gRPC receiver accepts by default.
    fn default() -> Self {
        Self {
            queue_bytes: 32 << 20,
            batch_records: 4_096,
            batch_bytes: 2 << 20,
            delay: Duration::from_secs(1),
        }
    }
}
