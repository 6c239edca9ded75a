//! Warnings: each at most once in a process.

use std::sync::atomic::{AtomicBool, Ordering};

/// A warning that is emitted once.
#[derive(Debug)]
pub(crate) struct Warning(AtomicBool);

impl Warning {
    pub(crate) const fn new() -> Self {
        Self(AtomicBool::new(false))
    }

    /// Emits the warning, with the target that the layer of `whose` does not record.
    #[cold]
    pub(crate) fn emit(&self, message: impl FnOnce() -> String) {
        if !self.0.swap(true, Ordering::Relaxed) {
            tracing::warn!(target: "whose", "{}", message());
        }
    }

    /// Whether the warning was emitted.
    pub(crate) fn is_emitted(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
