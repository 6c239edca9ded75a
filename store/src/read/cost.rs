//! The cost of model calls.

use rusqlite::types::Value;
use rusqlite::{Transaction, params};
use serde::Serialize;

use super::group_by::GroupBy;
use super::id_map::IdMap;
use super::names::{load_name, user_name};
use super::pages::{PageSource, Remaining, Rows};
use super::partitions::Partitions;
use super::prices::ModelPrices;
use super::query::{Query, TimeRange};
use super::ranking::{OverflowRanking, Ranking};
use super::reader::Reader;
use super::usage::{Usage, clamp_tokens};
use crate::error::StoreError;
use crate::prices::Price;

/// The cost of model calls; see [`Reader::cost`].
#[derive(Debug)]
#[non_exhaustive]
pub struct CostReport<'r> {
    /// One row for each user, model, session or tag value, ordered by cost, highest first.
    pub rows: Rows<'r, CostRow>,
    /// The models without a price, ordered by calls, most first. No sum of costs includes their
    /// calls.
    pub unpriced: Vec<UnpricedModel>,
    /// The sum of all rows, including those past the limit.
    pub total: Usage,
}

/// The cost of one user, model, session or tag value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CostRow {
    /// The user, model, session or tag value; `None` for calls without one.
    pub key: Option<String>,
    /// The price of the model; only set if the report is grouped by model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
    /// The calls, tokens and cost.
    #[serde(flatten)]
    pub usage: Usage,
}

/// A model without a price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct UnpricedModel {
    /// The model.
    pub model: String,
    /// The number of calls.
    pub calls: u64,
    /// Input tokens.
    pub input_tokens: u64,
    /// Output tokens.
    pub output_tokens: u64,
}

impl Reader {
    /// The cost of model calls by user, model, session or tag, ordered by cost, highest first.
    ///
    /// Reads every call of the time range before it returns the first row. After 10,000 rows, the
    /// calls are read again, and the other rows are sorted in a temporary file.
    ///
    /// ```
    /// use whose_store::{GroupBy, Query, Reader};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// # let _store = whose_store::init(&path)?;
    /// whose::user("alice").in_scope(|| whose::usage("gpt-4o").input_tokens(1_000_000).record());
    /// whose::flush(std::time::Duration::from_secs(5));
    ///
    /// let reader = Reader::open(&path)?;
    /// let mut report = reader.cost(&GroupBy::User, &Query::new())?;
    /// let row = report.rows.next().ok_or("no row")??;
    /// assert_eq!(row.key.as_deref(), Some("alice"));
    /// assert_eq!(report.total.cost_usd.unwrap().to_string(), "$2.50");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Any error of SQLite.
    pub fn cost(&self, by: &GroupBy, query: &Query) -> Result<CostReport<'_>, StoreError> {
        let calls = Calls {
            by: by.clone(),
            partitions: self.partitions(query)?,
            range: query.range(),
        };
        let groups = self.read_tx(|tx| Groups::of(self, tx, &calls, query.max_rows()))?;
        let unpriced = self.read_tx(|tx| groups.unpriced(tx))?;
        let total = groups.total;
        let pages = CostPages {
            reader: self,
            calls,
            first: groups.ranking,
            rest: None,
            returned: 0,
        };
        Ok(CostReport {
            rows: Rows::new(pages, query.max_rows()),
            unpriced,
            total,
        })
    }
}

/// The model calls of a time range.
struct Calls {
    by: GroupBy,
    partitions: Partitions,
    range: TimeRange,
}

