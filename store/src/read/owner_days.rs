//! The days of users with many records, summed from rollups.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::prices::ModelPrices;
use super::record_types::CountsSum;
use super::rollup::{Owner, OwnerSums, Rollup};
use super::usage::UsageSum;
use crate::prices::Day;

/// The records of one owner in a partition from which on they are kept. Fewer are read faster than kept.
const MIN_RECORDS: u64 = 64;

/// What the records of one owner in one partition sum up to, all of one day.
#[derive(Clone, Copy, Debug)]
pub(super) struct OwnerDay {
    pub(super) day: Day,
    pub(super) counts: CountsSum,
    pub(super) usage: UsageSum,
}

/// The partitions in which an owner has many records, all of one day: by the owner and the first record
/// of the partition.
#[derive(Clone, Debug, Default)]
pub(super) struct OwnerDays(HashMap<(Owner, i64), OwnerDay, RandomState>);

impl OwnerDays {
    /// Adds the owners of a partition.
    pub(super) fn add(&mut self, first: i64, rollup: &Rollup, prices: &ModelPrices<'_>) {
        let many = rollup.owners.iter().filter_map(|(owner, sums)| {
            let day = only_day(sums)?;
            let counts = CountsSum::new(sums.counts);
            let usage = UsageSum::default();
            let is_kept = counts.rounded().records() >= MIN_RECORDS && owner.user().is_some();
            is_kept.then_some((*owner, OwnerDay { day, counts, usage }))
        });
        let mut many: HashMap<_, _, RandomState> = many.collect();
        for (key, sums) in &rollup.calls {
            let Some(owner) = many.get_mut(&key.owner) else {
                continue;
            };
            match key.cost(sums, prices.history(key.model)) {
                Ok(cost) => owner.usage.add_calls(sums, cost, key.weight()),
                // The records are read.
                Err(_) => drop(many.remove(&key.owner)),
            }
        }
        let many = many.into_iter();
        self.0
            .extend(many.map(|(owner, day)| ((owner, first), day)));
    }

    pub(super) fn get(&self, owner: Owner, first: i64) -> Option<&OwnerDay> {
        self.0.get(&(owner, first))
    }
}

/// The day of all records, if there is only one.
fn only_day(sums: &OwnerSums) -> Option<Day> {
    let day = Day::from_unix_nanos(sums.first);
    (day == Day::from_unix_nanos(sums.last)).then_some(day)
}
