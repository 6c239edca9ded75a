//! The records that were written last.

use rusqlite::{Transaction, params};

use super::reader::Reader;
use super::records;
use super::rows::RecordRow;
use crate::error::StoreError;

impl Reader {
    /// Reads the primary key from its end, so the size of the file does not matter.
    pub(super) fn latest(
        &self,
        after: Option<i64>,
        max_rows: usize,
    ) -> Result<Vec<RecordRow>, StoreError> {
        let after = after.unwrap_or(i64::MIN);
        self.read_tx(|tx| {
            let ids = latest_ids(tx, after, max_rows)?;
            let rows = ids.into_iter().map(|id| records::by_id(self, tx, id));
            rows.filter_map(Result::transpose).collect()
        })
    }
}

/// The greatest ids past `after`, greatest first.
fn latest_ids(tx: &Transaction<'_>, after: i64, max_rows: usize) -> rusqlite::Result<Vec<i64>> {
    const LATEST: &str = "SELECT id FROM records WHERE id > ?1 ORDER BY id DESC LIMIT ?2";
    let max_rows = i64::try_from(max_rows).unwrap_or(i64::MAX);
    let mut statement = tx.prepare_cached(LATEST)?;
    let ids = statement.query_map(params![after, max_rows], |row| row.get(0))?;
    ids.collect()
}
