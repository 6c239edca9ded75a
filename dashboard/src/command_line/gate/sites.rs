//! The call sites without a user, and the sums that the gate compares.

use std::collections::BTreeMap;

use clap::ValueEnum;
use serde::Serialize;
use whose_store::{CostCoverageRow, CoverageRow, Queries, Query, Reader, StoreError, Usd};

use super::entry::Entry;
use super::ratio::Ratio;

/// What the gate counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Unit {
    /// The number of records: spans, events and errors
    #[default]
    Span,
    /// The money of model calls, at the prices of `whose cost`
    Cost,
}

/// A call site with records, or with model calls, that have no user.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct UncoveredSite {
    #[serde(rename = "type")]
    pub(crate) record_type: String,
    pub(crate) name: String,
    pub(crate) target: String,
    pub(crate) file: Option<String>,
    pub(crate) line: Option<u32>,
    /// All records; all model calls if the gate counts money.
    pub(crate) records: u64,
    /// The records without a user, except for anonymous ones.
    pub(crate) without_user: u64,
    /// The cost of the calls without a user; `None` if the gate counts records, or no call has a
    /// price.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cost_without_user_usd: Option<Usd>,
    pub(crate) reasons: BTreeMap<String, u64>,
    /// Whether a sampler left out records, so that the numbers are estimates.
    #[serde(rename = "estimated", skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_estimated: bool,
    /// How many call sites have the entry of this one.
    pub(crate) alike: usize,
    /// How many of them the baseline knows.
    pub(crate) in_baseline: usize,
}

impl UncoveredSite {
    pub(super) fn entry(&self) -> Entry {
        let file = self.file.as_deref();
        Entry::new(file, &self.target, &self.record_type, &self.name)
    }
}

impl From<CoverageRow> for UncoveredSite {
    fn from(row: CoverageRow) -> Self {
        Self {
            record_type: row.record_type,
            name: row.name,
            target: row.target,
            file: row.file,
            line: row.line,
            records: row.records,
            without_user: row.without_user,
            cost_without_user_usd: None,
            reasons: row.reasons,
            is_estimated: row.is_estimated,
            alike: 1,
            in_baseline: 0,
        }
    }
}

impl From<CostCoverageRow> for UncoveredSite {
    fn from(row: CostCoverageRow) -> Self {
        Self {
            record_type: row.record_type,
            name: row.name,
            target: row.target,
            file: row.file,
            line: row.line,
            records: row.total.calls,
            without_user: row.without_user.calls,
            cost_without_user_usd: row.without_user.cost_usd,
            reasons: row.reasons,
            is_estimated: row.total.is_estimated,
            alike: 1,
            in_baseline: 0,
        }
    }
}

/// The sums over all call sites.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Sums {
    /// All records; all model calls if the gate counts money.
    pub(crate) records: u64,
    pub(crate) without_user: u64,
    #[serde(flatten)]
    pub(crate) money: Option<Money>,
    /// Whether a sampler left out records, so that the numbers are estimates.
    #[serde(rename = "estimated", skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_estimated: bool,
}

/// The cost of the model calls.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Money {
    pub(crate) cost_usd: Usd,
    pub(crate) cost_without_user_usd: Usd,
    /// Calls without a price, which are in no sum.
    pub(crate) unpriced_calls: u64,
}

impl Sums {
    /// The share that has a user; `None` if there is nothing to share.
    pub(super) fn ratio(&self) -> Option<Ratio> {
        let share = |whole: u128, gap: u128| Ratio::new(whole.saturating_sub(gap), whole);
        match &self.money {
            None => share(self.records.into(), self.without_user.into()),
            Some(money) => share(
                money.cost_usd.as_picos().max(0).unsigned_abs(),
                money.cost_without_user_usd.as_picos().max(0).unsigned_abs(),
            ),
        }
    }
}

/// Reads the call sites without a user, those with the largest gap first, and the sums.
pub(super) fn load(
    reader: &Reader,
    query: &Query,
    unit: Unit,
) -> Result<(Vec<UncoveredSite>, Sums), StoreError> {
    match unit {
        Unit::Span => by_span(reader, query),
        Unit::Cost => by_cost(reader, query),
    }
}

fn by_span(reader: &Reader, query: &Query) -> Result<(Vec<UncoveredSite>, Sums), StoreError> {
    let (mut sites, mut sums) = (Vec::new(), Sums::default());
    for row in reader.coverage(query)? {
        let row = row?;
        sums.records += row.records;
        sums.without_user += row.without_user;
        sums.is_estimated |= row.is_estimated;
        if row.without_user > 0 {
            sites.push(UncoveredSite::from(row));
        }
    }
    sites.sort_by_key(|site| std::cmp::Reverse(site.without_user));
    Ok((sites, sums))
}

fn by_cost(reader: &Reader, query: &Query) -> Result<(Vec<UncoveredSite>, Sums), StoreError> {
    let (mut sites, mut sums, mut money) = (Vec::new(), Sums::default(), Money::default());
    for row in reader.cost_coverage(query)? {
        let row = row?;
        sums.records += row.total.calls;
        sums.without_user += row.without_user.calls;
        sums.is_estimated |= row.total.is_estimated;
        money.cost_usd += row.total.cost_usd.unwrap_or_default();
        money.cost_without_user_usd += row.without_user.cost_usd.unwrap_or_default();
        money.unpriced_calls += row.total.unpriced_calls;
        if row.without_user.calls > 0 {
            sites.push(UncoveredSite::from(row));
        }
    }
    sums.money = Some(money);
    Ok((sites, sums))
}
