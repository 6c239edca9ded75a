//! The settings that a layer and its processors share.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::dialect::Dialect;

/// Which attributes are written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    /// Each dialect once.
    dialects: Vec<Dialect>,
    /// Whether the kinds of frames that set the user, the session and the actor are written.
    has_sources: bool,
    /// The same for equal settings of one origin. Zero for the default.
    number: u64,
}

/// The number of the next settings.
static NEXT: AtomicU64 = AtomicU64::new(1);

impl Settings {
    pub(crate) fn add(&mut self, dialect: Dialect) {
        if !self.dialects.contains(&dialect) {
            self.dialects.push(dialect);
            self.renumber();
        }
    }

    pub(crate) fn add_sources(&mut self) {
        self.has_sources = true;
        self.renumber();
    }

    fn renumber(&mut self) {
        self.number = NEXT.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn has_sources(&self) -> bool {
        self.has_sources
    }

    pub(crate) fn dialects(&self) -> &[Dialect] {
        &self.dialects
    }

    pub(crate) fn number(&self) -> u64 {
        self.number
    }
}
