//! Full-text search in records.

use rusqlite::{Transaction, params};

use super::column::Column;
use super::id_set::IdSet;
use super::pages::Rows;
use super::partitions::Partition;
use super::query::Query;
use super::reader::Reader;
use super::rows::RecordRow;
use super::time_merge::{RecordSource, SortKey};
use crate::error::StoreError;

/// The words of a search, and the user and session to search in; see [`Queries::search`](crate::Queries::search).
///
/// A record matches if its name, message, text fields, error type and causes contain every word, in
/// any order. SQLite's `unicode61` tokenizer separates the words, and ignores case and accents.
/// Words in double quotes match as a phrase. A `*` at the end of a word outside quotes matches any
/// suffix. No other character is special: any text can be searched for, and a text without letters
/// and digits matches nothing.
///
/// ```
/// use whose_store::{Queries, Query, Reader, RecordRow, SearchFilter, StoreError};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("whose.db");
/// # let _store = whose_store::init(&path)?;
/// whose::user("alice").in_scope(|| tracing::info!(city = "Paris", "the refund is on its way"));
/// whose::user("bob").in_scope(|| tracing::info!(city = "Rome", "no refund"));
/// whose::flush(std::time::Duration::from_secs(5));
///
/// let reader = Reader::open(&path)?;
/// let search = |filter| -> Result<Vec<RecordRow>, StoreError> {
///     reader.search(&filter, &Query::new())?.collect()
/// };
/// let found = search(SearchFilter::new("REFUND paris"))?;
/// assert_eq!((found.len(), found[0].user.as_deref()), (1, Some("alice")));
/// assert_eq!(search(SearchFilter::new("refund"))?[0].user.as_deref(), Some("bob"));
/// assert_eq!(search(SearchFilter::new("\"no refund\"").user("alice"))?.len(), 0);
/// assert_eq!(search(SearchFilter::new("ref*"))?.len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "pass it to `Queries::search`"]
pub struct SearchFilter {
    words: String,
    user: Option<String>,
    session: Option<String>,
    before: Option<i64>,
}

impl SearchFilter {
    /// Matches records that contain these words.
    pub fn new(words: impl Into<String>) -> Self {
        Self {
            words: words.into(),
            user: None,
            session: None,
            before: None,
        }
    }

    /// Only records of this user.
    pub fn user(mut self, id: impl Into<String>) -> Self {
        self.user = Some(id.into());
        self
    }

    /// Only records of this session.
    pub fn session(mut self, id: impl Into<String>) -> Self {
        self.session = Some(id.into());
        self
    }

    /// Only records that come after the record with that [id](RecordRow::id). Use the id of the
    /// last record of a page to read the next page.
    pub fn before(mut self, id: i64) -> Self {
        self.before = Some(id);
        self
    }
}

/// The most texts that are looked up one by one in each partition. With more texts, all records of
/// the partition are scanned.
const MAX_TEXT_LOOKUPS: u64 = 256;

impl Reader {
    pub(super) fn search(
        &self,
        filter: &SearchFilter,
        query: &Query,
    ) -> Result<Rows<'_, RecordRow>, StoreError> {
        let (user, session) = (filter.user.as_deref(), filter.session.as_deref());
        let user = user.map(|id| self.user_row_id(id)).transpose()?;
        let session = session.map(|id| self.session_row_id(id)).transpose()?;
        let texts = match fts_expression(&filter.words) {
            Some(expression) => self.read_tx(|tx| texts(tx, &expression))?,
            None => IdSet::default(),
        };
        let source = SearchSource {
            texts,
            user,
            session,
        };
        self.newest_records(source, filter.before, query)
    }
}

/// The words as an FTS5 expression. Each word is quoted, so that no other character is special.
fn fts_expression(words: &str) -> Option<String> {
    let mut expression = String::new();
    // Every second piece was quoted. A missing last quote ends at the end.
    for (index, piece) in words.replace('\0', " ").split('"').enumerate() {
        if index % 2 == 1 {
            expression.push_str(&format!("\"{piece}\" "));
            continue;
        }
        for word in piece.split_whitespace() {
            let stem = word.trim_end_matches('*');
            let ending = if stem == word { "" } else { "*" };
            expression.push_str(&format!("\"{stem}\"{ending} "));
        }
    }
    (!expression.is_empty()).then_some(expression)
}

