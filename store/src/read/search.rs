//! Which records say something.

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

/// What to search for, and whose.
///
/// A record is found if it has every word, in any order, in its name, its message, its fields that
/// are texts, its error's type or the causes of the error. Words are told apart as SQLite's
/// `unicode61` does, without regard to case and accents. Words in double quotes are a phrase, which
/// must be found as it is; a `*` at the end of a word outside of quotes stands for any ending. No
/// other character means anything: every text can be searched for, and one without a letter or a
/// digit finds nothing.
///
/// ```
/// use whose_store::{Query, Reader, RecordRow, SearchFilter, StoreError};
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
#[must_use = "give it to `Reader::search`"]
pub struct SearchFilter {
    words: String,
    user: Option<String>,
    session: Option<String>,
    before: Option<i64>,
}

impl SearchFilter {
    /// The records that have these words.
    pub fn new(words: impl Into<String>) -> Self {
        Self {
            words: words.into(),
            user: None,
            session: None,
            before: None,
        }
    }

    /// Only those of this user.
    pub fn user(mut self, id: impl Into<String>) -> Self {
        self.user = Some(id.into());
        self
    }

    /// Only those of this session.
    pub fn session(mut self, id: impl Into<String>) -> Self {
        self.session = Some(id.into());
        self
    }

    /// Only those that come after the record of that [number](RecordRow::id): the next page, by the
    /// number of the last record of this one.
    pub fn before(mut self, id: i64) -> Self {
        self.before = Some(id);
        self
    }
}

/// Up to so many different texts are looked up one by one in each part of the file; of more, the
/// records of the part are gone through.
const MAX_TEXT_LOOKUPS: u64 = 256;

impl Reader {
    /// The records that have the words, the newest first.
    ///
    /// # Errors
    /// [`UnknownUser`](StoreError::UnknownUser) and [`UnknownSession`](StoreError::UnknownSession)
    /// where only theirs are asked for; those of SQLite. No text is an error.
    pub fn search(
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

/// The words as an expression of FTS5: each in quotes, in which only quotes mean anything.
fn fts_expression(words: &str) -> Option<String> {
    let mut expression = String::new();
    // Every second piece was in quotes; where the last quote is missing, the end is one.
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

/// An expression of FTS5 that finds these words one after another.
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

/// The records that have one of the texts, of everybody, of a user, or of a session and then
/// perhaps of one user in it.
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

    /// Shows those of the records that have one of the texts.
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
