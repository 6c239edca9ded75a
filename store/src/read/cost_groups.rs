//! Grouping model calls and summing their usage.

use std::collections::BTreeMap;

use rusqlite::Transaction;
use rusqlite::types::Value;

use super::calls::Calls;
use super::cost_report::{UnattributedCost, UnpricedModel};
use super::group_by::GroupBy;
use super::grouped_call::{Gap, GroupedCall};
use super::id_map::IdMap;
use super::names::{load_names, model_name};
use super::prices::ModelPrices;
use super::ranking::Ranking;
use super::reader::Reader;
use super::summary::Summing;
use super::usage::{Usage, UsageSum};
use super::usage_summary::UsageSummary;
use super::weight::Weights;
use crate::money::Usd;

impl Calls {
    /// Reads the calls, one group after another. Groups by model come last, from the sums of each
    /// model.
    pub(super) fn each_group(
        &self,
        reader: &Reader,
        tx: &Transaction<'_>,
        sums: &mut Sums<'_>,
        mut add: impl FnMut(Value, Usage) -> rusqlite::Result<()>,
    ) -> rusqlite::Result<()> {
        let is_summed = matches!(self.by, GroupBy::User | GroupBy::Day | GroupBy::Model);
        match self.unfiltered().filter(|_| is_summed) {
            Some(partitions) => {
                let summary = Summing::new(reader, tx, partitions, self.range)?.calls()?;
                self.add_summed_groups(tx, summary, sums, &mut add)?;
            }
            None => self.add_groups(tx, sums, &mut add)?,
        }
        sums.merge_models_by_name(tx)?;
        if self.by == GroupBy::Model {
            let mut models: Vec<_> = sums.models.iter().collect();
            models.sort_unstable_by_key(|(model, _)| **model);
            for (model, usage) in models {
                add(Value::Integer(*model), usage.rounded())?;
            }
        }
        Ok(())
    }

