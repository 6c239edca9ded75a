//! The end of a thread.

use std::sync::Arc;

use crate::queue::Queue;
use crate::worker::warnings::warn;

/// Ends the queue with the thread that empties it, also by a panic.
pub(crate) struct EndGuard(pub(crate) Arc<Queue>);

impl Drop for EndGuard {
    fn drop(&mut self) {
        let lost = self.0.sender_ended();
        if lost > 0 {
            warn(&format!(
                "{lost} records were not sent before the end, and are lost"
            ));
        }
    }
}
