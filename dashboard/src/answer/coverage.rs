//! Which call sites say whose their records are.

use std::collections::BTreeSet;

use whose_store::CoverageRow;

use crate::site::site;
use crate::table::Table;
use crate::text::{counted, number, or_none, percent, shown};

pub(crate) fn coverage() -> Table<CoverageRow> {
    Table::new()
        .id("call site", |row: &CoverageRow| {
            site(row.file.as_deref(), row.line)
        })
        .text("type", |site| site.record_type.clone())
        .id("name", name)
        .unless_empty()
        .id("target", target)
        .unless_empty()
        .number("records", |site| number(site.records))
        .number("without user", |site| {
            of_all(site.without_user, site.records)
        })
        .number("without session", |site| {
            of_all(site.without_session, site.records)
        })
        .message("why no user", reasons)
        .unless_empty()
        .number("global user", global)
        .unless_empty()
}

/// All call sites together.
#[derive(Default)]
pub(crate) struct CoverageSums {
    sites: u64,
    sites_without_user: u64,
    records: u64,
    without_user: u64,
    without_session: u64,
    reasons: BTreeSet<String>,
}

impl CoverageSums {
    pub(crate) fn add(&mut self, site: &CoverageRow) {
        self.sites += 1;
        self.sites_without_user += u64::from(site.without_user > 0);
        self.records += site.records;
        self.without_user += site.without_user;
        self.without_session += site.without_session;
        for reason in site.reasons.keys() {
            if !self.reasons.contains(reason) {
                self.reasons.insert(reason.clone());
            }
        }
    }

    pub(crate) fn notes(&self) -> Vec<String> {
        let mut notes = vec![
            format!(
                "without a user: {} of {}, from {} of {}",
                of_all(self.without_user, self.records),
                counted(self.records, "record"),
                number(self.sites_without_user),
                counted(self.sites, "call site")
            ),
            format!(
                "without a session: {}",
                of_all(self.without_session, self.records)
            ),
        ];
        // What the reasons mean that occur.
        let known = whose::UnattributedReason::ALL.into_iter();
        notes.extend(
            known
                .filter(|why| self.reasons.contains(why.as_str()))
                .map(|why| format!("{}: {}", words(why.as_str()), why.advice())),
        );
        notes
    }
}

/// The name that `tracing` gives an event repeats the place.
fn name(site: &CoverageRow) -> String {
    match site.name.starts_with("event ") {
        true => or_none(None),
        false => shown(&site.name).into_owned(),
    }
}

/// The target of what was reported by a call repeats the place too.
fn target(site: &CoverageRow) -> String {
    let says_more = |target: &&str| !target.is_empty() && site.file.as_deref() != Some(*target);
    or_none(Some(&*site.target).filter(says_more))
}

/// A number, and its share where it is not nothing.
fn of_all(part: u64, all: u64) -> String {
    match part {
        0 => number(0),
        part => format!("{} ({})", number(part), percent(part, all)),
    }
}

/// The reasons, the most frequent one first.
fn reasons(site: &CoverageRow) -> String {
    let mut reasons: Vec<_> = site.reasons.iter().collect();
    reasons.sort_by_key(|(_, records)| std::cmp::Reverse(**records));
    let told = |(why, records): (&String, &u64)| format!("{} {}", words(why), number(*records));
    let told: Vec<_> = reasons.into_iter().map(told).collect();
    match told.is_empty() {
        true => or_none(None),
        false => told.join(", "),
    }
}

fn global(site: &CoverageRow) -> String {
    number(site.sources.get("global").copied().unwrap_or_default())
}

/// The name of a reason as words.
fn words(why: &str) -> String {
    shown(why).replace('_', " ")
}
