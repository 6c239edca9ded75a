//! The state of a store, and the records that were written last.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;
use tracing::{info, info_span};
use tracing_subscriber::prelude::*;
use whose::Limits;
use whose_store::{LatestFilter, Queries, Reader, Store, StoreHealth};

/// A temporary folder, and the path of a store in it.
fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("whose.db");
    (folder, path)
}

/// Records what `work` emits, and closes the store.
fn record(path: &Path, work: impl FnOnce()) {
    let layer = whose::layer().with_sink(Store::open(path).unwrap());
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        work();
        assert!(whose::flush(Duration::from_secs(10)).is_complete());
    });
}

fn health(path: &Path) -> StoreHealth {
    Reader::open(path).unwrap().health().unwrap()
}

#[test]
fn health_of_empty_store_has_no_times_and_no_losses() {
    let (_folder, path) = folder();
    drop(Store::open(&path).unwrap());

    let health = health(&path);
    assert!(health.bytes > 0);
    assert_eq!((health.first_record, health.last_record), (None, None));
    assert_eq!((health.records_written, health.waiting), (0, 0));
    assert!(health.lost.is_empty());
    assert_eq!(health.open_to_others, None);
}

#[test]
fn truncated_values_and_refused_writes_are_counted_in_the_file() {
    let (_folder, path) = folder();
    record(&path, || {
        whose::set_user("alice"); // outside every isolated scope
        let long = "x".repeat(Limits::ID_BYTES + 1);
        whose::user(&*long).in_scope(|| drop(info_span!("of a long id")));
    });

    let counters = health(&path).counters;
    assert!(counters["writes.refused"] >= 1, "{counters:?}");
    assert!(counters["truncated.ids"] >= 1, "{counters:?}");
    assert!(!counters.contains_key("records"), "{counters:?}");
}

#[test]
fn counters_of_two_processes_are_added() {
    let (_folder, path) = folder();
    record(&path, || whose::set_user("alice"));
    let before = health(&path).counters["writes.refused"];
    // Each store that is opened counts as a process of its own.
    record(&path, || whose::set_user("alice"));
    assert!(health(&path).counters["writes.refused"] > before);
}

#[cfg(unix)]
#[test]
fn file_that_others_can_read_is_reported_with_its_mode() {
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::PermissionsExt;

    let (_folder, path) = folder();
    drop(Store::open(&path).unwrap());
    set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
    assert_eq!(health(&path).open_to_others.as_deref(), Some("644"));
}

#[test]
fn latest_records_come_in_the_order_of_writing_and_after_an_id() {
    let (_folder, path) = folder();
    record(&path, || {
        let span = info_span!("outer");
        let _entered = span.enter();
        (0..5).for_each(|number| info!(number, "line"));
    });

    let reader = Reader::open(&path).unwrap();
    let latest = reader.latest(&LatestFilter::new(), 100).unwrap().rows;
    let names: Vec<_> = latest.iter().map(|row| row.record_type.as_str()).collect();
    assert_eq!(names, ["span", "event", "event", "event", "event", "event"]);
    let after = LatestFilter::new().after(latest[3].id);
    assert_eq!(reader.latest(&after, 100).unwrap().rows, latest[..3]);
    assert_eq!(reader.latest(&after, 2).unwrap().rows, latest[..2]);
}

#[test]
fn statements_of_a_query_contain_the_values() {
    let (_folder, path) = folder();
    record(&path, || whose::user("alice").in_scope(|| info!("line")));

    let mut reader = Reader::open(&path).unwrap();
    let mut rows = 0;
    let statements = reader.statements_of(&mut |store| {
        rows = store
            .latest(&LatestFilter::new().after(0), 7)
            .unwrap()
            .rows
            .len();
    });
    assert_eq!(rows, 1);
    let latest = statements
        .iter()
        .find(|sql| sql.contains("ORDER BY r.id DESC"));
    assert!(
        latest.is_some_and(|sql| sql.contains("LIMIT 7")),
        "{statements:?}"
    );
    // Queries are not traced afterwards.
    assert_eq!(reader.statements_of(&mut |_| ()), [""; 0]);
}
