//! The limit and the time range of a query.

use std::time::SystemTime;

use whose::Timestamp;

/// The limit and the time range of a query.
///
/// Every query of a [`Reader`](super::Reader) takes one. The time of a record is its start. Counts
/// of users, sessions, costs, errors and call sites cover only the records of the time range.
///
/// ```
/// use whose_store::{Queries, Query, Reader, Timestamp};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("whose.db");
/// # drop(whose_store::Store::open(&path)?);
/// let reader = Reader::open(&path)?;
/// let since = Timestamp::from_nanos(1_764_288_000_000_000_000);
/// let mut users = reader.users(&Query::new().limit(10).since(since))?;
/// for user in &mut users {
///     println!("{:?}", user?.id);
/// }
/// println!("{} more", users.remaining()?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "pass it to a method of `Reader`"]
pub struct Query {
    limit: Option<usize>,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
}

impl Query {
    /// The default limit: the most rows of a query without [`limit`](Self::limit) or
    /// [`unlimited`](Self::unlimited).
    pub const DEFAULT_LIMIT: usize = 1_000;

    /// [`DEFAULT_LIMIT`](Self::DEFAULT_LIMIT) rows, of any time.
    pub const fn new() -> Self {
        Self {
            limit: Some(Self::DEFAULT_LIMIT),
            since: None,
            until: None,
        }
    }

    /// All rows, of any time.
    ///
    /// ```
    /// # use whose_store::Query;
    /// assert_eq!(Query::all(), Query::new().unlimited());
    /// ```
    pub const fn all() -> Self {
        Self::new().unlimited()
    }

    /// Sets the most rows.
    pub const fn limit(mut self, rows: usize) -> Self {
        self.limit = Some(rows);
        self
    }

    /// Removes the limit.
    pub const fn unlimited(mut self) -> Self {
        self.limit = None;
        self
    }

    /// Only records that started at that time or later.
    pub const fn since(mut self, time: Timestamp) -> Self {
        self.since = Some(time);
        self
    }

    /// Only records that started before that time.
    pub const fn until(mut self, time: Timestamp) -> Self {
        self.until = Some(time);
        self
    }

    /// The query, limited further to the records from `since` on and before `until`.
    pub(super) fn within(mut self, since: Option<Timestamp>, until: Option<Timestamp>) -> Self {
        self.since = self.since.max(since);
        self.until = match (self.until, until) {
            (Some(own), Some(other)) => Some(own.min(other)),
            (own, other) => own.or(other),
        };
        self
    }

    pub(super) fn max_rows(&self) -> usize {
        self.limit.unwrap_or(usize::MAX)
    }

    /// The present of a query, in nanoseconds since 1970: the end of the time range, or the time of the
    /// clock.
    pub(super) fn present(&self) -> i64 {
        let present = || Timestamp::from(SystemTime::now());
        self.until.unwrap_or_else(present).as_nanos()
    }

    pub(super) fn range(&self) -> TimeRange {
        TimeRange {
            since: self.since.map_or(i64::MIN, Timestamp::as_nanos),
            until: self.until.map(Timestamp::as_nanos),
        }
    }
}

impl Default for Query {
    fn default() -> Self {
        Self::new()
    }
}

/// A range of nanoseconds since 1970, from `since` on and before `until`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TimeRange {
    pub(super) since: i64,
    pub(super) until: Option<i64>,
}

impl TimeRange {
    /// Every time.
    pub(super) const ALL: Self = Self {
        since: i64::MIN,
        until: None,
    };

    pub(super) fn contains(self, time: i64) -> bool {
        self.overlaps(time, time)
    }

    /// Whether the range contains a time from `first` to `last`, both included.
    pub(super) fn overlaps(self, first: i64, last: i64) -> bool {
        last >= self.since && self.until.is_none_or(|until| first < until)
    }

    /// Whether the range contains every time from `first` to `last`, both included.
    pub(super) fn contains_range(self, first: i64, last: i64) -> bool {
        self.contains(first) && self.contains(last)
    }
}
