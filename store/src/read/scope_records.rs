//! The records of the scopes of a conversation, and of an actor.

use rusqlite::{Transaction, params};

use super::pages::Rows;
use super::partitions::Partition;
use super::query::Query;
use super::reader::{LINKS_OF_ACTOR, Reader, SCOPES_OF_ACTOR, SCOPES_OF_CONVERSATION};
use super::rows::RecordRow;
use super::time_merge::{RecordSource, SortKey};
use crate::error::StoreError;

impl Reader {
    /// All records of a conversation, oldest first, of all users and sessions.
    ///
    /// Use the query to read an exchange with a model from its beginning. Few records have a conversation, so no index serves this query: it scans the time range. Two
    /// million records take some tenths of a second. Set [`Query::since`] where the file is larger.
    ///
    /// ```
    /// use whose_store::{Query, Reader};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// # let _store = whose_store::init(&path)?;
    /// whose::conversation("thread-7").in_scope(|| tracing::info!("asks"));
    /// whose::flush(std::time::Duration::from_secs(5));
    ///
    /// let reader = Reader::open(&path)?;
    /// assert_eq!(reader.conversation_records("thread-7", &Query::new())?.count(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`UnknownConversation`](StoreError::UnknownConversation); any error of SQLite.
    pub fn conversation_records(
        &self,
        conversation_id: &str,
        query: &Query,
    ) -> Result<Rows<'_, RecordRow>, StoreError> {
        self.check_conversation(conversation_id)?;
        let source = ConditionSource {
            condition: format!("r.scope IN ({SCOPES_OF_CONVERSATION})"),
            id: conversation_id.to_owned(),
        };
        self.oldest_first(source, query)
    }

    /// All records in which this actor acted for a user, oldest first, of all users.
    ///
    /// Use the query to list what an operator did for the users. The actor counts at any place of the
    /// chain. The query scans the time range, as [`conversation_records`](Self::conversation_records)
    /// does.
    ///
    /// ```
    /// use whose_store::{Query, Reader};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// # let _store = whose_store::init(&path)?;
    /// whose::user("customer-7").actor("operator-2").in_scope(|| tracing::info!("refunds"));
    /// whose::flush(std::time::Duration::from_secs(5));
    ///
    /// let reader = Reader::open(&path)?;
    /// assert_eq!(reader.actor_records("operator-2", &Query::new())?.count(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`UnknownActor`](StoreError::UnknownActor); any error of SQLite.
    pub fn actor_records(
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
            id: actor_id.to_owned(),
        };
        self.oldest_first(source, query)
    }
}

/// The records that a condition finds by an id.
struct ConditionSource {
    /// SQL about the record `r`, with the id as `?1`.
    condition: String,
    id: String,
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
