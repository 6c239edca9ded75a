//! What the sink and the sender of one signal share.

use crate::queue::{Queue, QueueLimits};
use crate::stats::Counters;

/// What the sink and the sender of one signal share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) queue: Queue,
    pub(crate) counters: Counters,
}

impl Shared {
    pub(crate) fn new(limits: QueueLimits) -> Self {
        Self {
            queue: Queue::new(limits),
            counters: Counters::default(),
        }
    }
}
