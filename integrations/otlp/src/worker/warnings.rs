//! Warnings, as events with the target `whose`, which the layer of `whose` does not record.

use std::time::{Duration, Instant};

/// The shortest time between two warnings of one kind.
const INTERVAL: Duration = Duration::from_secs(60 * 60);

/// A warning that is emitted at most once an hour.
#[derive(Debug, Default)]
pub(crate) struct LimitedWarning {
    last: Option<Instant>,
}

impl LimitedWarning {
    pub(crate) fn emit(&mut self, message: impl FnOnce() -> String) {
        if self.last.is_none_or(|last| last.elapsed() >= INTERVAL) {
            self.last = Some(Instant::now());
            warn(&message());
        }
    }
}

/// Emits a warning.
pub(crate) fn warn(message: &str) {
    tracing::warn!(target: "whose", "{message}");
}
