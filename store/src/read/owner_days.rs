//! The days of users with many records, summed from rollups.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::prices::ModelPrices;
use super::record_types::CountsSum;
use super::rollup::{Owner, OwnerOnDay, OwnerSums, Rollup};
use super::usage::UsageSum;
use crate::prices::Day;

/// The records of one owner in a partition from which on they are kept. Fewer are read faster than kept.
const MIN_RECORDS: u64 = 64;

/// What the records of one owner on one day sum up to, in one partition.
#[derive(Clone, Copy, Debug)]
pub(super) struct OwnerDay {
    pub(super) day: Day,
    pub(super) counts: CountsSum,
    pub(super) usage: UsageSum,
}

/// The days of the owners with many records in a partition: by the owner and the first record of the
/// partition.
#[derive(Clone, Debug, Default)]
pub(super) struct OwnerDays(HashMap<(Owner, i64), Vec<OwnerDay>, RandomState>);

impl OwnerDays {
    /// Adds the owners of a partition.
    pub(super) fn add(&mut self, first: i64, rollup: &Rollup, prices: &ModelPrices<'_>) {
        let of_owners = rollup.owners.chunk_by(|one, other| one.0.0 == other.0.0);
        let many = of_owners.filter_map(|days| {
            let ((owner, _), _) = days.first()?;
            owner.user()?;
            let days: Vec<OwnerDay> = days.iter().map(OwnerDay::without_calls).collect();
            let records = days.iter().map(|day| day.counts.rounded().records());
            (records.sum::<u64>() >= MIN_RECORDS).then_some((*owner, days))
        });
        let mut many: HashMap<_, _, RandomState> = many.collect();
        for (key, sums) in &rollup.calls {
            let Some(days) = many.get_mut(&key.owner) else {
                continue;
            };
            let day = days.iter_mut().find(|day| day.day == key.day());
            match (day, key.cost(sums, prices.history(key.model))) {
                (Some(day), Ok(cost)) => day.usage.add_calls(sums, cost, key.weight()),
                // The records are read.
                _ => drop(many.remove(&key.owner)),
            }
        }
        let many = many.into_iter();
        self.0
            .extend(many.map(|(owner, days)| ((owner, first), days)));
    }

    /// The days of an owner; none if the records of the partition have to be read.
    pub(super) fn get(&self, owner: Owner, first: i64) -> &[OwnerDay] {
        self.0.get(&(owner, first)).map_or(&[], Vec::as_slice)
    }
}

impl OwnerDay {
    fn without_calls(((_, day), sums): &(OwnerOnDay, OwnerSums)) -> Self {
        Self {
            day: Day::from_unix_days(*day),
            counts: CountsSum::new(sums.counts),
            usage: UsageSum::default(),
        }
    }
}
