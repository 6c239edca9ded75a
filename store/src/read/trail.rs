//! The records of a user or a session.

use rusqlite::{Transaction, params};

use super::column::Column;
use super::pages::Rows;
use super::partitions::Partition;
use super::query::Query;
use super::reader::Reader;
use super::rows::RecordRow;
use super::time_merge::{RecordSource, SortKey};
use crate::error::StoreError;

impl Reader {
    pub(super) fn audit(
        &self,
        user_id: &str,
        query: &Query,
    ) -> Result<Rows<'_, RecordRow>, StoreError> {
        self.trail(Column::User, self.user_row_id(user_id)?, query)
    }

    pub(super) fn session_records(
        &self,
        session_id: &str,
        query: &Query,
    ) -> Result<Rows<'_, RecordRow>, StoreError> {
        self.trail(Column::Session, self.session_row_id(session_id)?, query)
    }

    fn trail(
        &self,
        column: Column,
        id: i64,
        query: &Query,
    ) -> Result<Rows<'_, RecordRow>, StoreError> {
        let sql = self.read_tx(|tx| TrailSql::new(tx, column, id))?;
        self.oldest_first(TrailSource { id, sql }, query)
    }
}

/// The records of a user or session, and those that links attribute to it.
struct TrailSource {
    id: i64,
    sql: TrailSql,
}

/// SQL for the records `r` of a user or session, from `FROM` on. Parameters: `?1` the
/// [`Partition::key`], `?2` the row id of the user or session, `?3` and `?4` the first and last record.
pub(super) struct TrailSql {
    /// The records with the user or session.
    pub(super) own: String,
    /// The records that links attribute to it, if there are links.
    pub(super) late: Option<String>,
}

/// The most links of a user that are looked up one by one in each partition. With more links, all
/// records of the partition with an isolated scope are looked up instead; their number is bounded.
const MAX_LINK_LOOKUPS: i64 = 2_048;

impl TrailSql {
    pub(super) fn new(tx: &Transaction<'_>, column: Column, id: i64) -> rusqlite::Result<Self> {
        let name = column.name();
        let links: i64 = tx.query_row(
            &format!(
                "SELECT count(*) FROM (SELECT 1 FROM links WHERE {name} = ?1 LIMIT {MAX_LINK_LOOKUPS} + 1)"
            ),
            [id],
            |row| row.get(0),
        )?;
        // A record with its own session is already among the records of the session.
        let late = format!(
            "CROSS JOIN records r ON r.id = n.record
             WHERE l.{name} = ?2 AND r.user IS NULL AND r.start < l.time AND r.{name} IS NOT ?2"
        );
        let late = match links {
            0 => None,
            ..=MAX_LINK_LOOKUPS => Some(format!(
                "FROM links l CROSS JOIN gaps n
                 ON n.isolated = l.isolated AND n.record BETWEEN ?3 AND ?4 AND ?1 = ?1 {late}"
            )),
            _ => Some(format!(
                "FROM gaps n CROSS JOIN links l
                 ON l.isolated = n.isolated AND n.record BETWEEN ?3 AND ?4 AND ?1 = ?1 {late}"
            )),
        };
        Ok(Self {
            own: format!("FROM {}", column.records_of_partition()),
            late,
        })
    }
}

impl RecordSource for TrailSource {
    fn visit(
        &self,
        tx: &Transaction<'_>,
        partition: &Partition,
        emit: &mut dyn FnMut(SortKey),
    ) -> rusqlite::Result<()> {
        let own_and_late = [Some(&self.sql.own), self.sql.late.as_ref()];
        for sql in own_and_late.into_iter().flatten() {
            let mut statement = tx.prepare_cached(&format!("SELECT r.start, r.id {sql}"))?;
            let range = params![
                partition.key(self.id),
                self.id,
                partition.first_id,
                partition.last_id
            ];
            let mut rows = statement.query(range)?;
            while let Some(row) = rows.next()? {
                emit((row.get(0)?, row.get(1)?));
            }
        }
        Ok(())
    }
}
