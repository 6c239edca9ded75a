//! The records of a conversation.

use rusqlite::{Transaction, params};

use super::pages::Rows;
use super::partitions::Partition;
use super::query::Query;
use super::reader::Reader;
use super::records::RecordPages;
use super::rows::RecordRow;
use super::time_merge::{Direction, RecordSource, SortKey, TimeMerge};
use crate::error::StoreError;

impl Reader {
    /// All records of a conversation, oldest first, of all users and sessions.
    ///
    /// Few records have a conversation, so no index serves this query: it scans the time range. Two
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
        let source = ConversationSource(conversation_id.to_owned());
        let partitions = self.partitions(query)?;
        let order = TimeMerge::new(Direction::OldestFirst, query.range(), partitions, None);
        Ok(Rows::new(
            RecordPages::new(self, order, source),
            query.max_rows(),
        ))
    }
}

/// The records whose scope has the conversation.
struct ConversationSource(String);

impl RecordSource for ConversationSource {
    fn visit(
        &self,
        tx: &Transaction<'_>,
        partition: &Partition,
        emit: &mut dyn FnMut(SortKey),
    ) -> rusqlite::Result<()> {
        const RECORDS: &str = "SELECT r.start, r.id FROM records r NOT INDEXED
            WHERE r.id BETWEEN ?1 AND ?2
              AND r.scope IN (SELECT scope FROM conversations WHERE cid = ?3)";
        let mut statement = tx.prepare_cached(RECORDS)?;
        let mut rows = statement.query(params![partition.first_id, partition.last_id, self.0])?;
        while let Some(row) = rows.next()? {
            emit((row.get(0)?, row.get(1)?));
        }
        Ok(())
    }
}
