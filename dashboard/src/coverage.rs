//! Which call sites say whose their records are, as a table.

use std::collections::BTreeSet;

use whose_store::CoverageRow;

use crate::site::site;
use crate::table::Report;
use crate::text::{counted, number, or_none, percent, shown};

pub(crate) fn coverage(sites: &[CoverageRow]) -> Report {
    let sum = |part: fn(&CoverageRow) -> u64| sites.iter().map(part).sum::<u64>();
    let (records, bare) = (sum(|site| site.records), sum(|site| site.without_user));
    let without_session = sum(|site| site.without_session);
    let report = Report::new()
        .texts(
            "call site",
            sites.iter().map(|row| site(row.file.as_deref(), row.line)),
        )
        .texts("type", sites.iter().map(|site| site.record_type.clone()))
        .texts("name", sites.iter().map(name))
        .unless_empty()
        .texts("target", sites.iter().map(target))
        .unless_empty()
        .numbers("records", sites.iter().map(|site| number(site.records)))
        .numbers(
            "without user",
            sites
                .iter()
                .map(|site| of_all(site.without_user, site.records)),
        )
        .numbers(
            "without session",
            sites
                .iter()
                .map(|site| of_all(site.without_session, site.records)),
        )
        .texts("why no user", sites.iter().map(reasons))
        .unless_empty()
        .numbers("global user", sites.iter().map(global))
        .unless_empty()
        .note(format!(
            "without a user: {} of {}, from {} of {}",
            of_all(bare, records),
            counted(records, "record"),
            number(sites.iter().filter(|site| site.without_user > 0).count() as u64),
            counted(sites.len() as u64, "call site")
        ))
        .note(format!(
            "without a session: {}",
            of_all(without_session, records)
        ));
    legend(sites).fold(report, Report::note)
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

/// What the reasons mean that occur.
fn legend(sites: &[CoverageRow]) -> impl Iterator<Item = String> {
    let occur: BTreeSet<&str> = sites
        .iter()
        .flat_map(|site| site.reasons.keys().map(String::as_str))
        .collect();
    let known = whose::Unattributed::ALL.into_iter();
    let meant: Vec<_> = known
        .filter(|why| occur.contains(why.as_str()))
        .map(|why| format!("{}: {}", words(why.as_str()), why.advice()))
        .collect();
    meant.into_iter()
}
