//! The records of an actor, and those that any condition selects.

use rusqlite::types::Value;
use rusqlite::{Transaction, params};

use super::pages::Rows;
use super::partitions::Partition;
use super::query::Query;
use super::reader::{LINKS_OF_ACTOR, Reader, SCOPES_OF_ACTOR};
use super::rows::RecordRow;
use super::time_merge::{RecordSource, SortKey};
use crate::error::StoreError;

impl Reader {
    pub(super) fn actor_records(
        &self,
        actor_id: &str,
        query: &Query,
    ) -> Result<Rows<'_, RecordRow>, StoreError> {
        self.check_actor(actor_id)?;
        let source = ConditionSource {
            // A record from before a login has the actors of the login.
            condition: format!(
                "r.scope IN ({SCOPES_OF_ACTOR}) OR (r.user IS NULL AND r.id IN
                   (SELECT n.record FROM links l JOIN gaps n ON n.isolated = l.isolated
                    WHERE r.start < l.time AND l.isolated IN ({LINKS_OF_ACTOR})))"
            ),
            id: Value::Text(actor_id.to_owned()),
        };
        self.oldest_first(source, query)
    }
}

/// The records that a condition finds by an id.
pub(super) struct ConditionSource {
    /// SQL about the record `r`, with the id as `?1`.
    pub(super) condition: String,
    pub(super) id: Value,
}

impl RecordSource for ConditionSource {
    fn visit(
        &self,
        tx: &Transaction<'_>,
        partition: &Partition,
        emit: &mut dyn FnMut(SortKey),
    ) -> rusqlite::Result<()> {
        let mut statement = tx.prepare_cached(&format!(
            "SELECT r.start, r.id FROM records r NOT INDEXED
             WHERE r.id BETWEEN ?2 AND ?3 AND ({})",
            self.condition
        ))?;
        let mut rows = statement.query(params![self.id, partition.first_id, partition.last_id])?;
        while let Some(row) = rows.next()? {
            emit((row.get(0)?, row.get(1)?));
        }
        Ok(())
    }
}
