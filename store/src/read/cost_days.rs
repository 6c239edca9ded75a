//! The cost of model calls by day, from the sums that the writer keeps.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};

use foldhash::fast::RandomState;
use rusqlite::Transaction;
use rusqlite::types::Value;

use super::cost_series::CostOverTime;
use super::cost_series_sums::{CHOSEN_BUCKETS, Group, SeriesSums, rank};
use super::group_by::GroupBy;
use super::id_map::IdMap;
use super::names::load_names;
use super::rollup::Owner;
use super::summary::Summing;
use super::time_axis::{TimeAxis, TimeSums};
use super::time_bucket::TimeBucket;
use super::usage::UsageSum;
use super::usage_summary::UsageSummary;
use crate::money::Usd;
use crate::prices::Day;

/// The length of a day in nanoseconds.
const DAY: i64 = 86_400_000_000_000;
/// The users whose days are kept between two queries: more than the series, since the order changes.
const CANDIDATES: usize = 100;

/// The calls of a query without a filter, by user, by model or by day.
pub(super) struct CostDays<'a, 'r, 't> {
    pub(super) summing: Summing<'r, 't>,
    pub(super) tx: &'t Transaction<'t>,
    pub(super) by: &'a GroupBy,
}

/// The key of a group, in the order of the groups.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum GroupKey {
    None,
    Id(i64),
    Text(String),
}

impl CostDays<'_, '_, '_> {
    /// The sum of each group, in the order of the groups; `None` if the writer keeps no sums of these
    /// groups.
    pub(super) fn group_totals(&self) -> rusqlite::Result<Option<BTreeMap<GroupKey, UsageSum>>> {
        if !self.is_summed() {
            return Ok(None);
        }
        let models = load_names(self.tx, "SELECT id, model FROM models")?;
        let totals = self.totals(&self.summing.calls()?, &models);
        Ok(Some(totals.into_iter().collect()))
    }

    fn is_summed(&self) -> bool {
        matches!(self.by, GroupBy::User | GroupBy::Model | GroupBy::Day)
    }

    /// The series of the largest groups; `None` if the sums of the writer do not answer the query.
    pub(super) fn series(
        &self,
        bucket: Option<TimeBucket>,
        max_series: usize,
    ) -> rusqlite::Result<Option<CostOverTime>> {
        if !self.is_summed() || matches!(bucket, Some(TimeBucket::Minute | TimeBucket::Hour)) {
            return Ok(None);
        }
        let summary = self.summing.calls()?;
        let Some(axis) = axis(&summary, bucket) else {
            return Ok(None);
        };
        let models = load_names(self.tx, "SELECT id, model FROM models")?;
        let sorted = max_series.max(CANDIDATES);
        let mut groups = first_sorted(self.totals(&summary, &models), sorted);
        let candidates = owners(&groups[..groups.len().min(sorted)]);
        let others = groups.split_off(max_series.min(groups.len()));
        let mut series = SeriesSums {
            axis,
            max_series,
            largest: Vec::new(),
            other: Group::default(),
            merged: others.len() as u64,
        };
        for group in &others {
            series.other.total.add(&group.total);
        }
        let mut places: HashMap<GroupKey, usize, RandomState> = HashMap::default();
        for (place, group) in groups.iter().enumerate() {
            places.insert(group.key.clone(), place);
            series.largest.push(Group {
                key: Some(group.key.to_value()),
                total: group.total,
                over_time: TimeSums::default(),
            });
        }
        let mut add = |key: Option<GroupKey>, day: Day, usage: &UsageSum| {
            let bucket = series.axis.bucket_of(start_of(day));
            let place = key.and_then(|key| places.get(&key));
            let largest = place.and_then(|place| series.largest.get_mut(*place));
            let target = largest.unwrap_or(&mut series.other);
            target.over_time.at(bucket).add(usage);
        };
        if *self.by == GroupBy::User {
            let mut leaders = owners(&groups);
            leaders.extend([Owner::NOBODY, Owner::ANONYMOUS]);
            let days = self.summing.leader_days(&leaders, &candidates)?;
            days.iter().for_each(|(owner, day, usage)| {
                add(
                    owner.map(|owner| GroupKey::of_user(owner.user())),
                    day,
                    usage,
                );
            });
        } else {
            for ((day, model), usage) in &summary.days_and_models {
                let key = match self.by {
                    GroupBy::Model => GroupKey::of_model(*model, &models),
                    _ => GroupKey::Text(day.to_string()),
                };
                add(Some(key), *day, usage);
            }
        }
        let total = summary.total.rounded();
        series.finish(self.tx, self.by, total).map(Some)
    }

    /// The sum of each group, in no order.
    fn totals(&self, summary: &UsageSummary, models: &IdMap<String>) -> Vec<(GroupKey, UsageSum)> {
        match self.by {
            GroupBy::User => {
                let mut nobody: Option<UsageSum> = None;
                let mut totals = Vec::new();
                for (owner, usage) in summary.owners.iter() {
                    match owner.user() {
                        Some(user) => totals.push((GroupKey::Id(user), *usage)),
                        None => nobody.get_or_insert_default().add(usage),
                    }
                }
                totals.extend(nobody.map(|usage| (GroupKey::None, usage)));
                totals
            }
            GroupBy::Model => {
                let mut totals = BTreeMap::<_, UsageSum>::new();
                for (id, usage) in summary.models() {
                    let total = totals.entry(GroupKey::of_model(id, models)).or_default();
                    total.add(&usage);
                }
                totals.into_iter().collect()
            }
            _ => {
                let days = summary.days().into_iter();
                days.map(|(day, usage)| (GroupKey::Text(day.to_string()), usage))
                    .collect()
            }
        }
    }
}

