//! What becomes of the records of a request.

use std::sync::OnceLock;
use std::time::Duration;

use whose_store::{PendingWrite, WriteState};

/// The write of the records of a request. A request that repeats the records waits for the same write.
#[derive(Debug)]
pub(super) struct Write {
    pending: PendingWrite,
    /// The store states for a write that is on disk that it is lost, once a later write was lost. So the
    /// first result is kept.
    result: OnceLock<WriteState>,
}

impl Write {
    pub(super) fn new(pending: PendingWrite) -> Self {
        Self {
            pending,
            result: OnceLock::new(),
        }
    }

    /// Waits until the records are on disk. Blocks the thread for at most that time.
    pub(super) fn wait(&self, timeout: Duration) -> WriteState {
        if let Some(result) = self.result.get() {
            return *result;
        }
        match self.pending.wait(timeout) {
            WriteState::Waiting => WriteState::Waiting,
            result => *self.result.get_or_init(|| result),
        }
    }
}
