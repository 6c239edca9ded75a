//! One user, and one session.

use std::collections::{BTreeMap, HashSet};

use rusqlite::Transaction;

use super::activity::{Activity, ActivityReader};
use super::column::{Column, ListEntry};
use super::list_rows::session_row;
use super::owner_days::OwnerDay;
use super::partitions::Partitions;
use super::query::Query;
use super::reader::Reader;
use super::rollup::Owner;
use super::rows::{DayActivity, SessionRow, UserRow};
use super::summary::Summing;
use super::totals::counts;
use super::user_page::row;
use crate::error::StoreError;
use crate::prices::Day;

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
            let owner = Owner::new(Some(id), false);
            let found = Summing::new(self, tx, &partitions, query.range())?.days(owner)?;
            let read = |partitions: &Partitions, max_days| {
                ActivityReader::new(self, tx, Column::User, partitions, query.range())?.days(
                    tx,
                    &entry(id),
                    max_days,
                )
            };
            let mut days = BTreeMap::<Day, OwnerDay>::new();
            let mut add = |sums: &OwnerDay| {
                let day = days
                    .entry(sums.day)
                    .or_insert_with(|| OwnerDay::new(sums.day));
                day.add(sums);
            };
            found.known.iter().for_each(|(_, sums)| add(sums));
            for (first, rollup) in &found.unread {
                let partition = || read(&partitions.only(|it| it == *first), usize::MAX);
                let sums = self
                    .summaries()
                    .days_of_partition((owner, *rollup), partition)?;
                sums.iter().for_each(&mut add);
            }
            let firsts = found.known.iter().map(|(first, _)| *first);
            let summed: HashSet<i64> = firsts
                .chain(found.unread.iter().map(|(first, _)| *first))
                .collect();
            let others = partitions.only(|first| !summed.contains(&first));
            read(&others, query.max_rows())?.iter().for_each(add);
            let skipped = days.len().saturating_sub(query.max_rows());
            let days = days.into_values().skip(skipped).map(|sums| DayActivity {
                day: sums.day,
                counts: sums.counts.rounded(),
                usage: sums.usage.rounded(),
            });
            Ok(days.collect())
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
