//! The lists of users and of sessions.

use std::collections::VecDeque;

use rusqlite::Transaction;

use super::activity::{Activity, ActivityReader};
use super::column::{Column, ListEntry};
use super::list_rows::{session_row, user_row};
use super::newest_first::NewestFirst;
use super::pages::{MAX_COUNTED, PageSource, Remaining, Rows};
use super::query::Query;
use super::reader::Reader;
use super::rows::{SessionRow, UserRow};
use crate::error::StoreError;

impl Reader {
    pub(super) fn users(&self, query: &Query) -> Result<Rows<'_, UserRow>, StoreError> {
        let listing = self.listing(Column::User, None, query, user_row)?;
        Ok(Rows::new(listing, query.max_rows()))
    }

    pub(super) fn sessions(
        &self,
        user_id: Option<&str>,
        query: &Query,
    ) -> Result<Rows<'_, SessionRow>, StoreError> {
        self.session_list(user_id, None, query)
    }

    pub(super) fn sessions_after(
        &self,
        user_id: Option<&str>,
        session_id: &str,
        query: &Query,
    ) -> Result<Rows<'_, SessionRow>, StoreError> {
        self.session_list(user_id, Some(session_id), query)
    }

    fn session_list(
        &self,
        user_id: Option<&str>,
        after: Option<&str>,
        query: &Query,
    ) -> Result<Rows<'_, SessionRow>, StoreError> {
        let user = user_id.map(|id| self.user_row_id(id)).transpose()?;
        let mut listing = self.listing(Column::Session, user, query, session_row)?;
        if let Some(id) = after {
            let session = self.session_row_id(id)?;
            if !listing.order.skip_to(self, session)? {
                return Err(StoreError::UnknownSession { id: id.to_owned() });
            }
        }
        Ok(Rows::new(listing, query.max_rows()))
    }

    fn listing<'r, T: 'r>(
        &'r self,
        column: Column,
        user: Option<i64>,
        query: &Query,
        row: MakeRow<T>,
    ) -> Result<Listing<'r, T>, StoreError> {
        let partitions = self.partitions(query)?;
        let activities =
            self.read_tx(|tx| ActivityReader::new(self, tx, column, &partitions, query.range()))?;
        Ok(Listing {
            reader: self,
            order: NewestFirst::new(column, user, query.range(), partitions),
            found: VecDeque::new(),
            activities,
            row,
        })
    }
}

type MakeRow<T> = fn(&Transaction<'_>, i64, Activity) -> rusqlite::Result<T>;

/// The records read for the counts of one page, after which the page ends.
const PAGE_RECORDS: u64 = 200_000;

/// The users found before their counts are read in one transaction.
const FIND_BATCH: usize = 64;

struct Listing<'r, T> {
    reader: &'r Reader,
    order: NewestFirst,
    /// Entries that were found and not returned.
    found: VecDeque<ListEntry>,
    activities: ActivityReader<'r>,
    row: MakeRow<T>,
}

impl<T> Listing<'_, T> {
    /// Appends rows for some of the entries that were found.
    fn list(&mut self, max_rows: usize, page: &mut Vec<T>) -> Result<u64, StoreError> {
        let Self {
            reader,
            found,
            activities,
            row,
            ..
        } = self;
        reader.read_tx(|tx| {
            let mut records = 0;
            while page.len() < max_rows
                && records < PAGE_RECORDS
                && let Some(entry) = found.pop_front()
            {
                let activity = activities.activity(tx, &entry)?;
                records += activity.counts.records();
                // The records may have been deleted meanwhile.
                if activity.counts.records() > 0 {
                    page.push(row(tx, entry.id, activity)?);
                }
            }
            Ok(records)
        })
    }
}

impl<T> PageSource for Listing<'_, T> {
    type Row = T;

    fn next_page(&mut self, max_rows: usize) -> Result<Vec<T>, StoreError> {
        let (mut page, mut records) = (Vec::new(), 0);
        while page.len() < max_rows && (page.is_empty() || records < PAGE_RECORDS) {
            while self.found.len() < FIND_BATCH
                && let Some(entry) = self.order.next(self.reader)?
            {
                self.found.push_back(entry);
            }
            if self.found.is_empty() {
                break;
            }
            records += self.list(max_rows, &mut page)?;
        }
        Ok(page)
    }

    fn count_rest(&mut self) -> Result<Remaining, StoreError> {
        let mut count = self.found.len() as u64;
        while self.order.next(self.reader)?.is_some() {
            count += 1;
            if count > MAX_COUNTED {
                return Ok(Remaining::at_least(MAX_COUNTED));
            }
        }
        Ok(Remaining::exactly(count))
    }
}
