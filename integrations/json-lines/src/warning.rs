//! Warnings on stderr.
//!
//! Not by `tracing`: a warning would become a record of this sink, and a program whose only log is
//! this sink would never print the warning.

use std::path::Path;
use std::time::{Duration, Instant};

/// The shortest time between two warnings of one kind.
const INTERVAL: Duration = Duration::from_secs(60);

/// A kind of warning, which is printed at most once a minute.
#[derive(Default)]
pub(crate) struct LimitedWarning {
    last: Option<Instant>,
}

impl LimitedWarning {
    /// Whether the warning can be printed now.
    pub(crate) fn is_due(&self) -> bool {
        self.last.is_none_or(|last| last.elapsed() >= INTERVAL)
    }

    pub(crate) fn warn(&mut self, path: &Path, message: &str) {
        if self.is_due() {
            self.last = Some(Instant::now());
            eprintln!("whose-json-lines: {path:?}: {message}");
        }
    }
}
