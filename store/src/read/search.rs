//! Which records say something.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};

use foldhash::fast::RandomState;
use rusqlite::{Transaction, params};

use super::Reader;
use super::rows::RecordRow;
use super::scan::records_of;
use super::trail::RECORDS;
use crate::error::StoreError;

/// What to search for, and how much of it to give.
///
/// A record is found if it has every word, in any order, in its name, its message, its fields that
/// are texts, its error's type or the causes of the error. Words are told apart as SQLite's
/// `unicode61` does, without regard to case and accents. Words in double quotes are a phrase, which
/// must be found as it is; a `*` at the end of a word outside of quotes stands for any ending. No
/// other character means anything: every text can be searched for, and one without a letter or a
/// digit finds nothing.
///
/// ```
/// use whose_store::{Reader, Search};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("whose.db");
/// # let _shutdown = whose_store::init(&path)?;
/// whose::user("alice").in_scope(|| tracing::info!(city = "Paris", "the refund is on its way"));
/// whose::user("bob").in_scope(|| tracing::info!(city = "Rome", "no refund"));
/// assert!(whose::flush(std::time::Duration::from_secs(5)).is_complete());
///
/// let reader = Reader::open(&path)?;
/// let found = reader.search(&Search::new("REFUND paris"))?;
/// assert_eq!((found.len(), found[0].user.as_deref()), (1, Some("alice")));
/// assert_eq!(reader.search(&Search::new("refund"))?[0].user.as_deref(), Some("bob"));
/// assert_eq!(reader.search(&Search::new("\"no refund\"").user("alice"))?.len(), 0);
/// assert_eq!(reader.search(&Search::new("ref*").limit(1))?.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "give it to `Reader::search`"]
pub struct Search {
    words: String,
    user: Option<String>,
    session: Option<String>,
    limit: usize,
    before: i64,
}

impl Search {
    /// How many records an answer has at most, unless [`limit`](Self::limit) says otherwise.
    pub const LIMIT: usize = 50;

    /// The newest records that have these words.
    pub fn new(words: impl Into<String>) -> Self {
        Self {
            words: words.into(),
            user: None,
            session: None,
            limit: Self::LIMIT,
            before: i64::MAX,
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

    /// At most so many.
    pub fn limit(mut self, records: usize) -> Self {
        self.limit = records;
        self
    }

    /// Only those written before the record of that [number](RecordRow::id): the next page, by the
    /// number of the last record of this one.
    pub fn before(mut self, id: i64) -> Self {
        self.before = id;
        self
    }
}

/// Up to so many different texts are looked up one by one.
const FEW: usize = 4_096;

type Texts = HashSet<i64, RandomState>;

impl Reader {
    /// The records that have the words, the one written last first.
    ///
    /// # Errors
    /// [`UnknownUser`](StoreError::UnknownUser) and [`UnknownSession`](StoreError::UnknownSession)
    /// where only theirs are asked for; those of SQLite. No text is an error.
    pub fn search(&self, search: &Search) -> Result<Vec<RecordRow>, StoreError> {
        let (user, session) = (search.user.as_deref(), search.session.as_deref());
        let user = user.map(|id| self.user_key(id)).transpose()?;
        let session = session.map(|id| self.session_key(id)).transpose()?;
        let Some(expression) = expression(&search.words) else {
            return Ok(Vec::new());
        };
        self.ask(|moment| {
            let texts = texts(moment, &expression)?;
            let found = match (user, session) {
                (_, Some(session)) => found_of(moment, &texts, search, "session", session, user)?,
                (Some(user), None) => found_of(moment, &texts, search, "user", user, None)?,
                (None, None) if texts.len() <= FEW => found_by_text(moment, &texts, search)?,
                (None, None) => found_backwards(moment, &texts, search)?,
            };
            let sql = format!("{} WHERE r.id = ?1", RECORDS.replace("{from}", "records r"));
            let mut statement = moment.prepare_cached(&sql)?;
            found
                .into_iter()
                .map(|id| statement.query_row([id], |row| self.record(row)))
                .collect()
        })
    }
}

/// The words as an expression of FTS5: each in quotes, in which only quotes mean anything.
fn expression(words: &str) -> Option<String> {
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
pub(crate) fn phrase(words: &str) -> String {
    format!("\"{}\"", words.replace(['\0', '"'], " "))
}

fn texts(moment: &Transaction<'_>, expression: &str) -> rusqlite::Result<Texts> {
    let mut statement = moment.prepare_cached("SELECT rowid FROM search WHERE search MATCH ?1")?;
    let texts = statement.query_map([expression], |row| row.get(0))?;
    texts.collect()
}

/// Among the records of one user, or of one session and then perhaps of one user in it.
fn found_of(
    moment: &Transaction<'_>,
    texts: &Texts,
    search: &Search,
    column: &str,
    key: i64,
    user: Option<i64>,
) -> rusqlite::Result<Vec<i64>> {
    let sql = format!(
        "SELECT r.id, r.text
         FROM {}
         WHERE r.id < ?2 AND (?3 IS NULL OR r.user = ?3)
         ORDER BY r.id DESC",
        records_of(column)
    );
    take(
        moment,
        &sql,
        params![key, search.before, user],
        texts,
        search,
    )
}

/// Where many texts have the words, so have many records: from the newest on, until there are
/// enough.
fn found_backwards(
    moment: &Transaction<'_>,
    texts: &Texts,
    search: &Search,
) -> rusqlite::Result<Vec<i64>> {
    let sql = "SELECT id, text FROM records WHERE id < ?1 ORDER BY id DESC";
    take(moment, sql, params![search.before], texts, search)
}

fn take(
    moment: &Transaction<'_>,
    sql: &str,
    parameters: &[&dyn rusqlite::ToSql],
    texts: &Texts,
    search: &Search,
) -> rusqlite::Result<Vec<i64>> {
    let mut statement = moment.prepare_cached(sql)?;
    let mut rows = statement.query(parameters)?;
    let mut found = Vec::new();
    while found.len() < search.limit
        && let Some(row) = rows.next()?
    {
        if texts.contains(&row.get(1)?) {
            found.push(row.get(0)?);
        }
    }
    Ok(found)
}

/// The newest records of each text, and of those the newest.
fn found_by_text(
    moment: &Transaction<'_>,
    texts: &Texts,
    search: &Search,
) -> rusqlite::Result<Vec<i64>> {
    let sql = "SELECT id FROM records WHERE text = ?1 AND id < ?2 ORDER BY id DESC";
    let mut statement = moment.prepare_cached(sql)?;
    // The oldest one is on top.
    let mut newest = BinaryHeap::new();
    for text in texts {
        let mut rows = statement.query(params![text, search.before])?;
        while let Some(row) = rows.next()? {
            let id = Reverse(row.get::<_, i64>(0)?);
            if newest.len() < search.limit {
                newest.push(id);
            } else if let Some(mut oldest) = newest.peek_mut().filter(|oldest| id < **oldest) {
                *oldest = id;
            } else {
                break;
            }
        }
    }
    Ok(newest
        .into_sorted_vec()
        .into_iter()
        .map(|Reverse(id)| id)
        .collect())
}

#[cfg(test)]
mod tests {
    use super::expression;

    #[test]
    fn every_word_is_quoted_and_nothing_in_it_means_anything() {
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
            assert_eq!(expression(words).as_deref(), Some(expected), "{words}");
        }
        assert_eq!(expression(" \n\t"), None);
        assert_eq!(expression(""), None);
    }
}
