//! One user, and one session.

use rusqlite::Transaction;

use super::activity::{Activity, ActivityReader};
use super::column::{Column, ListEntry};
use super::list_rows::session_row;
use super::query::Query;
use super::reader::Reader;
use super::rollup::Owner;
use super::rows::{DayActivity, SessionRow, UserRow};
use super::summary::Summing;
use super::totals::counts;
use super::user_page::row;
use crate::error::StoreError;

impl Reader {
    pub(super) fn user(&self, user_id: &str, query: &Query) -> Result<Option<UserRow>, StoreError> {
        let id = self.user_row_id(user_id)?;
        let partitions = self.partitions(query)?;
        self.read_tx(|tx| {
            let owner = Owner::new(Some(id), false);
            let summing = Summing::new(self, tx, &partitions, query.range())?;
            let (records, usage) = summing.owner(owner)?;
            if counts(&records.records).records() == 0 {
                return Ok(None);
            }
            let late = summing.late([id].into_iter(), partitions.newest_id())?;
            let late = late.into_iter().sum();
            row(tx, id, &records, usage, late).map(Some)
        })
    }

    pub(super) fn session(
        &self,
        session_id: &str,
        query: &Query,
    ) -> Result<Option<SessionRow>, StoreError> {
        let id = self.session_row_id(session_id)?;
        self.one(Column::Session, id, query, session_row)
    }

    pub(super) fn user_days(
        &self,
        user_id: &str,
        query: &Query,
    ) -> Result<Vec<DayActivity>, StoreError> {
        let id = self.user_row_id(user_id)?;
        let partitions = self.partitions(query)?;
        self.read_tx(|tx| {
            let summing = Summing::new(self, tx, &partitions, query.range())?;
            let known = summing.days(Owner::new(Some(id), false))?;
            let others = partitions.without(|first| known.iter().any(|(it, _)| *it == first));
            let days = known.into_iter().map(|(_, day)| day);
            ActivityReader::new(self, tx, Column::User, &others, query.range())?.days(
                tx,
                &entry(id),
                days,
                query.max_rows(),
            )
        })
    }

    /// The row of a user or session; `None` if it has no record in the time range.
    fn one<T>(
        &self,
        column: Column,
        id: i64,
        query: &Query,
        row: impl FnOnce(&Transaction<'_>, i64, Activity) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, StoreError> {
        self.with_activities(column, query, |tx, activities| {
            let activity = activities.activity(tx, &entry(id))?;
            let has_records = activity.counts.records() > 0;
            has_records.then(|| row(tx, id, activity)).transpose()
        })
    }

    fn with_activities<T>(
        &self,
        column: Column,
        query: &Query,
        read: impl FnOnce(&Transaction<'_>, &ActivityReader<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let partitions = self.partitions(query)?;
        self.read_tx(|tx| {
            let activities = ActivityReader::new(self, tx, column, &partitions, query.range())?;
            read(tx, &activities)
        })
    }
}

fn entry(id: i64) -> ListEntry {
    ListEntry {
        id,
        last_record_id: i64::MAX,
    }
}