/// An FTS5 expression that matches the words as a phrase.
pub(crate) fn fts_phrase(words: &str) -> String {
    format!("\"{}\"", words.replace(['\0', '"'], " "))
}

fn texts(tx: &Transaction<'_>, expression: &str) -> rusqlite::Result<IdSet> {
    let mut statement = tx.prepare_cached("SELECT rowid FROM search WHERE search MATCH ?1")?;
    let mut rows = statement.query([expression])?;
    let mut texts = IdSet::default();
    while let Some(row) = rows.next()? {
        texts.insert(row.get(0)?);
    }
    Ok(texts)
}

/// The records with one of the texts: all, those of a user, or those of a session and optionally of
/// one of its users.
struct SearchSource {
    texts: IdSet,
    user: Option<i64>,
    session: Option<i64>,
}

impl RecordSource for SearchSource {
    fn visit(
        &self,
        tx: &Transaction<'_>,
        partition: &Partition,
        emit: &mut dyn FnMut(SortKey),
    ) -> rusqlite::Result<()> {
        match (self.user, self.session) {
            (user, Some(session)) => {
                self.visit_owned(tx, partition, Column::Session, session, user, emit)
            }
            (Some(user), None) => self.visit_owned(tx, partition, Column::User, user, None, emit),
            (None, None) if self.texts.len() <= MAX_TEXT_LOOKUPS => {
                self.visit_texts(tx, partition, emit)
            }
            (None, None) => self.visit_all(tx, partition, emit),
        }
    }
}

impl SearchSource {
    fn visit_owned(
        &self,
        tx: &Transaction<'_>,
        partition: &Partition,
        column: Column,
        id: i64,
        user: Option<i64>,
        emit: &mut dyn FnMut(SortKey),
    ) -> rusqlite::Result<()> {
        let sql = format!(
            "SELECT r.start, r.id, r.text FROM {} AND (?5 IS NULL OR r.user = ?5)",
            column.records_of_partition()
        );
        let (first, last) = (partition.first_id, partition.last_id);
        let of = params![partition.key(id), id, first, last, user];
        self.emit_matching(tx, &sql, of, emit)
    }

    fn visit_texts(
        &self,
        tx: &Transaction<'_>,
        partition: &Partition,
        emit: &mut dyn FnMut(SortKey),
    ) -> rusqlite::Result<()> {
        let sql = "SELECT start, id, text FROM records INDEXED BY records_text
            WHERE text = ?1 AND id BETWEEN ?2 AND ?3";
        for text in self.texts.iter() {
            self.emit_matching(
                tx,
                sql,
                params![text, partition.first_id, partition.last_id],
                emit,
            )?;
        }
        Ok(())
    }

    fn visit_all(
        &self,
        tx: &Transaction<'_>,
        partition: &Partition,
        emit: &mut dyn FnMut(SortKey),
    ) -> rusqlite::Result<()> {
        let sql = "SELECT start, id, text FROM records WHERE id BETWEEN ?1 AND ?2";
        self.emit_matching(
            tx,
            sql,
            params![partition.first_id, partition.last_id],
            emit,
        )
    }

    /// Emits the records with one of the texts.
    fn emit_matching(
        &self,
        tx: &Transaction<'_>,
        sql: &str,
        params: &[&dyn rusqlite::ToSql],
        emit: &mut dyn FnMut(SortKey),
    ) -> rusqlite::Result<()> {
        let mut statement = tx.prepare_cached(sql)?;
        let mut rows = statement.query(params)?;
        while let Some(row) = rows.next()? {
            if self.texts.contains(row.get(2)?) {
                emit((row.get(0)?, row.get(1)?));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::fts_expression;

    #[test]
    fn search_words_are_quoted_literally() {
        for (words, expected) in [
            ("refund paris", r#""refund" "paris" "#),
            (r#"a "b c" d"#, r#""a" "b c" "d" "#),
            (r#"open "end of"#, r#""open" "end of" "#),
            ("ref* a*b ***", r#""ref"* "a*b" ""* "#),
            (
                "NEAR(a b) OR -c ^d name:x",
                r#""NEAR(a" "b)" "OR" "-c" "^d" "name:x" "#,
            ),
            ("a\0b", r#""a" "b" "#),
        ] {
            assert_eq!(fts_expression(words).as_deref(), Some(expected), "{words}");
        }
        assert_eq!(fts_expression(" \n\t"), None);
        assert_eq!(fts_expression(""), None);
    }
}
