//! What models cost, and whom.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::str::FromStr;

use rusqlite::Transaction;
use rusqlite::types::FromSql;
use serde::Serialize;

use super::Reader;
use super::rows::{Group, Usage};
use super::users::count;
use crate::error::StoreError;
use crate::prices::Price;

/// What costs are grouped by.
///
/// ```
/// use whose_store::By;
///
/// assert_eq!("tag:plan".parse(), Ok(By::Tag("plan".into())));
/// assert!("weather".parse::<By>().is_err());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum By {
    /// The user.
    #[default]
    User,
    /// The model.
    Model,
    /// The session.
    Session,
    /// The value of the tag with that key.
    Tag(String),
}

impl FromStr for By {
    type Err = UnknownGrouping;

    fn from_str(text: &str) -> Result<Self, UnknownGrouping> {
        match text {
            "user" => Ok(Self::User),
            "model" => Ok(Self::Model),
            "session" => Ok(Self::Session),
            _ => match text.strip_prefix("tag:") {
                Some(key) if !key.is_empty() => Ok(Self::Tag(key.to_owned())),
                _ => Err(UnknownGrouping(())),
            },
        }
    }
}

impl fmt::Display for By {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User => f.write_str("user"),
            Self::Model => f.write_str("model"),
            Self::Session => f.write_str("session"),
            Self::Tag(key) => write!(f, "tag:{key}"),
        }
    }
}

/// The text is none that [`By`] is read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownGrouping(());

impl fmt::Display for UnknownGrouping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("costs are grouped by `user`, `model`, `session` or `tag:KEY`")
    }
}

impl std::error::Error for UnknownGrouping {}

/// What models cost.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CostReport {
    /// A row for each user, model, session or value of a tag, the dearest one first.
    pub rows: Vec<CostRow>,
    /// The models that have no price, the most used one first: their calls are in no sum of money.
    pub unpriced: Vec<UnpricedModel>,
    /// All rows together.
    pub total: Usage,
}

/// What one user, model, session or value of a tag cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CostRow {
    /// The user, model, session or value; `None` is what calls without one cost.
    pub key: Option<String>,
    /// The price that a model was found at; set in reports by model only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
    /// The calls.
    #[serde(flatten)]
    pub usage: Usage,
}

/// A model that has no price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct UnpricedModel {
    /// The model.
    pub model: String,
    /// Its calls.
    pub calls: u64,
    /// Tokens that went in.
    pub input_tokens: u64,
    /// Tokens that came out.
    pub output_tokens: u64,
}

impl Reader {
    /// What models cost, by user, model, session or tag.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn cost(&self, by: &By) -> Result<CostReport, StoreError> {
        let (key, parameter) = match by {
            By::User => (
                "coalesce(u.uid, u.identity, 'deleted user #' || r.user)",
                None,
            ),
            By::Model => ("m.model", None),
            By::Session => ("coalesce(se.sid, 'deleted session #' || r.session)", None),
            By::Tag(key) => (
                "(SELECT value FROM json_each(c.tags) WHERE key = ?1)",
                Some(&**key),
            ),
        };
        let (groups, models) = self.ask(|moment| {
            let groups = self.usage_by::<Option<String>>(moment, key, parameter)?;
            Ok((groups, self.usage_by::<String>(moment, "m.model", None)?))
        })?;
        let mut report = CostReport::default();
        for (model, usage) in models {
            report.total.merge(&usage);
            if usage.unpriced_calls > 0 {
                let Usage {
                    calls,
                    input_tokens,
                    output_tokens,
                    ..
                } = usage;
                report.unpriced.push(UnpricedModel {
                    model,
                    calls,
                    input_tokens,
                    output_tokens,
                });
            }
        }
        report
            .unpriced
            .sort_by_key(|model| std::cmp::Reverse(model.calls));
        report.rows = groups
            .into_iter()
            .map(|(key, usage)| {
                let model = key.as_deref().filter(|_| *by == By::Model);
                CostRow {
                    price: model.and_then(|model| self.prices.of(model)).cloned(),
                    key,
                    usage,
                }
            })
            .collect();
        let tokens = |usage: &Usage| usage.input_tokens + usage.output_tokens;
        report.rows.sort_by(|a, b| {
            let (a, b) = (&a.usage, &b.usage);
            (b.cost_usd, tokens(b)).cmp(&(a.cost_usd, tokens(a)))
        });
        Ok(report)
    }

    /// The usage of models for each value of an SQL expression over the record `r`, its user `u`,
    /// its session `se`, its scope `c` and its model `m`; what it does not name is not read.
    pub(super) fn usage_by<K: FromSql + Ord>(
        &self,
        moment: &Transaction<'_>,
        key: &str,
        parameter: Option<&str>,
    ) -> rusqlite::Result<BTreeMap<K, Usage>> {
        let prices = self.price_models(moment)?;
        // Only what is long enough for another rate must be told apart before it is summed up.
        let sql = format!(
            "SELECT {key}, g.model, g.input_tokens > coalesce(l.tokens, 4294967295) AS long,
               count(*), sum(g.input_tokens), sum(g.output_tokens)
             FROM usages g
             JOIN models m ON m.id = g.model
             LEFT JOIN temp.long_over l ON l.model = g.model
             LEFT JOIN records r ON r.id = g.record
             LEFT JOIN scopes c ON c.id = r.scope
             LEFT JOIN users u ON u.id = r.user
             LEFT JOIN sessions se ON se.id = r.session
             GROUP BY 1, 2, 3"
        );
        let mut statement = moment.prepare_cached(&sql)?;
        let mut rows = statement.query(rusqlite::params_from_iter(parameter))?;
        let mut usage: BTreeMap<K, Usage> = BTreeMap::new();
        while let Some(row) = rows.next()? {
            let group = Group {
                calls: count(row, 3)?,
                input_tokens: count(row, 4)?,
                output_tokens: count(row, 5)?,
                long: row.get(2)?,
            };
            let price = prices.get(&row.get(1)?).copied();
            usage.entry(row.get(0)?).or_default().add(&group, price);
        }
        Ok(usage)
    }

    /// The prices of the models in the file by their numbers; where a long input costs more, the
    /// temporary table `long_over` says from where on.
    fn price_models(&self, moment: &Transaction<'_>) -> rusqlite::Result<HashMap<i64, &Price>> {
        moment.execute_batch(
            "CREATE TABLE IF NOT EXISTS temp.long_over (model INTEGER PRIMARY KEY, tokens INTEGER);
             DELETE FROM temp.long_over",
        )?;
        let mut models = moment.prepare_cached("SELECT id, model FROM models")?;
        let mut over = moment.prepare_cached("INSERT INTO temp.long_over VALUES (?1, ?2)")?;
        let mut rows = models.query(())?;
        let mut prices = HashMap::new();
        while let Some(row) = rows.next()? {
            let id: i64 = row.get(0)?;
            let Some(price) = self.prices.of(row.get_ref(1)?.as_str()?) else {
                continue;
            };
            if let Some(long) = price.long {
                over.execute((id, i64::try_from(long.over).unwrap_or(i64::MAX)))?;
            }
            prices.insert(id, price);
        }
        Ok(prices)
    }
}
