//! The model calls of the users with the highest cost by day, summed from rollups.

use std::collections::{BTreeMap, HashMap, HashSet};

use foldhash::fast::RandomState;

use super::rollup::Owner;
use super::usage::UsageSum;
use super::usage_summary::CallGroup;
use crate::prices::Day;

/// The model calls of some owners by day, and the sum of all other owners by day.
///
/// Keeping the days of every owner would need hundreds of bytes for each owner and day.
#[derive(Clone, Debug, Default)]
pub(super) struct LeaderDays {
    leaders: HashSet<Owner, RandomState>,
    days: HashMap<(Owner, Day), UsageSum, RandomState>,
    others: BTreeMap<Day, UsageSum>,
}

impl LeaderDays {
    pub(super) fn new(leaders: impl IntoIterator<Item = Owner>) -> Self {
        Self {
            leaders: leaders.into_iter().collect(),
            ..Self::default()
        }
    }

    /// Whether all these owners are leaders.
    pub(super) fn contains_all(&self, owners: &[Owner]) -> bool {
        owners.iter().all(|owner| self.leaders.contains(owner))
    }

    pub(super) fn add(&mut self, group: CallGroup, usage: &UsageSum) {
        let (owner, day) = (group.owner, group.day);
        match self.leaders.contains(&owner) {
            true => self.days.entry((owner, day)).or_default().add(usage),
            false => self.others.entry(day).or_default().add(usage),
        }
    }

    /// The sums by owner and day, in no order; the owner is `None` for those who are no leaders.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Option<Owner>, Day, &UsageSum)> {
        let days = self.days.iter();
        let days = days.map(|((owner, day), usage)| (Some(*owner), *day, usage));
        let others = self.others.iter();
        days.chain(others.map(|(day, usage)| (None, *day, usage)))
    }
}
