//! One page of records in the order of time, with the keys of the pages on both sides.

use serde::Serialize;
use whose_store::{Queries, Query, RecordKey, RecordRow, TrailFilter};

use super::page_error::PageError;
use crate::url_query::UrlQuery;

/// One page of records.
#[derive(Debug, Serialize)]
pub(super) struct RecordPage {
    pub(super) records: Vec<RecordRow>,
    /// The key of the page before: the value of `before`.
    pub(super) previous: Option<RecordKey>,
    /// The key of the page after: the value of `after`.
    pub(super) next: Option<RecordKey>,
}

impl RecordPage {
    /// The last line of a text of the records, which states how to get the next page; empty for the last
    /// page.
    pub(super) fn next_page(&self) -> String {
        let next = self.next.map(|key| format!("next page: after={key}\n"));
        next.unwrap_or_default()
    }
}

/// The order of the records of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    OldestFirst,
    NewestFirst,
}

/// Reads pages of one trail.
pub(super) struct RecordPager<'s> {
    pub(super) store: &'s dyn Queries,
    /// The trail, in the default order and without a key.
    pub(super) filter: TrailFilter,
    pub(super) order: Order,
    pub(super) range: Query,
    /// The most records of a page.
    pub(super) rows: usize,
}

impl RecordPager<'_> {
    /// The page that the parameters `after` and `before` name, or the page around the moment `at`, else
    /// the first page.
    pub(super) fn page(&self, query: &UrlQuery) -> Result<RecordPage, PageError> {
        if let Some(key) = query.parsed::<RecordKey>("after")? {
            let mut page = self.first(Some(key))?;
            page.previous = page.records.first().map(RecordRow::key).or(Some(key));
            return Ok(page);
        }
        if let Some(key) = query.parsed::<RecordKey>("before")? {
            return self.before(key);
        }
        match query.time("at")? {
            Some(time) => self.around(RecordKey::before_time(time)),
            None => self.first(None),
        }
    }

    /// The page in the middle of which that key is.
    fn around(&self, key: RecordKey) -> Result<RecordPage, PageError> {
        let mut before = self.read(true, Some(key), self.rows / 2)?;
        let rest = self.rows - before.records.len();
        let mut after = self.read(false, Some(key), rest)?;
        before.records.reverse();
        let previous = before.records.first().filter(|_| before.has_more);
        let (previous, next) = (previous.map(RecordRow::key), after.next());
        before.records.append(&mut after.records);
        Ok(RecordPage {
            records: before.records,
            previous,
            next,
        })
    }

    fn first(&self, after: Option<RecordKey>) -> Result<RecordPage, PageError> {
        let read = self.read(false, after, self.rows)?;
        Ok(RecordPage {
            next: read.next(),
            records: read.records,
            previous: None,
        })
    }

    fn before(&self, key: RecordKey) -> Result<RecordPage, PageError> {
        let mut read = self.read(true, Some(key), self.rows)?;
        if !read.has_more && read.records.len() < self.rows {
            return self.first(None);
        }
        read.records.reverse();
        let first = read.records.first().filter(|_| read.has_more);
        Ok(RecordPage {
            previous: first.map(RecordRow::key),
            next: read.records.last().map(RecordRow::key),
            records: read.records,
        })
    }

    /// The records that follow the key in the order of the page, or in the reversed order.
    fn read(
        &self,
        is_reversed: bool,
        after: Option<RecordKey>,
        rows: usize,
    ) -> Result<Read, PageError> {
        let mut filter = self.filter.clone();
        if (self.order == Order::NewestFirst) != is_reversed {
            filter = filter.newest_first();
        }
        if let Some(key) = after {
            filter = filter.after(key);
        }
        let range = self.range.limit(rows + 1);
        let records = self.store.trail(&filter, &range)?;
        let mut records = records.collect::<Result<Vec<_>, _>>()?;
        let has_more = records.len() > rows;
        records.truncate(rows);
        Ok(Read { records, has_more })
    }
}

struct Read {
    records: Vec<RecordRow>,
    has_more: bool,
}

impl Read {
    fn next(&self) -> Option<RecordKey> {
        let last = self.records.last().filter(|_| self.has_more);
        last.map(RecordRow::key)
    }
}
