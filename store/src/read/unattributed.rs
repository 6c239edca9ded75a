//! Records without a user and without a link.

use rusqlite::{Transaction, params};

use super::pages::Rows;
use super::partitions::Partition;
use super::query::Query;
use super::reader::Reader;
use super::records::RecordPages;
use super::rows::RecordRow;
use super::time_merge::{Direction, RecordSource, SortKey, TimeMerge};
use crate::error::StoreError;

/// Which records without a user to list; see [`Queries::unattributed`](crate::Queries::unattributed).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "pass it to `Queries::unattributed`"]
pub struct UnattributedFilter {
    reason: Option<String>,
    before: Option<i64>,
}

impl UnattributedFilter {
    /// All records without a user, except for anonymous ones.
    pub fn new() -> Self {
        Self::default()
    }

    /// Only records with that [reason](whose::UnattributedReason::as_str), such as `no_scope`.
    pub fn reason(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }

    /// Only records that come after the record with that [id](RecordRow::id): the next page.
    pub fn before(mut self, id: i64) -> Self {
        self.before = Some(id);
        self
    }
}

impl Reader {
    pub(super) fn unattributed(
        &self,
        filter: &UnattributedFilter,
        query: &Query,
    ) -> Result<Rows<'_, RecordRow>, StoreError> {
        let source = UnattributedSource {
            reason: filter.reason.clone(),
        };
        self.newest_records(source, filter.before, query)
    }

    /// The records of a source, newest first, optionally only those after one record.
    pub(super) fn newest_records<'r>(
        &'r self,
        source: impl RecordSource + 'r,
        before: Option<i64>,
        query: &Query,
    ) -> Result<Rows<'r, RecordRow>, StoreError> {
        let partitions = self.partitions(query)?;
        let after = match before {
            Some(id) => self.read_tx(|tx| load_sort_key(tx, id))?,
            None => None,
        };
        let order = TimeMerge::new(Direction::NewestFirst, query.range(), partitions, after);
        Ok(Rows::new(
            RecordPages::new(self, order, source),
            query.max_rows(),
        ))
    }
}

/// The key of a record. A deleted record has the key of the record written before it; a record that
/// is not written yet has none.
fn load_sort_key(tx: &Transaction<'_>, id: i64) -> rusqlite::Result<Option<SortKey>> {
    use rusqlite::OptionalExtension;

    let sql = "SELECT start, id FROM records WHERE id <= ?1 ORDER BY id DESC LIMIT 1";
    let key: Option<SortKey> = tx
        .query_row(sql, [id], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let newest: Option<i64> = tx.query_row("SELECT max(id) FROM records", (), |row| row.get(0))?;
    Ok(key.filter(|_| newest.is_some_and(|newest| id <= newest)))
}

struct UnattributedSource {
    reason: Option<String>,
}

impl RecordSource for UnattributedSource {
    fn visit(
        &self,
        tx: &Transaction<'_>,
        partition: &Partition,
        emit: &mut dyn FnMut(SortKey),
    ) -> rusqlite::Result<()> {
        const UNEXPLAINED: &str = "SELECT r.start, r.id
            FROM records r INDEXED BY records_nobody
            LEFT JOIN traits q ON q.id = r.traits
            WHERE r.user IS NULL AND r.id BETWEEN ?1 AND ?2
              AND coalesce(q.unattributed, '') NOT IN ('anonymous', 'withheld')
              AND (?3 IS NULL OR q.unattributed = ?3)
              AND NOT EXISTS (SELECT 1 FROM gaps n JOIN links l ON l.isolated = n.isolated
                WHERE n.record = r.id AND r.start < l.time AND l.user IS NOT NULL)";
        let mut statement = tx.prepare_cached(UNEXPLAINED)?;
        let mut rows =
            statement.query(params![partition.first_id, partition.last_id, self.reason])?;
        while let Some(row) = rows.next()? {
            emit((row.get(0)?, row.get(1)?));
        }
        Ok(())
    }
}
