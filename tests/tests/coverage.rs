//! `whose::testing::coverage` counts as `whose coverage` does, and its failure names call sites.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::Duration;

use tracing::{info, info_span};
use tracing_subscriber::prelude::*;
use whose::testing::{Coverage, Recorder, coverage};
use whose::{RecordSink, RecordType, Scope, UnattributedReason};
use whose_store::{Queries, Query, Reader, Store};

/// The panic message of `work`.
fn failure(work: impl FnOnce()) -> String {
    let failed = catch_unwind(AssertUnwindSafe(work)).expect_err("a failure");
    match failed.downcast::<String>() {
        Ok(message) => *message,
        Err(other) => (*other.downcast::<&str>().expect("a message")).to_owned(),
    }
}

fn nightly() {
    drop(info_span!("nightly").entered());
}

/// Every way to have no user, and some with one.
fn mixed() {
    whose::user("alice").in_scope(|| (info!("hers"), nightly()).0);
    whose::anonymous().in_scope(|| info!("a visitor's"));
    Scope::isolated().in_scope(|| {
        info!("before the login");
        whose::set_user("bob");
        info!("after");
    });
    nightly();
    whose::capture_error(&std::io::Error::other("refused"));
}

#[test]
fn share_counts_anonymous_and_no_links() {
    let records = Recorder::start();
    mixed();
    let coverage = records.coverage();
    // The link of the login is no record of a call site.
    assert!(
        records
            .records()
            .iter()
            .any(|record| record.record_type() == RecordType::Link)
    );
    assert_eq!((coverage.records(), coverage.without_user()), (7, 3));
    assert!((coverage.share() - 4.0 / 7.0).abs() < 1e-12);
}

#[test]
fn call_site_without_user_has_place_and_reason() {
    let records = Recorder::start();
    let line = line!() + 1;
    let unset = || info!("nobody's");
    unset();
    unset();
    whose::user("alice").in_scope(unset);
    nightly();
    let coverage = records.coverage();
    let [event, span] = coverage.call_sites_without_user() else {
        panic!("{coverage:?}")
    };
    assert_eq!((event.record_type, event.records), (RecordType::Event, 3));
    let call_site = event.call_site.expect("a call site");
    assert_eq!((call_site.file, call_site.line), (file!(), line));
    assert_eq!(event.target, module_path!());
    let reasons: Vec<_> = event.without_user.clone().into_iter().collect();
    assert_eq!(reasons, [(UnattributedReason::Unset, 2)]);
    assert_eq!((&*span.name, span.records), ("nightly", 1));
}

#[test]
fn share_at_threshold_passes() {
    let records = Recorder::start();
    let event = || info!("an event");
    whose::user("alice").in_scope(|| (0..981).for_each(|_| event()));
    (0..19).for_each(|_| event());
    let coverage = records.coverage();
    coverage.assert_at_least(98.1);
    coverage.assert_at_least(0.0);
    let message = failure(|| coverage.assert_at_least(98.1001));
    assert!(
        message.starts_with("98.1001 per cent are required: 98.10% of 1000 records"),
        "{message}"
    );
}

#[test]
fn failure_names_each_call_site_and_advice() {
    let records = Recorder::start();
    let line = line!() + 1;
    info!("nobody's");
    nightly();
    nightly();
    whose::user("alice").in_scope(|| info!("hers"));
    let message = failure(|| records.coverage().assert_at_least(98.0));
    let lines: Vec<_> = message.lines().collect();
    assert_eq!(
        lines[0],
        "98 per cent are required: 25% of 4 records have a user or are anonymous"
    );
    assert!(
        lines[1].starts_with(&format!("  span `nightly` at {}:", file!())),
        "{message}"
    );
    assert!(
        lines[1].ends_with(": 2 of 2 without a user (unset 2)"),
        "{message}"
    );
    assert_eq!(
        lines[2],
        format!(
            "  event at {}:{line}: 1 of 1 without a user (unset 1)",
            file!()
        )
    );
    let advice = UnattributedReason::Unset.advice();
    assert_eq!(lines[3..], [format!("unset: {advice}")]);
}

#[test]
fn check_without_records_fails() {
    let records = Recorder::start();
    assert_eq!(records.coverage(), Coverage::default());
    assert_eq!(records.coverage().share(), 0.0);
    let message = failure(|| records.coverage().assert_at_least(0.0));
    assert!(message.starts_with("there is no record"), "{message}");
}

#[test]
fn percentage_out_of_range_fails() {
    let records = Recorder::start();
    whose::user("alice").in_scope(|| info!("hers"));
    for percent in [-1.0, 100.5, f64::NAN, f64::INFINITY] {
        let message = failure(|| records.coverage().assert_at_least(percent));
        assert!(message.contains("is no percentage"), "{message}");
    }
}

#[test]
fn free_function_counts_innermost_recorder_of_thread() {
    let outer = Recorder::start();
    info!("of the outer one");
    assert_eq!(coverage(), outer.coverage());
    let inner = Recorder::start();
    nightly();
    assert_eq!(coverage(), inner.coverage());
    assert_eq!((coverage().records(), outer.coverage().records()), (1, 2));
    // A thread that carries the scope has the recorder, as a task has.
    let scope = Scope::current();
    let carried = thread::spawn(move || scope.in_scope(coverage))
        .join()
        .expect("a coverage");
    assert_eq!(carried, inner.coverage());
    drop(inner);
    assert_eq!(coverage(), outer.coverage());
}

#[test]
fn free_function_outside_recorders_fails() {
    // Another recorder exists, so the records of this thread belong to no particular test.
    let _others = (Recorder::start(), Recorder::start());
    let message = thread::spawn(|| failure(|| drop(coverage())))
        .join()
        .expect("a message");
    assert!(message.starts_with("no recorder is current"), "{message}");
}

#[test]
fn coverage_of_test_equals_coverage_of_store() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("whose.db");
    let store = Store::open(&path).expect("a store");
    let subscriber = tracing_subscriber::registry().with(whose::layer().with_sink(store.clone()));
    let coverage = tracing::subscriber::with_default(subscriber, || {
        let records = Recorder::start();
        mixed();
        records.coverage()
    });
    assert!(store.flush(Duration::from_secs(60)).is_complete());
    let reader = Reader::open(&path).expect("a reader");
    let sites = reader.coverage(&Query::all()).expect("coverage");
    let sites: Vec<_> = sites.map(|site| site.expect("a row")).collect();
    let sum = |count: fn(&whose_store::CoverageRow) -> u64| sites.iter().map(count).sum::<u64>();
    assert_eq!(
        (coverage.records() as u64, coverage.without_user() as u64),
        (sum(|site| site.records), sum(|site| site.without_user))
    );
    assert_eq!(
        coverage.call_sites_without_user().len(),
        sites.iter().filter(|site| site.without_user > 0).count()
    );
}