    /// Adds the groups that the writer sums, but for the models.
    fn add_summed_groups(
        &self,
        tx: &Transaction<'_>,
        mut summary: UsageSummary,
        sums: &mut Sums<'_>,
        mut add: impl FnMut(Value, Usage) -> rusqlite::Result<()>,
    ) -> rusqlite::Result<()> {
        sums.total = summary.total;
        sums.models = summary.models();
        let gap = |(traits, usage)| {
            let is_late = false;
            (Gap { traits, is_late }, usage)
        };
        sums.unattributed = std::mem::take(&mut summary.traits)
            .into_iter()
            .map(gap)
            .collect();
        sums.add_unowned(tx, &summary.unowned)?;
        match self.by {
            GroupBy::User => {
                let (mut users, mut nobodys) = (Vec::new(), None);
                for (owner, usage) in summary.owners.iter() {
                    match owner.user() {
                        Some(user) => users.push((user, usage)),
                        None => nobodys.get_or_insert_with(UsageSum::default).add(usage),
                    }
                }
                if let Some(usage) = nobodys {
                    add(Value::Null, usage.rounded())?;
                }
                users.sort_unstable_by_key(|(user, _)| *user);
                for (user, usage) in users {
                    add(Value::Integer(user), usage.rounded())?;
                }
            }
            GroupBy::Day => {
                for (day, usage) in summary.days() {
                    add(Value::Text(day.to_string()), usage.rounded())?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Reads each call, and adds the groups of those but for the models.
    fn add_groups(
        &self,
        tx: &Transaction<'_>,
        sums: &mut Sums<'_>,
        mut add: impl FnMut(Value, Usage) -> rusqlite::Result<()>,
    ) -> rusqlite::Result<()> {
        // Models are few: their sums need no order of the calls.
        let is_grouped = self.by != GroupBy::Model;
        let mut last: Option<(Value, UsageSum)> = None;
        self.each(tx, is_grouped, |row| {
            let (cost, weight) = sums.add(&row);
            if !is_grouped {
                return Ok(());
            }
            match &mut last {
                Some((before, usage)) if *before == row.key => {
                    usage.add_call(&row.call.tokens, cost, weight);
                }
                _ => {
                    let mut usage = UsageSum::default();
                    usage.add_call(&row.call.tokens, cost, weight);
                    if let Some((key, usage)) = last.replace((row.key, usage)) {
                        add(key, usage.rounded())?;
                    }
                }
            }
            Ok(())
        })?;
        match last {
            Some((key, usage)) => add(key, usage.rounded()),
            None => Ok(()),
        }
    }
}

/// The usage of all calls, of each model, and of the calls without a user.
pub(super) struct Sums<'r> {
    prices: ModelPrices<'r>,
    weights: Weights,
    total: UsageSum,
    models: IdMap<UsageSum>,
    unattributed: BTreeMap<Gap, UsageSum>,
}

impl<'r> Sums<'r> {
    pub(super) fn new(reader: &'r Reader, tx: &Transaction<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            prices: ModelPrices::load(reader.prices(), tx)?,
            weights: Weights::load(tx)?,
            total: UsageSum::default(),
            models: IdMap::default(),
            unattributed: BTreeMap::new(),
        })
    }

    /// Adds a call, and returns its cost and its weight.
    pub(super) fn add(&mut self, row: &GroupedCall) -> (Option<Usd>, f64) {
        let GroupedCall { call, start, .. } = row;
        let weight = self.weights.of(row.traits);
        let cost = self.prices.cost(call, *start);
        self.total.add_call(&call.tokens, cost, weight);
        self.models
            .entry(call.model)
            .or_default()
            .add_call(&call.tokens, cost, weight);
        if let Some(gap) = row.gap {
            let usage = self.unattributed.entry(gap).or_default();
            usage.add_call(&call.tokens, cost, weight);
        }
        (cost, weight)
    }

    /// The usage of all calls.
    pub(super) fn total(&self) -> Usage {
        self.total.rounded()
    }

    /// Adds calls without a user to the reasons, which depend on what is known of their isolated scopes
    /// now.
    fn add_unowned(&mut self, tx: &Transaction<'_>, ids: &[i64]) -> rusqlite::Result<()> {
        let columns = GroupedCall::columns("NULL");
        let mut statement = tx.prepare_cached(&format!(
            "SELECT {columns} FROM usages g CROSS JOIN records r ON r.id = g.record
             WHERE g.record = ?1"
        ))?;
        for id in ids {
            let mut rows = statement.query([id])?;
            let Some(row) = rows.next()? else {
                continue;
            };
            if let Some(row) = GroupedCall::read(row)?
                && let Some(gap) = row.gap
            {
                let cost = self.prices.cost(&row.call, row.start);
                let usage = self.unattributed.entry(gap).or_default();
                usage.add_call(&row.call.tokens, cost, self.weights.of(row.traits));
            }
        }
        Ok(())
    }

    /// Adds the usage of the rows of a model that differ in the provider alone.
    fn merge_models_by_name(&mut self, tx: &Transaction<'_>) -> rusqlite::Result<()> {
        let mut statement = tx.prepare_cached(
            "SELECT m.id, min(n.id) AS first FROM models m JOIN models n ON n.model = m.model
             GROUP BY m.id HAVING first < m.id",
        )?;
        let mut rows = statement.query(())?;
        while let Some(row) = rows.next()? {
            let (model, first): (i64, i64) = (row.get(0)?, row.get(1)?);
            if let Some(usage) = self.models.remove(&model) {
                self.models.entry(first).or_default().add(&usage);
            }
        }
        Ok(())
    }
}

/// The usage of each group.
pub(super) struct Groups {
    pub(super) ranking: Ranking,
    pub(super) total: Usage,
    models: IdMap<UsageSum>,
    unattributed: BTreeMap<Gap, UsageSum>,
}

impl Groups {
    pub(super) fn load(
        reader: &Reader,
        tx: &Transaction<'_>,
        calls: &Calls,
        max_rows: usize,
    ) -> rusqlite::Result<Self> {
        let mut sums = Sums::new(reader, tx)?;
        let mut ranking = Ranking::new(max_rows);
        calls.each_group(reader, tx, &mut sums, |key, usage| {
            ranking.add(key, usage);
            Ok(())
        })?;
        Ok(Self {
            ranking,
            total: sums.total.rounded(),
            models: sums.models,
            unattributed: sums.unattributed,
        })
    }

    /// The usage of the calls without a user, by reason.
    pub(super) fn unattributed(
        &self,
        tx: &Transaction<'_>,
    ) -> rusqlite::Result<Vec<UnattributedCost>> {
        let reasons = load_names(tx, "SELECT id, unattributed FROM traits")?;
        let mut sums: BTreeMap<&str, UsageSum> = BTreeMap::new();
        for (gap, usage) in &self.unattributed {
            let reason = match gap.is_late {
                true => UnattributedCost::LATE,
                false => reasons.get(&gap.traits).map_or("", String::as_str),
            };
            sums.entry(reason).or_default().add(usage);
        }
        let rows = sums.into_iter().map(|(reason, usage)| UnattributedCost {
            reason: reason.to_owned(),
            usage: usage.rounded(),
        });
        let mut rows: Vec<_> = rows.collect();
        rows.sort_by_key(|row| std::cmp::Reverse((row.usage.cost_usd, row.usage.calls)));
        Ok(rows)
    }

    pub(super) fn unpriced(&self, tx: &Transaction<'_>) -> rusqlite::Result<Vec<UnpricedModel>> {
        let unpriced = self
            .models
            .iter()
            .map(|(model, usage)| (model, usage.rounded()));
        let mut unpriced: Vec<_> = unpriced
            .filter(|(_, usage)| usage.unpriced_calls > 0)
            .collect();
        unpriced.sort_by_key(|(model, usage)| (std::cmp::Reverse(usage.calls), **model));
        let named = unpriced.into_iter().map(|(model, usage)| {
            Ok(UnpricedModel {
                model: model_name(tx, *model)?,
                calls: usage.calls,
                input_tokens: usage.input_tokens,
                output_tokens: usage.output_tokens,
                is_estimated: usage.is_estimated,
            })
        });
        named.collect()
    }
}
