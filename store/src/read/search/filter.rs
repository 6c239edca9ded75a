//! The filter of a search.

use whose::Timestamp;

use super::condition::{SearchCondition, SearchField};
use super::value_test::ValueTest;

/// The conditions of a search, all of which a record fulfils; see
/// [`Queries::search`](crate::Queries::search).
///
/// A record contains words if its name, message, text fields, error type and causes contain every
/// word, in any order. SQLite's `unicode61` tokenizer separates the words, and ignores case and
/// accents. Words in double quotes match as a phrase. A `*` at the end of a word outside quotes
/// matches any suffix. No other character is special: any text can be searched for, and a text
/// without letters and digits matches nothing.
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
/// assert_eq!(search(SearchFilter::all())?.len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use = "pass it to `Queries::search`"]
pub struct SearchFilter {
    pub(super) conditions: Vec<SearchCondition>,
    pub(super) since: Option<Timestamp>,
    pub(super) until: Option<Timestamp>,
    pub(super) before: Option<i64>,
}

impl SearchFilter {
    /// Matches every record.
    pub fn all() -> Self {
        Self::default()
    }

    /// Matches records that contain these words. No words match no record.
    pub fn new(words: impl Into<String>) -> Self {
        Self::all().with(SearchCondition::words(words))
    }

    /// Only records that fulfil this condition.
    pub fn with(mut self, condition: SearchCondition) -> Self {
        self.conditions.push(condition);
        self
    }

    /// Only records of this user, also those from before a login. An unknown user has no records.
    pub fn user(self, id: impl Into<String>) -> Self {
        let is = ValueTest::Is(id.into());
        self.with(SearchCondition::field(SearchField::User, is))
    }

    /// Only records of this session. An unknown session has no records.
    pub fn session(self, id: impl Into<String>) -> Self {
        let is = ValueTest::Is(id.into());
        self.with(SearchCondition::field(SearchField::Session, is))
    }

    /// Only records that started at that time or later. Several times, and the time range of the
    /// query, hold together.
    pub fn since(mut self, time: Timestamp) -> Self {
        self.since = self.since.max(Some(time));
        self
    }

    /// Only records that started before that time.
    pub fn until(mut self, time: Timestamp) -> Self {
        self.until = Some(self.until.map_or(time, |until| until.min(time)));
        self
    }

    /// Only records that come after the record with that [id](crate::RecordRow::id). Use the id of
    /// the last record of a page to read the next page.
    pub fn before(mut self, id: i64) -> Self {
        self.before = Some(id);
        self
    }
}
