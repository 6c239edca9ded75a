//! Rows that are read page by page.

use std::fmt;

use crate::error::StoreError;

/// The most rows of one page.
const MAX_PAGE: usize = 256;

/// The most rows that are counted past the limit.
pub(super) const MAX_COUNTED: u64 = 100_000;

/// The rows of a query, read from the file page by page.
///
/// An iterator over `Result<T, StoreError>`. Memory is bounded, and no transaction is open between
/// two pages, so a slow consumer blocks neither the writer nor its log. All rows are of the time of
/// the query; rows that are deleted meanwhile are omitted. The iterator ends after an error.
///
/// ```
/// use whose_store::{Queries, Query, Reader};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("whose.db");
/// # drop(whose_store::Store::open(&path)?);
/// let reader = Reader::open(&path)?;
/// let users = reader.users(&Query::new())?.collect::<Result<Vec<_>, _>>()?;
/// assert!(users.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "an iterator reads nothing until it is used"]
pub struct Rows<'r, T> {
    pages: Box<dyn PageSource<Row = T> + 'r>,
    page: std::vec::IntoIter<T>,
    /// How many more rows the limit allows.
    remaining_limit: usize,
    has_ended: bool,
}

/// The source of the rows of a query.
pub(super) trait PageSource {
    type Row;

    /// Returns the next rows, at most `max_rows`; none at the end.
    fn next_page(&mut self, max_rows: usize) -> Result<Vec<Self::Row>, StoreError>;

    /// Counts the rows that follow, up to [`MAX_COUNTED`].
    fn count_rest(&mut self) -> Result<Remaining, StoreError>;
}

impl<'r, T> Rows<'r, T> {
    pub(super) fn new(pages: impl PageSource<Row = T> + 'r, max_rows: usize) -> Self {
        Self {
            pages: Box::new(pages),
            page: Vec::new().into_iter(),
            remaining_limit: max_rows,
            has_ended: false,
        }
    }

    /// Counts the rows that follow the last one taken, regardless of the limit.
    ///
    /// # Errors
    /// Any error of SQLite.
    pub fn remaining(mut self) -> Result<Remaining, StoreError> {
        let mut remaining = if self.has_ended {
            Remaining::exactly(0)
        } else {
            self.pages.count_rest()?
        };
        remaining.count += self.page.len() as u64;
        Ok(remaining)
    }
}

impl<T> Iterator for Rows<'_, T> {
    type Item = Result<T, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(row) = self.page.next() {
            return Some(Ok(row));
        }
        if self.remaining_limit == 0 || self.has_ended {
            return None;
        }
        match self.pages.next_page(self.remaining_limit.min(MAX_PAGE)) {
            Ok(page) => {
                self.has_ended = page.is_empty();
                self.remaining_limit -= page.len().min(self.remaining_limit);
                self.page = page.into_iter();
                self.page.next().map(Ok)
            }
            Err(error) => {
                self.has_ended = true;
                Some(Err(error))
            }
        }
    }
}

impl<T> fmt::Debug for Rows<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows")
            .field("remaining_limit", &self.remaining_limit)
            .field("has_ended", &self.has_ended)
            .finish_non_exhaustive()
    }
}

/// The number of rows that follow the last one taken.
///
/// `Display` prints `12`, or `at least 100,000` if counting ended early.
///
/// ```
/// use whose_store::Queries;
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("whose.db");
/// # drop(whose_store::Store::open(&path)?);
/// # let reader = whose_store::Reader::open(&path)?;
/// let remaining = reader.users(&whose_store::Query::new())?.remaining()?;
/// assert_eq!((remaining.count, remaining.is_exact), (0, true));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Remaining {
    /// The number of rows that were counted.
    pub count: u64,
    /// Whether `count` is exact.
    pub is_exact: bool,
}

impl Remaining {
    pub(super) const fn exactly(count: u64) -> Self {
        Self {
            count,
            is_exact: true,
        }
    }

    pub(super) const fn at_least(count: u64) -> Self {
        Self {
            count,
            is_exact: false,
        }
    }
}

/// An exact count.
impl From<u64> for Remaining {
    fn from(count: u64) -> Self {
        Self::exactly(count)
    }
}

impl fmt::Display for Remaining {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.is_exact {
            f.write_str("at least ")?;
        }
        let digits = self.count.to_string();
        for (index, digit) in digits.char_indices() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                f.write_str(",")?;
            }
            write!(f, "{digit}")?;
        }
        Ok(())
    }
}

/// The rows of a query whose keys are known in advance.
pub(super) struct KeyedPages<K, F> {
    keys: std::vec::IntoIter<K>,
    row: F,
}

impl<K, T, F> KeyedPages<K, F>
where
    F: FnMut(K) -> Result<T, StoreError>,
{
    pub(super) fn new(keys: Vec<K>, row: F) -> Self {
        Self {
            keys: keys.into_iter(),
            row,
        }
    }
}

impl<K, T, F> PageSource for KeyedPages<K, F>
where
    F: FnMut(K) -> Result<T, StoreError>,
{
    type Row = T;

    fn next_page(&mut self, max_rows: usize) -> Result<Vec<T>, StoreError> {
        self.keys
            .by_ref()
            .take(max_rows)
            .map(&mut self.row)
            .collect()
    }

    fn count_rest(&mut self) -> Result<Remaining, StoreError> {
        Ok(Remaining::exactly(self.keys.len() as u64))
    }
}