impl Calls {
    /// Reads the calls, one group after another. Groups by model come last, from the sums of each
    /// model.
    fn each_group(
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
        let mut statement = tx.prepare_cached(&calls(&self.by))?;
        let parameters = params![partitions, newest, self.range.since, self.range.until, tag];
        let mut rows = statement.query(parameters)?;
        let mut last: Option<(Value, Usage)> = None;
        while let Some(row) = rows.next()? {
            let (key, model): (Value, i64) = (row.get(0)?, row.get(1)?);
            let (input, output) = (clamp_tokens(row.get(2)?), clamp_tokens(row.get(3)?));
            let price = sums.add(model, input, output);
            if self.by == GroupBy::Model {
                continue;
            }
            match &mut last {
                Some((before, usage)) if *before == key => usage.add_call(input, output, price),
                _ => {
                    let mut usage = Usage::default();
                    usage.add_call(input, output, price);
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
struct Sums<'r> {
    prices: ModelPrices<'r>,
    total: Usage,
    models: IdMap<Usage>,
}

impl<'r> Sums<'r> {
    fn of(reader: &'r Reader, tx: &Transaction<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            prices: ModelPrices::load(reader, tx)?,
            total: Usage::default(),
            models: IdMap::default(),
        })
    }

    /// Adds a call, and returns the price of its model.
    fn add(&mut self, model: i64, input: u64, output: u64) -> Option<&'r Price> {
        let price = self.prices.get(model);
        self.total.add_call(input, output, price);
        let of_model = self.models.entry(model).or_default();
        of_model.add_call(input, output, price);
        price
    }
}

/// The usage of each group.
struct Groups {
    ranking: Ranking,
    total: Usage,
    models: IdMap<Usage>,
}

impl Groups {
    fn of(
        reader: &Reader,
        tx: &Transaction<'_>,
        calls: &Calls,
        max_rows: usize,
    ) -> rusqlite::Result<Self> {
        let mut sums = Sums::of(reader, tx)?;
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

    fn unpriced(&self, tx: &Transaction<'_>) -> rusqlite::Result<Vec<UnpricedModel>> {
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
fn calls(by: &GroupBy) -> String {
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
        "SELECT {key}, g.model, g.input_tokens, g.output_tokens
         FROM json_each(?1) p
         CROSS JOIN usages g ON g.record BETWEEN p.value << 16 AND p.value << 16 | 65535
         CROSS JOIN records r ON r.id = g.record
         {join}
         WHERE r.id <= ?2 AND r.start >= ?3 AND (?4 IS NULL OR r.start < ?4) AND ?5 IS ?5
         {order}"
    )
}

struct CostPages<'r> {
    reader: &'r Reader,
    calls: Calls,
    first: Ranking,
    /// The groups past the first ones, read when the first ones were returned.
    rest: Option<OverflowRanking>,
    returned: u64,
}

impl PageSource for CostPages<'_> {
    type Row = CostRow;

    fn next_page(&mut self, max_rows: usize) -> Result<Vec<CostRow>, StoreError> {
        let page = self.groups(max_rows)?;
        self.returned += page.len() as u64;
        self.reader.read_tx(|tx| {
            let rows = page.into_iter().map(|(key, usage)| {
                let key = self.key(tx, key)?;
                let model = key.as_deref().filter(|_| self.calls.by == GroupBy::Model);
                let price = model.and_then(|model| self.reader.prices().get(model));
                Ok(CostRow {
                    price: price.cloned(),
                    key,
                    usage,
                })
            });
            rows.collect()
        })
    }

    fn count_rest(&mut self) -> Result<Remaining, StoreError> {
        let all = self.first.groups();
        Ok(Remaining::exactly(all.saturating_sub(self.returned)))
    }
}

impl CostPages<'_> {
    /// Returns the next groups, at most `max_rows`.
    fn groups(&mut self, max_rows: usize) -> Result<Vec<(Value, Usage)>, StoreError> {
        let page = self.first.page(self.returned, max_rows);
        if !page.is_empty() || self.returned >= self.first.groups() {
            return Ok(page);
        }
        let rest = match self.rest.take() {
            Some(rest) => rest,
            None => self.read_rest()?,
        };
        let from = self.returned - self.first.len();
        let page = rest.page(from, max_rows);
        self.rest = Some(rest);
        page.map_err(|error| self.reader.error(error))
    }

    fn read_rest(&self) -> Result<OverflowRanking, StoreError> {
        self.reader.read_tx(|tx| {
            let rest = self.first.overflow()?;
            let mut sums = Sums::of(self.reader, tx)?;
            self.calls
                .each_group(tx, &mut sums, |key, usage| rest.add(&key, usage))?;
            rest.sort()?;
            Ok(rest)
        })
    }

    /// The name that the key of a group stands for.
    fn key(&self, tx: &Transaction<'_>, key: Value) -> rusqlite::Result<Option<String>> {
        let number = match key {
            Value::Null => return Ok(None),
            Value::Text(text) => return Ok(Some(text)),
            Value::Blob(bytes) => return Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
            Value::Real(number) => return Ok(Some(number.to_string())),
            Value::Integer(number) => number,
        };
        Ok(Some(match self.calls.by {
            GroupBy::User => user_name(tx, number)?,
            GroupBy::Model => model_name(tx, number)?,
            GroupBy::Session => load_name(
                tx,
                "SELECT coalesce(sid, 'deleted session #' || n.id)
                 FROM (SELECT ?1 AS id) n LEFT JOIN sessions s ON s.id = n.id",
                number,
            )?,
            GroupBy::Tag(_) => number.to_string(),
        }))
    }
}

fn model_name(tx: &Transaction<'_>, number: i64) -> rusqlite::Result<String> {
    load_name(tx, "SELECT model FROM models WHERE id = ?1", number)
}
