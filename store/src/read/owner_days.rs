//! The days of users with many records, summed from rollups.

use std::collections::{HashMap, HashSet};

use foldhash::fast::RandomState;

use super::prices::ModelPrices;
use super::record_types::CountsSum;
use super::rollup::{Owner, OwnerSums, Rollup};
use super::usage::UsageSum;
use crate::prices::Day;

/// The records of one owner in a partition from which on they are kept. Fewer are read faster than kept.
const MIN_RECORDS: u64 = 64;

/// The sums of the records of one owner on one day.
#[derive(Clone, Copy, Debug)]
pub(super) struct OwnerDay {
    pub(super) day: Day,
    pub(super) counts: CountsSum,
    pub(super) usage: UsageSum,
}

impl OwnerDay {
    pub(super) fn new(day: Day) -> Self {
        Self {
            day,
            counts: CountsSum::default(),
            usage: UsageSum::default(),
        }
    }

    /// Adds the records of the owner on the same day in other partitions.
    pub(super) fn add(&mut self, other: &Self) {
        self.counts.add(&other.counts);
        self.usage.add(&other.usage);
    }
}

/// The partitions in which an owner has many records: by the owner and the first record of the
/// partition.
#[derive(Clone, Debug, Default)]
pub(super) struct OwnerDays {
    /// Where all records of the owner are of one day.
    of_one_day: HashMap<(Owner, i64), OwnerDay, RandomState>,
    /// Where a rollup does not have the sums of each day.
    others: HashSet<(Owner, i64), RandomState>,
}

impl OwnerDays {
    /// Adds the owners of a partition.
    pub(super) fn add(&mut self, first: i64, rollup: &Rollup, prices: &ModelPrices<'_>) {
        let mut many: HashMap<Owner, OwnerDay, RandomState> = HashMap::default();
        for (owner, sums) in &rollup.owners {
            let counts = CountsSum::new(sums.counts);
            if counts.rounded().records() < MIN_RECORDS || owner.user().is_none() {
                continue;
            }
            let usage = UsageSum::default();
            match only_day(sums) {
                Some(day) => drop(many.insert(*owner, OwnerDay { day, counts, usage })),
                None => drop(self.others.insert((*owner, first))),
            }
        }
        for (key, sums) in &rollup.calls {
            let Some(owner) = many.get_mut(&key.owner) else {
                continue;
            };
            match key.cost(sums, prices.history(key.model)) {
                Ok(cost) => owner.usage.add_calls(sums, cost, key.weight()),
                Err(_) => {
                    many.remove(&key.owner);
                    self.others.insert((key.owner, first));
                }
            }
        }
        let many = many.into_iter();
        self.of_one_day
            .extend(many.map(|(owner, day)| ((owner, first), day)));
    }

    /// The day of the records of the owner in the partition that begins with the record `first`.
    pub(super) fn get(&self, owner: Owner, first: i64) -> Option<&OwnerDay> {
        self.of_one_day.get(&(owner, first))
    }

    /// Whether the owner has many records in that partition whose days have to be read.
    pub(super) fn is_of_several_days(&self, owner: Owner, first: i64) -> bool {
        self.others.contains(&(owner, first))
    }
}

/// The day of all records, if there is only one.
fn only_day(sums: &OwnerSums) -> Option<Day> {
    let day = Day::from_unix_nanos(sums.first);
    (day == Day::from_unix_nanos(sums.last)).then_some(day)
}
