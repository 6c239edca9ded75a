//! The records that were taken last.

use std::collections::HashSet;

use whose_otlp::ResendKey;

/// The most keys of one generation.
const CAPACITY: usize = 131_072;

/// The keys of the records that were taken last, to tell a record that is sent again. At least the last
/// [`CAPACITY`] keys are known, in at most 16 MiB.
#[derive(Debug, Default)]
pub(super) struct RecentKeys {
    newer: HashSet<ResendKey>,
    older: HashSet<ResendKey>,
}

impl RecentKeys {
    /// Adds a key. Returns `false` if the key is known.
    pub(super) fn add(&mut self, key: ResendKey) -> bool {
        if self.newer.contains(&key) || self.older.contains(&key) {
            return false;
        }
        if self.newer.len() >= CAPACITY {
            self.older = std::mem::take(&mut self.newer);
        }
        self.newer.insert(key)
    }

    pub(super) fn remove(&mut self, key: &ResendKey) {
        self.newer.remove(key);
        self.older.remove(key);
    }
}
