//! How the cost of each group changed.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use rusqlite::Transaction;
use rusqlite::types::Value;
use serde::Serialize;
use whose::Timestamp;

use super::calls::Calls;
use super::cost_days::CostDays;
use super::cost_filter::CostFilter;
use super::cost_groups::Sums;
use super::group_by::GroupBy;
use super::group_name::group_name;
use super::partitions::Partitions;
use super::query::{Query, TimeRange};
use super::reader::Reader;
use super::summary::Summing;
use super::usage::{Usage, UsageSum};
use crate::error::StoreError;
use crate::money::Usd;

/// The most rows of a report.
const MAX_ROWS: usize = 1_000;

/// The change of the cost from one period to the next; see
/// [`Queries::cost_changes`](super::Queries::cost_changes).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CostChanges {
    /// The start of the period before.
    pub before_since: Timestamp,
    /// The start of the period, and the end of the one before.
    pub since: Timestamp,
    /// The end of the period.
    pub until: Timestamp,
    /// The groups whose cost changed, by the size of the change, largest first.
    pub rows: Vec<CostChange>,
    /// The sum of all groups.
    pub total: CostChange,
}

/// The cost of a group in two periods.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CostChange {
    /// The group, as in [`CostRow::key`](super::CostRow::key).
    pub key: Option<String>,
    /// The calls of the period before.
    pub before: Usage,
    /// The calls of the period.
    pub after: Usage,
    /// The cost after, less the cost before.
    pub change_usd: Usd,
}

impl Reader {
    pub(super) fn cost_changes(
        &self,
        by: &GroupBy,
        filter: &CostFilter,
        query: &Query,
    ) -> Result<Option<CostChanges>, StoreError> {
        let Some(periods) = Periods::of(query) else {
            return Ok(None);
        };
        let both = query.since(periods.before_since).until(periods.until);
        let calls = self.calls(by, filter, &both)?;
        let max_rows = query.max_rows().min(MAX_ROWS);
        self.read_tx(|tx| {
            let mut largest = LargestChanges::new(max_rows);
            let summed = match calls.unfiltered() {
                Some(_) => self.summed_changes(tx, by, periods)?,
                None => None,
            };
            let total = match summed {
                Some(changes) => largest.add_all(changes),
                None => largest.read(tx, &calls, periods, &mut Sums::new(self, tx)?)?,
            };
            let rows = largest.rows.into_iter().map(|change| {
                let key = change.key.clone().unwrap_or(Value::Null);
                Ok(change.row(group_name(tx, by, key)?))
            });
            Ok(Some(CostChanges {
                before_since: periods.before_since,
                since: periods.since,
                until: periods.until,
                rows: rows.collect::<rusqlite::Result<_>>()?,
                total: total.row(None),
            }))
        })
    }
}

impl Reader {
    /// The changes of every group, from the sums that the writer keeps; `None` if there are none of
    /// these groups.
    fn summed_changes(
        &self,
        tx: &Transaction<'_>,
        by: &GroupBy,
        periods: Periods,
    ) -> rusqlite::Result<Option<Vec<Change>>> {
        let totals = |from: Timestamp, until: Timestamp| {
            let range = TimeRange {
                since: from.as_nanos(),
                until: Some(until.as_nanos()),
            };
            let summing = Summing::new(self, tx, &Partitions::load(tx, range)?, range)?;
            CostDays { summing, tx, by }.group_totals()
        };
        let Some(before) = totals(periods.before_since, periods.since)? else {
            return Ok(None);
        };
        let mut changes = BTreeMap::<_, Change>::new();
        for (key, usage) in before {
            changes.entry(key).or_default().before = usage;
        }
        for (key, usage) in totals(periods.since, periods.until)?.unwrap_or_default() {
            changes.entry(key).or_default().after = usage;
        }
        let named = changes.into_iter().map(|(key, change)| Change {
            key: Some(key.to_value()),
            ..change
        });
        Ok(Some(named.collect()))
    }
}

/// A period, and the one of the same length before.
#[derive(Clone, Copy)]
struct Periods {
    before_since: Timestamp,
    since: Timestamp,
    until: Timestamp,
}

impl Periods {
    /// `None` if the query has no start, since no period is before the beginning.
    fn of(query: &Query) -> Option<Self> {
        let TimeRange { since, .. } = query.range();
        let until = query.present();
        if since == i64::MIN || until <= since {
            return None;
        }
        let before = since.saturating_sub(until.saturating_sub(since));
        Some(Self {
            before_since: Timestamp::from_nanos(before),
            since: Timestamp::from_nanos(since),
            until: Timestamp::from_nanos(until),
        })
    }
}

/// The usage of a group in two periods.
#[derive(Default)]
struct Change {
    key: Option<Value>,
    before: UsageSum,
    after: UsageSum,
}

impl Change {
    fn row(&self, key: Option<String>) -> CostChange {
        let (before, after) = (self.before.rounded(), self.after.rounded());
        CostChange {
            key,
            before,
            after,
            change_usd: after.cost_usd.unwrap_or_default() - before.cost_usd.unwrap_or_default(),
        }
    }

    fn size(&self) -> i128 {
        self.row(None).change_usd.as_picos().saturating_abs()
    }
}

/// The largest changes of the groups.
struct LargestChanges {
    max_rows: usize,
    /// Ordered by size, largest first. Changes of the same size keep the order of their keys.
    rows: Vec<Change>,
}

impl LargestChanges {
    fn new(max_rows: usize) -> Self {
        Self {
            max_rows,
            rows: Vec::new(),
        }
    }

    /// Reads the calls of both periods, and returns the sum of all groups.
    fn read(
        &mut self,
        tx: &Transaction<'_>,
        calls: &Calls,
        periods: Periods,
        sums: &mut Sums<'_>,
    ) -> rusqlite::Result<Change> {
        let mut total = Change::default();
        let mut last: Option<Change> = None;
        calls.each(tx, true, |row| {
            let (cost, weight) = sums.add(&row);
            let is_next = last.as_ref().and_then(|change| change.key.as_ref()) != Some(&row.key);
            if is_next && let Some(change) = last.take() {
                self.add(change);
            }
            let group = last.get_or_insert_with(|| Change {
                key: Some(row.key.clone()),
                ..Change::default()
            });
            for change in [group, &mut total] {
                let usage = match row.start < periods.since.as_nanos() {
                    true => &mut change.before,
                    false => &mut change.after,
                };
                usage.add_call(&row.call.tokens, cost, weight);
            }
            Ok(())
        })?;
        if let Some(change) = last {
            self.add(change);
        }
        Ok(total)
    }

    /// Adds the changes, and returns their sum.
    fn add_all(&mut self, changes: Vec<Change>) -> Change {
        let mut total = Change::default();
        for change in changes {
            total.before.add(&change.before);
            total.after.add(&change.after);
            self.add(change);
        }
        total
    }

    fn add(&mut self, change: Change) {
        let size = Reverse(change.size());
        if size == Reverse(0) {
            return;
        }
        let at = self
            .rows
            .partition_point(|other| Reverse(other.size()) <= size);
        self.rows.insert(at, change);
        self.rows.truncate(self.max_rows);
    }
}
