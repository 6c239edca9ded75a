//! The usage of every owner, day and model, summed from rollups.

use std::collections::BTreeMap;

use super::call::Call;
use super::id_map::IdMap;
use super::layered_map::LayeredMap;
use super::prices::ModelPrices;
use super::rollup::{Ambiguous, CallSums, Owner, Rollup};
use super::usage::UsageSum;
use crate::money::Usd;
use crate::prices::Day;

/// The usage of every owner, day and model.
#[derive(Clone, Debug, Default)]
pub(super) struct UsageSummary {
    pub(super) total: UsageSum,
    pub(super) owners: LayeredMap<Owner, UsageSum>,
    /// By the day and the row id of the model.
    pub(super) days_and_models: BTreeMap<(Day, i64), UsageSum>,
    /// The calls without a user whose user stays unknown, by the row id of their traits.
    pub(super) traits: BTreeMap<i64, UsageSum>,
    /// The row ids of the other calls without a user.
    pub(super) unowned: Vec<i64>,
}

/// What calls have in common.
#[derive(Clone, Copy)]
pub(super) struct CallGroup {
    pub(super) owner: Owner,
    pub(super) day: Day,
    pub(super) model: i64,
    /// The row id of the traits with the reason.
    pub(super) traits: i64,
    pub(super) is_unowned: bool,
    pub(super) weight: f64,
}

/// The usage of each group of calls of a rollup, unless a sum has no price.
pub(super) fn usage_of_groups(
    rollup: &Rollup,
    prices: &ModelPrices<'_>,
) -> Result<Vec<(CallGroup, UsageSum)>, Ambiguous> {
    let groups = rollup.calls.iter().map(|(key, sums)| {
        let cost = key.cost(sums, prices.history(key.model))?;
        let group = CallGroup {
            owner: key.owner,
            day: key.day(),
            model: key.model,
            traits: key.traits,
            is_unowned: key.is_unowned,
            weight: key.weight(),
        };
        let mut usage = UsageSum::default();
        usage.add_calls(sums, cost, group.weight);
        Ok((group, usage))
    });
    groups.collect()
}

/// The usage of one call of a group.
pub(super) fn usage_of_call(group: CallGroup, call: &Call, cost: Option<Usd>) -> UsageSum {
    let mut usage = UsageSum::default();
    usage.add_calls(&CallSums::of(&call.tokens), cost, group.weight);
    usage
}

impl UsageSummary {
    /// Adds the calls of a rollup, or none where a sum has no price.
    pub(super) fn add(
        &mut self,
        rollup: &Rollup,
        prices: &ModelPrices<'_>,
    ) -> Result<(), Ambiguous> {
        for (group, usage) in usage_of_groups(rollup, prices)? {
            self.add_group(group, &usage);
        }
        self.unowned.extend_from_slice(&rollup.unowned_calls);
        Ok(())
    }

    /// Adds one call.
    pub(super) fn add_call(&mut self, group: CallGroup, id: i64, call: &Call, cost: Option<Usd>) {
        if group.is_unowned {
            self.unowned.push(id);
        }
        self.add_group(group, &usage_of_call(group, call, cost));
    }

    /// The usage of each day, oldest first.
    pub(super) fn days(&self) -> BTreeMap<Day, UsageSum> {
        let mut days = BTreeMap::<_, UsageSum>::new();
        for ((day, _), usage) in &self.days_and_models {
            days.entry(*day).or_default().add(usage);
        }
        days
    }

    /// The usage of each model, by row id.
    pub(super) fn models(&self) -> IdMap<UsageSum> {
        let mut models = IdMap::<UsageSum>::default();
        for ((_, model), usage) in &self.days_and_models {
            models.entry(*model).or_default().add(usage);
        }
        models
    }

    fn add_group(&mut self, group: CallGroup, usage: &UsageSum) {
        self.total.add(usage);
        self.owners.get_or_default(group.owner).add(usage);
        let day_and_model = (group.day, group.model);
        let sum = self.days_and_models.entry(day_and_model).or_default();
        sum.add(usage);
        if group.owner.user().is_none() && !group.is_unowned {
            self.traits.entry(group.traits).or_default().add(usage);
        }
    }
}
