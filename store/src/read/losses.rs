//! Records that the writer lost.

use serde::Serialize;
use whose::Timestamp;

use super::column_reader::ColumnReader;
use super::query::Query;
use super::reader::Reader;
use crate::error::StoreError;

/// Records that were lost before they were written. Queries of their time range are incomplete.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LostRecords {
    /// The start of the first lost record.
    pub from: Timestamp,
    /// The end of the last lost record.
    pub to: Timestamp,
    /// The number of lost records.
    pub records: u64,
    /// Why they were lost.
    pub reason: String,
}

impl Reader {
    pub(super) fn losses(&self, query: &Query) -> Result<Vec<LostRecords>, StoreError> {
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
