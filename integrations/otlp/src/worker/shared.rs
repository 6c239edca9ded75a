//! What the sink and the threads of one signal share.

use std::sync::Arc;

use crate::queue::{Queue, QueueLimits};
#[cfg(feature = "spool")]
use crate::spool::SpoolQueue;
use crate::stats::Counters;

/// What the sink and the threads of one signal share.
#[derive(Clone, Debug)]
pub(crate) struct Shared {
    /// The records in memory.
    pub(crate) queue: Arc<Queue>,
    pub(crate) counters: Arc<Counters>,
    #[cfg(feature = "spool")]
    pub(crate) spool: Option<SpoolQueue>,
}

impl Shared {
    pub(crate) fn new(limits: QueueLimits) -> Self {
        Self {
            queue: Arc::new(Queue::new(limits)),
            counters: Arc::default(),
            #[cfg(feature = "spool")]
            spool: None,
        }
    }

    /// The queue of the records in the spool.
    pub(crate) fn on_disk(&self) -> Option<&Queue> {
        #[cfg(feature = "spool")]
        let queue = self.spool.as_ref().map(SpoolQueue::queue);
        #[cfg(not(feature = "spool"))]
        let queue = None;
        queue
    }
}
