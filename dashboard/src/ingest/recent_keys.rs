//! The records that were taken last, and the writes that they are a part of.

use std::collections::HashMap;
use std::sync::Arc;

use whose_otlp::ResendKey;

use super::write::Write;

/// The most keys of one generation.
const CAPACITY: usize = 131_072;

/// The keys of the records that were taken last, to tell a record that is sent again. At least the last
/// [`CAPACITY`] keys are known, with their writes in at most about 40 MiB.
#[derive(Debug, Default)]
pub(super) struct RecentKeys {
    newer: HashMap<ResendKey, Arc<Write>>,
    older: HashMap<ResendKey, Arc<Write>>,
}

impl RecentKeys {
    /// The write that has the record; `None` if the key is not known.
    pub(super) fn write_of(&self, key: &ResendKey) -> Option<&Arc<Write>> {
        self.newer.get(key).or_else(|| self.older.get(key))
    }

    /// Adds the key of a record that `write` has.
    pub(super) fn add(&mut self, key: ResendKey, write: Arc<Write>) {
        if self.newer.len() >= CAPACITY {
            self.older = std::mem::take(&mut self.newer);
        }
        self.newer.insert(key, write);
    }
}
