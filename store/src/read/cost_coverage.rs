//! Coverage by cost: which call sites make model calls without a user.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use rusqlite::{Transaction, params};
use serde::Serialize;

use super::call::{COLUMNS, Call};
use super::id_map::IdMap;
use super::names::ANONYMOUS;
use super::names::load_names;
use super::pages::{KeyedPages, Rows};
use super::partitions::Partitions;
use super::prices::ModelPrices;
use super::query::{Query, TimeRange};
use super::reader::Reader;
use super::site_names::SiteNames;
use super::usage::{Usage, UsageSum};
use super::weight::{WeightedSum, Weights, rounded};
use crate::error::StoreError;

/// The model calls of one call site; see [`Queries::cost_coverage`](crate::Queries::cost_coverage).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CostCoverageRow {
    /// The type: `span` or `event`.
    #[serde(rename = "type")]
    pub record_type: String,
    /// The name of the span, or of the call site.
    pub name: String,
    /// The target, usually the module path.
    pub target: String,
    /// The file of the call site.
    pub file: Option<String>,
    /// The line of the call site.
    pub line: Option<u32>,
    /// All model calls of the call site.
    pub total: Usage,
    /// The calls without a user, except for anonymous ones.
    pub without_user: Usage,
    /// Why calls have no user: the number of calls by the name of the
    /// [reason](whose::UnattributedReason). `anonymous` counts calls of anonymous scopes.
    pub reasons: BTreeMap<String, u64>,
}

impl Reader {
    pub(super) fn cost_coverage(
        &self,
        query: &Query,
    ) -> Result<Rows<'_, CostCoverageRow>, StoreError> {
        let partitions = self.partitions(query)?;
        let sites = self.read_tx(|tx| sum_by_site(self, tx, &partitions, query.range()))?;
        let mut sites: Vec<_> = sites.into_iter().collect();
        sites.sort_by_key(|(id, site)| {
            let gap = site.without_user.rounded();
            (Reverse((gap.cost_usd, gap.calls)), *id)
        });
        let row =
            move |(id, site): (i64, SiteCalls)| self.read_tx(|tx| describe(tx, id, site.clone()));
        Ok(Rows::new(KeyedPages::new(sites, row), query.max_rows()))
    }
}

/// The calls of one call site. Its texts are read when its row is returned.
#[derive(Clone, Default)]
struct SiteCalls {
    total: UsageSum,
    without_user: UsageSum,
    reasons: BTreeMap<String, WeightedSum>,
}

fn sum_by_site(
    reader: &Reader,
    tx: &Transaction<'_>,
    partitions: &Partitions,
    range: TimeRange,
) -> rusqlite::Result<IdMap<SiteCalls>> {
    let prices = ModelPrices::load(reader.prices(), tx)?;
    let weights = Weights::load(tx)?;
    let reasons = load_names(tx, "SELECT id, unattributed FROM traits")?;
    let sql = format!(
        "SELECT r.start, r.site, r.user IS NULL, r.traits, {COLUMNS}
         FROM json_each(?1) p
         CROSS JOIN usages g ON g.record BETWEEN p.value << 16 AND p.value << 16 | 65535
         CROSS JOIN records r ON r.id = g.record
         WHERE r.id <= ?2 AND r.start >= ?3 AND (?4 IS NULL OR r.start < ?4)"
    );
    let (newest, all) = (partitions.newest_id(), partitions.to_json());
    let mut statement = tx.prepare_cached(&sql)?;
    let mut rows = statement.query(params![all, newest, range.since, range.until])?;
    let mut sites: IdMap<SiteCalls> = IdMap::default();
    while let Some(row) = rows.next()? {
        let (start, site): (i64, i64) = (row.get(0)?, row.get(1)?);
        let (is_nobodys, traits): (bool, i64) = (row.get(2)?, row.get(3)?);
        let Some(call) = Call::read(row, 4)? else {
            continue;
        };
        let weight = weights.of(traits);
        let cost = prices.cost(&call, start);
        let site = sites.entry(site).or_default();
        site.total.add_call(&call.tokens, cost, weight);
        if !is_nobodys {
            continue;
        }
        let reason = reasons.get(&traits).map_or("", String::as_str);
        if reason != ANONYMOUS {
            site.without_user.add_call(&call.tokens, cost, weight);
        }
        if !reason.is_empty() {
            let calls = site.reasons.entry(reason.to_owned()).or_default();
            calls.add(weight);
        }
    }
    Ok(sites)
}

fn describe(tx: &Transaction<'_>, id: i64, site: SiteCalls) -> rusqlite::Result<CostCoverageRow> {
    let names = SiteNames::load(tx, id)?;
    Ok(CostCoverageRow {
        record_type: names.record_type,
        name: names.name,
        target: names.target,
        file: names.file,
        line: names.line,
        total: site.total.rounded(),
        without_user: site.without_user.rounded(),
        reasons: rounded(site.reasons),
    })
}
