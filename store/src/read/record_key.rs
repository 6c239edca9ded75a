//! The place of a record in the order of time.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};
use whose::Timestamp;

use super::rows::RecordRow;
use super::time_merge::SortKey;

/// The place of a record in the order of time: where a page of records begins or ends.
///
/// [`RecordRow::key`] returns the key of a record. `Display` prints a key as one word for a URL, and
/// [`FromStr`] reads the word. A key stays valid when its record is deleted.
///
/// ```
/// use whose_store::{RecordKey, Timestamp};
///
/// let key = RecordKey::before_time(Timestamp::from_nanos(1_764_288_000_000_000_000));
/// assert_eq!(key.to_string().parse(), Ok(key));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordKey(SortKey);

impl RecordKey {
    /// The key before every record of that time.
    #[must_use]
    pub const fn before_time(time: Timestamp) -> Self {
        Self((time.as_nanos(), i64::MIN))
    }

    /// The time of the record.
    #[must_use]
    pub const fn time(self) -> Timestamp {
        Timestamp::from_nanos(self.0.0)
    }

    pub(super) fn sort_key(self) -> SortKey {
        self.0
    }
}

impl RecordRow {
    /// The place of the record in the order of time.
    #[must_use]
    pub const fn key(&self) -> RecordKey {
        RecordKey((self.time.as_nanos(), self.id))
    }
}

impl fmt::Display for RecordKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (start, id) = self.0;
        write!(f, "{start}_{id}")
    }
}

impl Serialize for RecordKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The error of parsing a [`RecordKey`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseRecordKeyError(());

impl fmt::Display for ParseRecordKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected the key of a record, such as `1764288000000000000_12`")
    }
}

impl std::error::Error for ParseRecordKeyError {}

impl FromStr for RecordKey {
    type Err = ParseRecordKeyError;

    fn from_str(text: &str) -> Result<Self, ParseRecordKeyError> {
        let parsed = text.split_once('_').and_then(|(start, id)| {
            let key = (start.parse().ok()?, id.parse().ok()?);
            Some(Self(key))
        });
        parsed.ok_or(ParseRecordKeyError(()))
    }
}
