//! The table of the gate, and its verdict.

use std::collections::BTreeSet;

use super::coverage::{advice, name, reasons, target, with_share};
use crate::command_line::call_site::format_call_site;
use crate::command_line::gate::{GateFailure, GateReport, UncoveredSite, Unit};
use crate::command_line::table::Table;
use crate::values::{DASH, estimate, format_number, pluralize};

/// The call sites that are new.
pub(crate) fn uncovered_sites(unit: Unit) -> Table<UncoveredSite> {
    let counted = match unit {
        Unit::Span => "records",
        Unit::Cost => "calls",
    };
    Table::new()
        .id("call site", |site: &UncoveredSite| {
            format_call_site(site.file.as_deref(), site.line)
        })
        .text("type", |site| site.record_type.clone())
        .id("name", |site| name(&site.name))
        .unless_empty()
        .id("target", |site| target(&site.target, site.file.as_deref()))
        .unless_empty()
        .number(counted, |site| {
            estimate(format_number(site.records), site.is_estimated)
        })
        .number("without user", |site| {
            estimate(
                with_share(site.without_user, site.records),
                site.is_estimated,
            )
        })
        .amount(
            "cost without user",
            |site| site.cost_without_user_usd,
            |site| site.is_estimated,
        )
        .unless_empty()
        .message("why no user", |site| reasons(&site.reasons))
        .unless_empty()
        .text("in baseline", in_baseline)
        .unless_empty()
}

/// How many of the call sites that are alike are in the baseline.
fn in_baseline(site: &UncoveredSite) -> String {
    match site.in_baseline {
        0 => DASH.to_owned(),
        known => format!("{known} of {} alike", site.alike),
    }
}

/// The verdict if the gate passes, and what the baseline knows. A failure is printed as an error.
pub(crate) fn gate_notes(report: &GateReport) -> Vec<String> {
    let mut notes = Vec::new();
    let failure = report.failure();
    if failure.is_none() {
        let (share, required) = (report.share(), report.required());
        notes.push(format!("passed: {share}, {required} is required"));
    }
    // A note that no call site lacks a user would look like success over nothing.
    if !matches!(failure, Some(GateFailure::Nothing(_))) {
        notes.extend(site_notes(report));
    }
    let unpriced = report.sums.money.map_or(0, |money| money.unpriced_calls);
    if unpriced > 0 {
        let calls = pluralize(unpriced, "call");
        let count = if unpriced == 1 { "counts" } else { "count" };
        notes.push(format!(
            "{calls} of models without a price {count} nothing: add prices with --prices FILE"
        ));
    }
    let sites = report.candidates.iter();
    let occurring: BTreeSet<_> = sites
        .flat_map(|site| site.reasons.keys().cloned())
        .collect();
    notes.extend(advice(&occurring));
    notes
}

/// The number of new call sites, and the lines of the baseline that can go.
fn site_notes(report: &GateReport) -> Vec<String> {
    let without_user = |count: usize, what: &str| match count {
        0 => format!("no {what} without a user"),
        count => format!("{} without a user", pluralize(count as u64, what)),
    };
    let mut notes = vec![match report.has_baseline {
        true => {
            let new = without_user(report.new, "new call site");
            format!(
                "{new}; {} in the baseline",
                format_number(report.known as u64)
            )
        }
        false => without_user(report.new, "call site"),
    }];
    if !report.unused.is_empty() {
        let entries = pluralize(report.unused.len() as u64, "line");
        notes.push(format!(
            "{entries} of the baseline without a call site: --write-baseline removes them"
        ));
        notes.extend(report.unused.iter().map(|entry| format!("  {entry}")));
    }
    notes
}
