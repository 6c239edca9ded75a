//! The coverage query counts reasons and sources for each call site.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use std::thread;

use support::{folder, record_call, recorded, rows};
use tracing::{info, info_span};
use whose::Scope;
use whose_store::{CoverageRow, GroupBy, Queries, Query};

fn pairs(counts: &std::collections::BTreeMap<String, u64>) -> Vec<(&str, u64)> {
    counts
        .iter()
        .map(|(name, count)| (&**name, *count))
        .collect()
}

#[test]
fn coverage_row_has_reasons_and_sources() {
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), || {
        let dispatch = tracing::dispatcher::get_default(Clone::clone);
        let work = || drop(info_span!("work").entered());
        work();
        whose::session("s-1").in_scope(work);
        Scope::isolated().in_scope(|| {
            work();
            work();
            whose::set_user("alice");
            work();
            // The task does not carry the scope.
            let spawned = || tracing::dispatcher::with_default(&dispatch, work);
            thread::scope(|scope| scope.spawn(spawned).join()).unwrap();
        });
        whose::user("bob").in_scope(work);
        whose::anonymous().in_scope(work);
        let _global = whose::testing::isolate_global();
        whose::global().set_tag("region", "eu-1");
        work();
        whose::global().set_user("admin");
        work();
    });
    let rows = rows(reader.coverage(&Query::all()));
    let [row] = &rows[..] else { panic!("{rows:?}") };
    assert_eq!(
        pairs(&row.reasons),
        [
            ("anonymous", 1),
            ("global_only", 1),
            ("no_isolated_scope", 1),
            ("no_scope", 2),
            ("unset", 2),
        ]
    );
    assert_eq!(
        pairs(&row.sources),
        [("global", 1), ("isolation", 1), ("scope", 1)]
    );
    assert_eq!((row.records, row.without_user), (10, 6));
    assert_eq!(row.without_session, 9);
    assert!((row.share_without_user() - 0.6).abs() < 1e-9);
    assert!((row.share_without_session() - 0.9).abs() < 1e-9);
    assert_eq!((&*row.record_type, &*row.name), ("span", "work"));
    assert_eq!(
        (&*row.target, row.file.as_deref()),
        ("coverage", Some(file!()))
    );
    assert!(row.line.is_some());
}

#[test]
fn coverage_is_ordered_by_share_count_and_session() {
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), || {
        let alice = |work: fn()| whose::user("alice").in_scope(work);
        let mixed = || info!("half of many");
        (0..100).for_each(|n| if n < 50 { mixed() } else { alice(mixed) });
        info!("the only one");
        (0..2).for_each(|_| info!("both"));
        alice(|| info!("no session"));
        whose::user("alice")
            .session("s-1")
            .in_scope(|| info!("all well"));
    });
    let order: Vec<_> = rows(reader.coverage(&Query::all()));
    let numbers = |row: &CoverageRow| (row.records, row.without_user, row.without_session);
    assert_eq!(
        order.iter().map(numbers).collect::<Vec<_>>(),
        [(2, 2, 2), (1, 1, 1), (100, 50, 100), (1, 0, 1), (1, 0, 0)]
    );
}

#[test]
fn coverage_row_of_error_or_usage_has_reporting_file() {
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), || {
        whose::capture_error(&std::io::Error::other("refused"));
        record_call("gpt-4o-mini", 1, 1);
    });
    for row in rows(reader.coverage(&Query::all())) {
        assert_eq!(Some(&row.target), row.file.as_ref(), "{row:?}");
        assert_eq!(pairs(&row.reasons), [("no_scope", 1)]);
    }
}

#[test]
fn record_in_trail_keeps_reason() {
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), || {
        whose::session("s-1").in_scope(|| {
            info!("nobody's");
            whose::anonymous().in_scope(|| info!("nobody's on purpose"));
            whose::user("alice").in_scope(|| info!("hers"));
        });
    });
    let records = rows(reader.session_records("s-1", &Query::all()));
    let whys: Vec<_> = records
        .iter()
        .map(|record| record.unattributed.as_deref())
        .collect();
    assert_eq!(whys, [Some("no_isolated_scope"), Some("anonymous"), None]);
    let totals = reader.totals(&Query::all()).unwrap();
    assert_eq!((totals.without_user, totals.anonymous), (1, 1));
}

#[test]
fn cost_coverage_counts_calls_as_coverage_counts_records() {
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), || {
        let call = || record_call("gpt-4o-mini", 1_000_000, 0);
        whose::user("alice").in_scope(call);
        whose::anonymous().in_scope(call);
        Scope::isolated().in_scope(|| {
            call();
            whose::set_user("bob");
        });
        whose::usage("gpt-4o-mini")
            .input_tokens(9_000_000)
            .output_tokens(0)
            .record();
        whose::usage("our-own-7b")
            .input_tokens(1)
            .output_tokens(0)
            .record();
    });
    let rows = rows(reader.cost_coverage(&Query::all()));
    let [own, helper, unpriced] = &rows[..] else {
        panic!("{rows:?}")
    };
    let usd = |usage: whose_store::Usage| usage.cost_usd.map(|cost| cost.to_string());
    assert_eq!(own.file.as_deref(), Some(file!()));
    assert_eq!(usd(own.without_user).as_deref(), Some("$1.35"));
    assert_eq!(
        (helper.total.calls, helper.without_user.calls),
        (3, 1),
        "an anonymous call is not without a user, a late one is"
    );
    assert_eq!(pairs(&helper.reasons), [("anonymous", 1), ("unset", 1)]);
    assert_eq!(usd(helper.without_user).as_deref(), Some("$0.15"));
    assert_eq!(
        (usd(unpriced.without_user), unpriced.without_user.calls),
        (None, 1)
    );
    let totals = rows.iter().filter_map(|row| row.total.cost_usd);
    let report = reader.cost(&GroupBy::User, &Query::all()).unwrap();
    assert_eq!(Some(totals.sum()), report.total.cost_usd);
}
