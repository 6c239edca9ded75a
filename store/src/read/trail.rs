//! The records of a user, a session, a conversation or a trace.

use rusqlite::types::Value;
use rusqlite::{Transaction, params};

use super::column::Column;
use super::pages::Rows;
use super::partitions::{Partition, Partitions};
use super::query::Query;
use super::reader::{Reader, SCOPES_OF_CONVERSATION};
use super::records::RecordPages;
use super::rows::RecordRow;
use super::scope_records::ConditionSource;
use super::time_merge::{RecordSource, SortKey, TimeMerge};
use super::trail_filter::{TrailFilter, TrailSubject};
use crate::error::StoreError;

impl Reader {
    pub(super) fn trail(
        &self,
        filter: &TrailFilter,
        query: &Query,
    ) -> Result<Rows<'_, RecordRow>, StoreError> {
        let condition = filter.condition();
        match &filter.subject {
            TrailSubject::User(id) => {
                self.owned_trail(Column::User, self.user_row_id(id)?, filter, query)
            }
            TrailSubject::Session(id) => {
                self.owned_trail(Column::Session, self.session_row_id(id)?, filter, query)
            }
            TrailSubject::Conversation(id) => {
                self.check_conversation(id)?;
                let source = ConditionSource {
                    condition: format!("r.scope IN ({SCOPES_OF_CONVERSATION}){condition}"),
                    id: Value::Text(id.clone()),
                };
                self.ordered(source, filter, query)
            }
            TrailSubject::Trace { trace_id, span_id } => {
                let near = span_id.as_deref().map_or_else(String::new, next_to_span);
                let source = ConditionSource {
                    condition: format!("r.trace = ?1{near}{condition}"),
                    id: trace_bytes(trace_id).map_or(Value::Null, Value::Blob),
                };
                self.ordered(source, filter, query)
            }
        }
    }

    fn owned_trail(
        &self,
        column: Column,
        id: i64,
        filter: &TrailFilter,
        query: &Query,
    ) -> Result<Rows<'_, RecordRow>, StoreError> {
        let source = self.read_tx(|tx| TrailSource::new(tx, column, id, filter))?;
        self.ordered(source, filter, query)
    }

    /// The records of the source in the order of the filter.
    fn ordered<'r>(
        &'r self,
        source: impl RecordSource + 'r,
        filter: &TrailFilter,
        query: &Query,
    ) -> Result<Rows<'r, RecordRow>, StoreError> {
        let (direction, after) = (filter.direction(), filter.after_key());
        // Skips the partitions before the key.
        let range = match after {
            Some((start, _)) => direction.range_from(query.range(), start),
            None => query.range(),
        };
        let partitions = self.read_tx(|tx| Partitions::load(tx, range))?;
        let order = TimeMerge::new(direction, range, partitions, after);
        let pages = RecordPages::new(self, order, source);
        Ok(Rows::new(pages, query.max_rows()))
    }
}

/// The bytes of a trace id; `None` if the text is no trace id, so that no record has it.
fn trace_bytes(trace_id: &str) -> Option<Vec<u8>> {
    let is_id = trace_id.len() == 32 && trace_id.bytes().all(|digit| digit.is_ascii_hexdigit());
    let id = u128::from_str_radix(trace_id, 16).ok().filter(|_| is_id)?;
    Some(id.to_be_bytes().to_vec())
}

/// SQL that continues a condition: the record is the span, or is in the span directly.
fn next_to_span(span_id: &str) -> String {
    let is_id = span_id.len() == 16 && span_id.bytes().all(|digit| digit.is_ascii_hexdigit());
    match u64::from_str_radix(span_id, 16).ok().filter(|_| is_id) {
        Some(id) => {
            let id = id.cast_signed();
            format!(" AND (r.span = {id} OR r.parent = {id})")
        }
        None => " AND 0".to_owned(),
    }
}

/// The records of a user or session, and those that links attribute to it.
struct TrailSource {
    id: i64,
    own: Option<String>,
    late: Option<String>,
}

/// The most links of a user that are looked up one by one in each partition. With more links, all
/// records of the partition with an isolated scope are looked up instead; their number is bounded.
const MAX_LINK_LOOKUPS: i64 = 2_048;

impl TrailSource {
    fn new(
        tx: &Transaction<'_>,
        column: Column,
        id: i64,
        filter: &TrailFilter,
    ) -> rusqlite::Result<Self> {
        let TrailSql { own, late } = TrailSql::new(tx, column, id)?;
        let condition = filter.condition();
        let select = |from: &str| format!("SELECT r.start, r.id {from}{condition}");
        // A record with a user of its own is not from before the login of that user.
        let has_own = !(filter.is_late && column == Column::User);
        Ok(Self {
            id,
            own: has_own.then(|| select(&own)),
            late: late.as_deref().map(select),
        })
    }
}

/// SQL for the records `r` of a user or session, from `FROM` on. Parameters: `?1` the
/// [`Partition::key`], `?2` the row id of the user or session, `?3` and `?4` the first and last record.
pub(super) struct TrailSql {
    /// The records with the user or session.
    pub(super) own: String,
    /// The records that links attribute to it, if there are links.
    pub(super) late: Option<String>,
}

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
        for sql in [&self.own, &self.late].into_iter().flatten() {
            let mut statement = tx.prepare_cached(sql)?;
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
