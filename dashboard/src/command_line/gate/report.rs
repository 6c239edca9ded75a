//! The verdict of the gate.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

use super::baseline::Baseline;
use super::entry::Entry;
use super::percent::Percent;
use super::ratio::Ratio;
use super::sites::{Sums, UncoveredSite, Unit};
use crate::values::{estimate, format_amounts, pluralize};

/// The result of comparing the share with the required one.
#[derive(Debug)]
pub(crate) struct GateReport {
    pub(crate) unit: Unit,
    pub(crate) sums: Sums,
    required: Percent,
    /// `None` without records.
    ratio: Option<Ratio>,
    pub(crate) has_baseline: bool,
    /// The call sites that the baseline does not know. If it knows some of several that are alike,
    /// all of them.
    pub(crate) candidates: Vec<UncoveredSite>,
    /// The number of new call sites.
    pub(crate) new: usize,
    /// The number of call sites that the baseline knows.
    pub(crate) known: usize,
    /// The entries of the baseline without a call site; none if the gate counts money, since a
    /// baseline by span has entries without model calls.
    pub(crate) unused: Vec<Entry>,
}

/// The number of call sites of each entry: several on one line are one.
pub(super) fn count_by_entry(sites: &[UncoveredSite]) -> BTreeMap<Entry, usize> {
    let mut lines: BTreeMap<Entry, BTreeSet<Option<u32>>> = BTreeMap::new();
    for site in sites {
        lines.entry(site.entry()).or_default().insert(site.line);
    }
    let counts = lines.into_iter().map(|(entry, lines)| (entry, lines.len()));
    counts.collect()
}

impl GateReport {
    pub(super) fn new(
        unit: Unit,
        (sites, sums): (Vec<UncoveredSite>, Sums),
        baseline: Option<&Baseline>,
        required: Percent,
    ) -> Self {
        let nothing = Baseline::default();
        let (has_baseline, baseline) = (baseline.is_some(), baseline.unwrap_or(&nothing));
        let counts = count_by_entry(&sites);
        let (mut candidates, mut new, mut known) = (Vec::new(), 0, 0);
        for (entry, sites) in &counts {
            let in_baseline = baseline.sites(entry);
            new += sites.saturating_sub(in_baseline);
            known += in_baseline.min(*sites);
        }
        for mut site in sites {
            let entry = site.entry();
            site.in_baseline = baseline.sites(&entry);
            site.alike = counts.get(&entry).copied().unwrap_or(1);
            if site.alike > site.in_baseline {
                candidates.push(site);
            }
        }
        let unused = baseline.entries();
        let unused = unused.filter(|entry| unit == Unit::Span && !counts.contains_key(*entry));
        Self {
            unit,
            ratio: sums.ratio(),
            sums,
            required,
            has_baseline,
            candidates,
            new,
            known,
            unused: unused.cloned().collect(),
        }
    }

    /// The share, in words.
    pub(crate) fn share(&self) -> String {
        let share = self.ratio.map(|ratio| ratio.format(Some(self.required)));
        let share = share.unwrap_or_default();
        match &self.sums.money {
            None => {
                let records = pluralize(self.sums.records, "record");
                let records = estimate(records, self.sums.is_estimated);
                format!("{share} of {records} have a user or are anonymous")
            }
            Some(money) => {
                let cost = format_amounts(&[Some(money.cost_usd)]).concat();
                let cost = estimate(cost, self.sums.is_estimated);
                format!("{share} of {cost} has a user or is anonymous")
            }
        }
    }

    pub(crate) fn required(&self) -> Percent {
        self.required
    }

    /// Why the gate fails; `None` if it passes.
    pub(crate) fn failure(&self) -> Option<GateFailure> {
        let Some(ratio) = self.ratio else {
            return Some(GateFailure::Nothing(self.unit));
        };
        (!ratio.is_at_least(self.required)).then(|| GateFailure::Below {
            share: self.share(),
            required: self.required,
            new: (self.new as u64, self.has_baseline),
        })
    }

    /// The report as JSON, with at most that many call sites.
    pub(super) fn to_json(&self, limit: usize) -> impl Serialize + '_ {
        #[derive(Serialize)]
        struct Report<'a> {
            passed: bool,
            by: Unit,
            required_percent: f64,
            percent: Option<f64>,
            #[serde(flatten)]
            sums: Sums,
            new: usize,
            known: usize,
            new_call_sites: &'a [UncoveredSite],
            unused_entries: Vec<String>,
        }
        Report {
            passed: self.failure().is_none(),
            by: self.unit,
            required_percent: f64::from(self.required.millionths()) / 1_000_000.0,
            percent: self.ratio.map(Ratio::as_percent),
            sums: self.sums,
            new: self.new,
            known: self.known,
            new_call_sites: &self.candidates[..self.candidates.len().min(limit)],
            unused_entries: self.unused.iter().map(Entry::to_string).collect(),
        }
    }
}

/// Why the gate fails.
#[derive(Debug)]
pub(crate) enum GateFailure {
    /// There is nothing to check.
    Nothing(Unit),
    /// The share is below the required one.
    Below {
        share: String,
        required: Percent,
        /// The number of new call sites, and whether there is a baseline.
        new: (u64, bool),
    },
}

impl fmt::Display for GateFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing(unit) => {
                let what = match unit {
                    Unit::Span => "there is no record",
                    Unit::Cost => "no model call has a cost",
                };
                write!(
                    f,
                    "{what}, and a gate over nothing fails: check --db, --since"
                )?;
                f.write_str(match unit {
                    Unit::Span => " and --until",
                    Unit::Cost => ", --until and --prices",
                })
            }
            Self::Below {
                share,
                required,
                new: (new, has_baseline),
            } => {
                write!(f, "{share}, less than {required}: ")?;
                match (new, has_baseline) {
                    (0, true) => f.write_str("every call site is in the baseline"),
                    (new, true) => write!(f, "{} without a user", pluralize(*new, "new call site")),
                    (new, false) => write!(f, "{} without a user", pluralize(*new, "call site")),
                }
            }
        }
    }
}
