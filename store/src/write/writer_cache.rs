//! The caches of the writer, valid for one generation of the file.

use rusqlite::Connection;

use super::call_site_cache::CallSiteCache;
use super::id_cache::IdCache;
use super::record_row::Row;
use super::text_cache::TextCache;
use crate::read::RollupBuilder;

/// The row ids that a process caches across transactions.
pub(super) struct WriterCache {
    pub(super) ids: IdCache,
    pub(super) sites: CallSiteCache,
    pub(super) texts: TextCache,
    /// The generation of the file at which the caches were filled.
    generation: Option<i64>,
    /// Buffers for the rows of the next statement. Reusing the buffers avoids allocations.
    pub(super) rows: Vec<Row>,
    /// The rows that the last statement of this batch has inserted.
    pub(super) bound_rows: Vec<Row>,
    /// The sums of the batch. Empty between two batches.
    pub(super) rollup: RollupBuilder,
}

impl WriterCache {
    pub(super) fn new() -> Self {
        Self {
            ids: IdCache::new(),
            sites: CallSiteCache::default(),
            texts: TextCache::new(),
            generation: None,
            rows: Vec::new(),
            bound_rows: Vec::new(),
            rollup: RollupBuilder::default(),
        }
    }

    /// Clears every cache. Call this after a failed transaction, which has rolled cached rows back.
    pub(super) fn clear(&mut self) {
        self.ids.clear();
        self.sites.clear();
        self.texts.clear();
        self.generation = None;
    }

    /// Clears every cache if a cached row may have been deleted or changed.
    ///
    /// Call this inside the transaction, which keeps the file from changing.
    pub(super) fn refresh(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let generation = connection
            .prepare_cached("SELECT count FROM generation")?
            .query_row((), |row| row.get(0))?;
        if self.generation != Some(generation) {
            self.clear();
            self.ids.reload_tombstones(connection)?;
            self.generation = Some(generation);
        }
        Ok(())
    }
}
