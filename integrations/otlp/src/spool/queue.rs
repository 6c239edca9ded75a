//! The records of one signal in the spool.

use std::sync::Arc;

use whose_store::Outbox;

use crate::queue::{Queue, QueueLimits};
use crate::signal::Signal;

/// The records of one signal in the spool. The queue counts them; the outbox holds them.
#[derive(Clone, Debug)]
pub(crate) struct SpoolQueue {
    pub(super) queue: Arc<Queue>,
    pub(super) outbox: Arc<Outbox>,
    pub(super) channel: u8,
}

impl SpoolQueue {
    pub(super) fn new(outbox: Arc<Outbox>, signal: Signal, limits: QueueLimits) -> Self {
        Self {
            queue: Arc::new(Queue::durable(limits)),
            outbox,
            channel: match signal {
                Signal::Traces => 0,
                Signal::Logs => 1,
            },
        }
    }

    pub(crate) fn queue(&self) -> &Queue {
        &self.queue
    }
}