/// A group, and where the group stands.
struct RankedGroup {
    rank: (Option<Usd>, u64),
    key: GroupKey,
    total: UsageSum,
}

impl RankedGroup {
    /// Orders by rank, highest first. Groups of the same rank are in the order of their keys.
    fn compare(&self, other: &Self) -> Ordering {
        let by_rank = other.rank.cmp(&self.rank);
        by_rank.then_with(|| self.key.cmp(&other.key))
    }
}

impl GroupKey {
    fn of_user(id: Option<i64>) -> Self {
        id.map_or(Self::None, Self::Id)
    }

    /// Models of several providers with one name are one group.
    fn of_model(id: i64, names: &IdMap<String>) -> Self {
        let name = names.get(&id);
        name.map_or(Self::None, |name| Self::Text(name.clone()))
    }

    pub(super) fn to_value(&self) -> Value {
        match self {
            Self::None => Value::Null,
            Self::Id(id) => Value::Integer(*id),
            Self::Text(text) => Value::Text(text.clone()),
        }
    }
}

/// The groups, of which the first `count` are in their order, and all others after them in no order.
fn first_sorted(totals: Vec<(GroupKey, UsageSum)>, count: usize) -> Vec<RankedGroup> {
    let ranked = |(key, total)| RankedGroup {
        rank: rank(&total),
        key,
        total,
    };
    let mut groups: Vec<RankedGroup> = totals.into_iter().map(ranked).collect();
    if groups.len() > count {
        groups.select_nth_unstable_by(count, RankedGroup::compare);
    }
    let count = groups.len().min(count);
    groups[..count].sort_unstable_by(RankedGroup::compare);
    groups
}

/// The owners of groups by user. The groups of records without a user are left out.
fn owners(groups: &[RankedGroup]) -> Vec<Owner> {
    let users = groups.iter().filter_map(|group| match &group.key {
        GroupKey::Id(user) => Some(Owner::new(Some(*user), false)),
        _ => None,
    });
    users.collect()
}

fn start_of(day: Day) -> i64 {
    day.as_unix_days().saturating_mul(DAY)
}

/// The axis of the days of all calls; `None` if its buckets are shorter than days.
fn axis(summary: &UsageSummary, bucket: Option<TimeBucket>) -> Option<TimeAxis> {
    let mut days = summary.days_and_models.keys().map(|(day, _)| *day);
    let first = days.next();
    let last = days.next_back().or(first).map(start_of);
    let first = first.map(start_of);
    let mut axis = match bucket {
        Some(bucket) => TimeAxis::new(bucket, CostOverTime::MAX_BUCKETS),
        None => {
            // The last moment of the first day and the first one of the last day are this far apart.
            let (end, last) = (first?.saturating_add(DAY - 1), last?);
            if TimeBucket::Hour.count(end, last) <= CHOSEN_BUCKETS {
                return None;
            }
            TimeAxis::new(TimeBucket::Day, CHOSEN_BUCKETS)
        }
    };
    for time in first.into_iter().chain(last) {
        axis.extend(time);
    }
    Some(axis)
}
