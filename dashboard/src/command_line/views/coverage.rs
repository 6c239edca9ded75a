//! The table of coverage by call site.

use std::collections::{BTreeMap, BTreeSet};

use whose_store::CoverageRow;

use crate::command_line::call_site::format_call_site;
use crate::command_line::table::Table;
use crate::values::{escape, estimate, format_number, format_percent, or_dash, pluralize};

pub(crate) fn coverage() -> Table<CoverageRow> {
    Table::new()
        .id("call site", |row: &CoverageRow| {
            format_call_site(row.file.as_deref(), row.line)
        })
        .text("type", |site| site.record_type.clone())
        .id("name", |site| name(&site.name))
        .unless_empty()
        .id("target", |site| target(&site.target, site.file.as_deref()))
        .unless_empty()
        .number("records", |site| {
            estimate(format_number(site.records), site.is_estimated)
        })
        .number("without user", |site| {
            estimate(
                with_share(site.without_user, site.records),
                site.is_estimated,
            )
        })
        .number("without session", |site| {
            estimate(
                with_share(site.without_session, site.records),
                site.is_estimated,
            )
        })
        .message("why no user", |site| reasons(&site.reasons))
        .unless_empty()
        .number("global user", global)
        .unless_empty()
}

/// The sums over all call sites.
#[derive(Default)]
pub(crate) struct CoverageSums {
    sites: u64,
    sites_without_user: u64,
    records: u64,
    without_user: u64,
    without_session: u64,
    is_estimated: bool,
    reasons: BTreeSet<String>,
}

impl CoverageSums {
    pub(crate) fn add(&mut self, site: &CoverageRow) {
        self.sites += 1;
        self.sites_without_user += u64::from(site.without_user > 0);
        self.records += site.records;
        self.without_user += site.without_user;
        self.without_session += site.without_session;
        self.is_estimated |= site.is_estimated;
        for reason in site.reasons.keys() {
            if !self.reasons.contains(reason) {
                self.reasons.insert(reason.clone());
            }
        }
    }

    fn estimate(&self, text: String) -> String {
        estimate(text, self.is_estimated)
    }

    pub(crate) fn notes(&self) -> Vec<String> {
        let mut notes = vec![
            format!(
                "without a user: {} of {}, from {} of {}",
                self.estimate(with_share(self.without_user, self.records)),
                self.estimate(pluralize(self.records, "record")),
                format_number(self.sites_without_user),
                pluralize(self.sites, "call site")
            ),
            format!(
                "without a session: {}",
                self.estimate(with_share(self.without_session, self.records))
            ),
        ];
        notes.extend(advice(&self.reasons));
        notes
    }
}

/// Advice for each reason that occurs.
pub(super) fn advice(occurring: &BTreeSet<String>) -> impl Iterator<Item = String> {
    let known = whose::UnattributedReason::ALL.into_iter();
    known
        .filter(|reason| occurring.contains(reason.as_str()))
        .map(|reason| format!("{}: {}", reason_text(reason.as_str()), reason.advice()))
}

/// The name of the call site. The name that `tracing` gives an event repeats the call site, and is
/// omitted.
pub(super) fn name(name: &str) -> String {
    match name.starts_with("event ") {
        true => or_dash(None),
        false => escape(name).into_owned(),
    }
}

/// The target. A target that repeats the call site is omitted.
pub(super) fn target(target: &str, file: Option<&str>) -> String {
    let adds_information = |target: &&str| !target.is_empty() && file != Some(*target);
    or_dash(Some(target).filter(adds_information))
}

/// A number, with its share if it is not zero.
pub(super) fn with_share(part: u64, all: u64) -> String {
    match part {
        0 => format_number(0),
        part => format!("{} ({})", format_number(part), format_percent(part, all)),
    }
}

/// The reasons, most frequent first.
pub(super) fn reasons(reasons: &BTreeMap<String, u64>) -> String {
    let mut reasons: Vec<_> = reasons.iter().collect();
    reasons.sort_by_key(|(_, records)| std::cmp::Reverse(**records));
    let formatted = |(reason, records): (&String, &u64)| {
        format!("{} {}", reason_text(reason), format_number(*records))
    };
    let formatted: Vec<_> = reasons.into_iter().map(formatted).collect();
    match formatted.is_empty() {
        true => or_dash(None),
        false => formatted.join(", "),
    }
}

fn global(site: &CoverageRow) -> String {
    format_number(site.sources.get("global").copied().unwrap_or_default())
}

/// The name of a reason as words.
pub(super) fn reason_text(reason: &str) -> String {
    escape(reason).replace('_', " ")
}
