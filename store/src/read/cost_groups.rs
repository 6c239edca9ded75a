//! Grouping model calls and summing their usage.

use rusqlite::types::Value;
use rusqlite::{Transaction, params};

use super::call::{COLUMNS, Call};
use super::cost_report::UnpricedModel;
use super::group_by::GroupBy;
use super::id_map::IdMap;
use super::names::model_name;
use super::partitions::Partitions;
use super::prices::ModelPrices;
use super::query::TimeRange;
use super::ranking::Ranking;
use super::reader::Reader;
use super::usage::Usage;
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
        tx: &Transaction<'_>,
        sums: &mut Sums<'_>,
        mut add: impl FnMut(Value, Usage) -> rusqlite::Result<()>,
    ) -> rusqlite::Result<()> {
        let tag = match &self.by {
            GroupBy::Tag(key) => Some(key.as_str()),
            _ => None,
        };
        let (partitions, newest) = (self.partitions.to_json(), self.partitions.newest_id());
        let mut statement = tx.prepare_cached(&calls_sql(&self.by))?;
        let parameters = params![partitions, newest, self.range.since, self.range.until, tag];
        let mut rows = statement.query(parameters)?;
        let mut last: Option<(Value, Usage)> = None;
        while let Some(row) = rows.next()? {
            let (key, start): (Value, i64) = (row.get(0)?, row.get(1)?);
            let Some(call) = Call::read(row, 2)? else {
                continue;
            };
            let cost = sums.add(&call, start);
            if self.by == GroupBy::Model {
                continue;
            }
            match &mut last {
                Some((before, usage)) if *before == key => usage.add_call(&call.tokens, cost),
                _ => {
                    let mut usage = Usage::default();
                    usage.add_call(&call.tokens, cost);
                    if let Some((key, usage)) = last.replace((key, usage)) {
                        add(key, usage)?;
                    }
                }
            }
        }
        if let Some((key, usage)) = last {
            add(key, usage)?;
        }
        if self.by == GroupBy::Model {
            let mut models: Vec<_> = sums.models.iter().collect();
            models.sort_unstable_by_key(|(model, _)| **model);
            for (model, usage) in models {
                add(Value::Integer(*model), *usage)?;
            }
        }
        Ok(())
    }
}

/// The usage of all calls, and of each model.
pub(super) struct Sums<'r> {
    prices: ModelPrices<'r>,
    pub(super) total: Usage,
    pub(super) models: IdMap<Usage>,
}

impl<'r> Sums<'r> {
    pub(super) fn new(reader: &'r Reader, tx: &Transaction<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            prices: ModelPrices::load(reader, tx)?,
            total: Usage::default(),
            models: IdMap::default(),
        })
    }

    /// Adds a call, and returns its cost.
    fn add(&mut self, call: &Call, start: i64) -> Option<Usd> {
        let cost = self.prices.cost(call, start);
        self.total.add_call(&call.tokens, cost);
        self.models
            .entry(call.model)
            .or_default()
            .add_call(&call.tokens, cost);
        cost
    }
}

/// The usage of each group.
pub(super) struct Groups {
    pub(super) ranking: Ranking,
    pub(super) total: Usage,
    pub(super) models: IdMap<Usage>,
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
        calls.each_group(tx, &mut sums, |key, usage| {
            ranking.add(key, usage);
            Ok(())
        })?;
        Ok(Self {
            ranking,
            total: sums.total,
            models: sums.models,
        })
    }

    pub(super) fn unpriced(&self, tx: &Transaction<'_>) -> rusqlite::Result<Vec<UnpricedModel>> {
        let unpriced = self.models.iter();
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
            })
        });
        named.collect()
    }
}

/// SQL for the calls of the partitions `?1` up to record `?2`, from time `?3` on and before `?4`,
/// ordered by group. `?5` is the key of a tag. Groups by model are few and need no order.
///
/// Sorting here and summing in Rust takes half as long as `GROUP BY`.
fn calls_sql(by: &GroupBy) -> String {
    let (key, join, order) = match by {
        GroupBy::User => ("r.user", "", "ORDER BY 1"),
        GroupBy::Model => ("NULL", "", ""),
        GroupBy::Session => ("r.session", "", "ORDER BY 1"),
        GroupBy::Tag(_) => (
            "CASE WHEN json_valid(c.tags)
             THEN (SELECT value FROM json_each(c.tags) WHERE key = ?5) END",
            "LEFT JOIN scopes c ON c.id = r.scope",
            "ORDER BY 1",
        ),
    };
    format!(
        "SELECT {key}, r.start, {COLUMNS}
         FROM json_each(?1) p
         CROSS JOIN usages g ON g.record BETWEEN p.value << 16 AND p.value << 16 | 65535
         CROSS JOIN records r ON r.id = g.record
         {join}
         WHERE r.id <= ?2 AND r.start >= ?3 AND (?4 IS NULL OR r.start < ?4) AND ?5 IS ?5
         {order}"
    )
}
