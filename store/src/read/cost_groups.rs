//! Grouping model calls and summing their usage.

use std::collections::BTreeMap;

use rusqlite::types::{Value, ValueRef};
use rusqlite::{Transaction, params};

use super::call::{COLUMNS, Call};
use super::cost_report::{UnattributedCost, UnpricedModel};
use super::group_by::GroupBy;
use super::id_map::IdMap;
use super::names::{load_names, model_name};
use super::partitions::Partitions;
use super::prices::ModelPrices;
use super::query::TimeRange;
use super::ranking::Ranking;
use super::reader::Reader;
use super::summary::Summing;
use super::usage::{Usage, UsageSum};
use super::weight::Weights;
use crate::money::Usd;

/// The model calls of a time range.
pub(super) struct Calls {
    pub(super) by: GroupBy,
    pub(super) partitions: Partitions,
    pub(super) range: TimeRange,
}

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
        match self.by {
            GroupBy::User | GroupBy::Day | GroupBy::Model => {
                self.add_summed_groups(reader, tx, sums, &mut add)?;
            }
            _ => self.add_groups(tx, sums, &mut add)?,
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

    /// Adds the groups that the writer sums.
    fn add_summed_groups(
        &self,
        reader: &Reader,
        tx: &Transaction<'_>,
        sums: &mut Sums<'_>,
        mut add: impl FnMut(Value, Usage) -> rusqlite::Result<()>,
    ) -> rusqlite::Result<()> {
        let summary = Summing::new(reader, tx, &self.partitions, self.range)?.calls()?;
        sums.total = summary.total;
        sums.models = summary.models;
        let gap = |(traits, usage)| {
            let is_late = false;
            (Gap { traits, is_late }, usage)
        };
        sums.unattributed = summary.traits.into_iter().map(gap).collect();
        sums.add_unowned(tx, &summary.unowned)?;
        match self.by {
            GroupBy::User => {
                let (mut users, mut nobodys) = (Vec::new(), None);
                for (owner, usage) in summary.owners {
                    match owner.user() {
                        Some(user) => users.push((user, usage)),
                        None => nobodys.get_or_insert_with(UsageSum::default).add(&usage),
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
                for (day, usage) in summary.days {
                    add(Value::Text(day.to_string()), usage.rounded())?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Reads each call, and adds the groups of those.
    fn add_groups(
        &self,
        tx: &Transaction<'_>,
        sums: &mut Sums<'_>,
        mut add: impl FnMut(Value, Usage) -> rusqlite::Result<()>,
    ) -> rusqlite::Result<()> {
        let inner_key = match &self.by {
            GroupBy::Tag(key) | GroupBy::Attr(key) => Some(key.as_str()),
            _ => None,
        };
        let (partitions, newest) = (self.partitions.to_json(), self.partitions.newest_id());
        let mut statement = tx.prepare_cached(&calls_sql(&self.by))?;
        let parameters = params![
            partitions,
            newest,
            self.range.since,
            self.range.until,
            inner_key
        ];
        let mut rows = statement.query(parameters)?;
        let mut last: Option<(Value, UsageSum)> = None;
        while let Some(row) = rows.next()? {
            let (key, start) = (group_key(row.get_ref(0)?), row.get(1)?);
            let Some(call) = Call::read(row, 5)? else {
                continue;
            };
            let weight = sums.weights.of(row.get(4)?);
            let cost = sums.add(&call, start, weight);
            if let Some(traits) = row.get(2)? {
                let gap = Gap {
                    traits,
                    is_late: row.get(3)?,
                };
                let usage = sums.unattributed.entry(gap).or_default();
                usage.add_call(&call.tokens, cost, weight);
            }
            match &mut last {
                Some((before, usage)) if *before == key => {
                    usage.add_call(&call.tokens, cost, weight);
                }
                _ => {
                    let mut usage = UsageSum::default();
                    usage.add_call(&call.tokens, cost, weight);
                    if let Some((key, usage)) = last.replace((key, usage)) {
                        add(key, usage.rounded())?;
                    }
                }
            }
        }
        match last {
            Some((key, usage)) => add(key, usage.rounded()),
            None => Ok(()),
        }
    }
}

/// The key of a group. A damaged or forged file can have a text that is no UTF-8.
fn group_key(key: ValueRef<'_>) -> Value {
    match key {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Real(number) => Value::Real(number),
        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
    }
}

/// Why a call has no user.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Gap {
    /// The row id of the traits that have the reason.
    traits: i64,
    /// Whether a link attributes the call to a user.
    is_late: bool,
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
            prices: ModelPrices::load(reader, tx)?,
            weights: Weights::load(tx)?,
            total: UsageSum::default(),
            models: IdMap::default(),
            unattributed: BTreeMap::new(),
        })
    }

    /// Adds a call, and returns its cost.
    fn add(&mut self, call: &Call, start: i64, weight: f64) -> Option<Usd> {
        let cost = self.prices.cost(call, start);
        self.total.add_call(&call.tokens, cost, weight);
        self.models
            .entry(call.model)
            .or_default()
            .add_call(&call.tokens, cost, weight);
        cost
    }

    /// Adds calls without a user to the reasons, which depend on what is known of their isolated scopes
    /// now.
    fn add_unowned(&mut self, tx: &Transaction<'_>, ids: &[i64]) -> rusqlite::Result<()> {
        let mut statement = tx.prepare_cached(&format!(
            "SELECT r.start, r.traits, EXISTS ({LATE}), {COLUMNS}
             FROM usages g CROSS JOIN records r ON r.id = g.record WHERE g.record = ?1"
        ))?;
        for id in ids {
            let mut rows = statement.query([id])?;
            let Some(row) = rows.next()? else {
                continue;
            };
            let (start, traits): (i64, i64) = (row.get(0)?, row.get(1)?);
            if let Some(call) = Call::read(row, 3)? {
                let gap = Gap {
                    traits,
                    is_late: row.get(2)?,
                };
                let (cost, weight) = (self.prices.cost(&call, start), self.weights.of(traits));
                let usage = self.unattributed.entry(gap).or_default();
                usage.add_call(&call.tokens, cost, weight);
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

/// SQL for a row if a link attributes the record `r`, which has no user, to a user.
const LATE: &str = "SELECT 1 FROM gaps n CROSS JOIN links l ON l.isolated = n.isolated
    WHERE n.record = r.id AND l.user IS NOT NULL AND r.start < l.time";

/// SQL for the calls of the partitions `?1` up to record `?2`, from time `?3` on and before `?4`,
/// ordered by group. `?5` is the key of a tag or an attribute. Groups by model are few and need no order.
///
/// Sorting here and summing in Rust takes half as long as `GROUP BY`.
fn calls_sql(by: &GroupBy) -> String {
    let (key, join) = match by {
        GroupBy::Session => ("r.session", ""),
        GroupBy::Tag(_) => (
            "CASE WHEN json_valid(c.tags)
             THEN (SELECT value FROM json_each(c.tags) WHERE key = ?5) END",
            "LEFT JOIN scopes c ON c.id = r.scope",
        ),
        GroupBy::Attr(_) => (
            "CASE WHEN json_valid(u.attrs)
             THEN (SELECT value FROM json_each(u.attrs) WHERE key = ?5) END",
            "LEFT JOIN users u ON u.id = r.user",
        ),
        GroupBy::Service => (
            "CASE WHEN json_valid(c.service)
             THEN (SELECT value FROM json_each(c.service) WHERE key = 'name') END",
            "LEFT JOIN scopes c ON c.id = r.scope",
        ),
        GroupBy::Conversation => ("c.cid", "LEFT JOIN conversations c ON c.scope = r.scope"),
        GroupBy::Agent => ("nullif(g.agent, '')", ""),
        GroupBy::Tool => ("nullif(g.tool, '')", ""),
        // The writer sums these.
        GroupBy::User | GroupBy::Model | GroupBy::Day => ("NULL", ""),
    };
    format!(
        "SELECT {key}, r.start, CASE WHEN r.user IS NULL THEN r.traits END,
           CASE WHEN r.user IS NULL THEN EXISTS ({LATE}) ELSE 0 END, r.traits, {COLUMNS}
         FROM json_each(?1) p
         CROSS JOIN usages g ON g.record BETWEEN p.value << 16 AND p.value << 16 | 65535
         CROSS JOIN records r ON r.id = g.record
         {join}
         WHERE r.id <= ?2 AND r.start >= ?3 AND (?4 IS NULL OR r.start < ?4) AND ?5 IS ?5
         ORDER BY 1"
    )
}
