//! What the writer could not keep.

use serde::Serialize;
use whose::Timestamp;

use super::column_reader::ColumnReader;
use super::query::Query;
use super::reader::Reader;
use crate::error::StoreError;

/// Records that were lost before they were written: the answers about their time are incomplete.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LostRecords {
    /// The time of the first of them.
    pub from: Timestamp,
    /// The time of the last of them.
    pub to: Timestamp,
    /// How many there were.
    pub records: u64,
    /// Why they were lost.
    pub reason: String,
}

impl Reader {
    /// The records of the query's time range that were lost, the oldest first.
    ///
    /// Use it beside every other answer: the answer is complete if this one is empty. At most as
    /// many rows as the query's limit; a row stands for many records.
    ///
    /// ```
    /// use whose_store::{Query, Reader};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// # drop(whose_store::Store::open(&path)?);
    /// let reader = Reader::open(&path)?;
    /// for lost in reader.losses(&Query::new())? {
    ///     eprintln!("{} records from {} to {}: {}", lost.records, lost.from, lost.to, lost.reason);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn losses(&self, query: &Query) -> Result<Vec<LostRecords>, StoreError> {
        let range = query.range();
        self.read_tx(|tx| {
            let mut statement = tx.prepare_cached(
                "SELECT time_from, time_to, records, reason FROM losses
                 ORDER BY time_from, time_to, id",
            )?;
            let mut rows = statement.query(())?;
            let mut losses = Vec::new();
            while losses.len() < query.max_rows()
                && let Some(row) = rows.next()?
            {
                let mut columns = ColumnReader::new(row);
                let (from, to) = (columns.number()?, columns.number()?);
                if range.overlaps(from, to) {
                    losses.push(LostRecords {
                        from: Timestamp::from_nanos(from),
                        to: Timestamp::from_nanos(to),
                        records: columns.count()?,
                        reason: columns.text()?,
                    });
                }
            }
            Ok(losses)
        })
    }
}
