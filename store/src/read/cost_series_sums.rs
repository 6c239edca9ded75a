//! The sums of the series of costs over time.

use std::cmp::Reverse;

use rusqlite::Transaction;
use rusqlite::types::Value;
use whose::Timestamp;

use super::calls::Calls;
use super::cost_groups::Sums;
use super::cost_series::{CostOverTime, CostPoint, CostSeries};
use super::group_by::GroupBy;
use super::group_name::group_name;
use super::time_axis::{TimeAxis, TimeSums};
use super::usage::{Usage, UsageSum};
use crate::money::Usd;

/// The most buckets where the query chooses their length: more than a screen shows apart.
pub(super) const CHOSEN_BUCKETS: u64 = 400;

/// The calls of one group.
#[derive(Default)]
pub(super) struct Group {
    pub(super) key: Option<Value>,
    pub(super) total: UsageSum,
    pub(super) over_time: TimeSums,
}

impl Group {
    fn of(key: Value) -> Self {
        Self {
            key: Some(key),
            ..Self::default()
        }
    }

    fn rank(&self) -> (Option<Usd>, u64) {
        rank(&self.total)
    }
}

/// The order of groups: by cost, then by tokens.
pub(super) fn rank(total: &UsageSum) -> (Option<Usd>, u64) {
    let total = total.rounded();
    (total.cost_usd, total.input_tokens + total.output_tokens)
}

/// The series of the largest groups, and the sum of the others. All share one axis.
pub(super) struct SeriesSums {
    pub(super) axis: TimeAxis,
    pub(super) max_series: usize,
    /// Ordered by rank, highest first. Groups of the same rank keep the order of their keys.
    pub(super) largest: Vec<Group>,
    pub(super) other: Group,
    pub(super) merged: u64,
}

impl SeriesSums {
    pub(super) fn read(
        &mut self,
        tx: &Transaction<'_>,
        calls: &Calls,
        sums: &mut Sums<'_>,
    ) -> rusqlite::Result<()> {
        let mut last: Option<Group> = None;
        calls.each(tx, true, |row| {
            let (cost, weight) = sums.add(&row);
            if self.axis.extend(row.start) {
                let axis = &self.axis;
                let largest = self.largest.iter_mut();
                let groups = largest.chain([&mut self.other]).chain(last.as_mut());
                groups.for_each(|group| group.over_time.merge_into_buckets_of(axis));
            }
            let is_next = last.as_ref().and_then(|group| group.key.as_ref()) != Some(&row.key);
            if is_next && let Some(group) = last.take() {
                self.add(group);
            }
            let group = last.get_or_insert_with(|| Group::of(row.key.clone()));
            let bucket = self.axis.bucket_of(row.start);
            for usage in [&mut group.total, group.over_time.at(bucket)] {
                usage.add_call(&row.call.tokens, cost, weight);
            }
            Ok(())
        })?;
        if let Some(group) = last {
            self.add(group);
        }
        Ok(())
    }

    /// Adds a group. The smallest group past the limit becomes a part of the others.
    fn add(&mut self, group: Group) {
        let rank = Reverse(group.rank());
        let at = self
            .largest
            .partition_point(|other| Reverse(other.rank()) <= rank);
        self.largest.insert(at, group);
        if self.largest.len() <= self.max_series {
            return;
        }
        if let Some(smallest) = self.largest.pop() {
            self.other.total.add(&smallest.total);
            self.other.over_time.add(&smallest.over_time);
            self.merged += 1;
        }
    }

    pub(super) fn finish(
        self,
        tx: &Transaction<'_>,
        by: &GroupBy,
        total: Usage,
    ) -> rusqlite::Result<CostOverTime> {
        let bucket = self.axis.bucket();
        let (first, last) = (self.axis.first(), self.axis.last());
        let other = (self.merged > 0).then(|| series(None, &self.other));
        let named = self.largest.into_iter().map(|mut group| {
            let key = group.key.take().unwrap_or(Value::Null);
            Ok(series(group_name(tx, by, key)?, &group))
        });
        Ok(CostOverTime {
            bucket,
            first,
            last,
            series: named.collect::<rusqlite::Result<_>>()?,
            other,
            other_groups: self.merged,
            total,
        })
    }
}

fn series(key: Option<String>, group: &Group) -> CostSeries {
    let points = group.over_time.iter().map(|(start, usage)| CostPoint {
        start: Timestamp::from_nanos(start),
        usage: usage.rounded(),
    });
    CostSeries {
        key,
        total: group.total.rounded(),
        points: points.collect(),
    }
}
