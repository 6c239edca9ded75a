//! The settings that a layer and its processors share.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::dialect::Dialect;

/// Which attributes are written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    /// Each dialect once.
    dialects: Vec<Dialect>,
    /// The same for equal settings of one origin. Zero for the default.
    number: u64,
}

/// The number of the next settings.
static NEXT: AtomicU64 = AtomicU64::new(1);

impl Settings {
    pub(crate) fn add(&mut self, dialect: Dialect) {
        if !self.dialects.contains(&dialect) {
            self.dialects.push(dialect);
            self.number = NEXT.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn dialects(&self) -> &[Dialect] {
        &self.dialects
    }

    pub(crate) fn number(&self) -> u64 {
        self.number
    }
}
