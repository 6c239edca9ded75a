//! Lost records cause a warning, are counted, and are written into the file as a gap record.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use std::path::Path;
use std::process::{Output, Stdio};
use std::time::{Duration, SystemTime};

use rusqlite::Connection;
use support::small_disk::on_small_disk;
use support::{TIMEOUT, child, child_store_path, folder, query_number, record_into};
use whose::{RecordSink, Timestamp};
use whose_store::Store;

/// Runs a test of this file in its own process, whose stderr can be read.
fn in_child(test: &str, path: &Path) -> String {
    let Output {
        status,
        stdout,
        stderr,
    } = child(test, path).stderr(Stdio::piped()).output().unwrap();
    let (out, err) = (
        String::from_utf8_lossy(&stdout),
        String::from_utf8_lossy(&stderr),
    );
    assert!(status.success(), "{out}{err}");
    err.into_owned()
}

#[test]
fn drops_under_foreign_lock_are_warned_with_reason() {
    const TEST: &str = "drops_under_foreign_lock_are_warned_with_reason";
    if let Some(path) = child_store_path() {
        drop_while_locked(&path);
        return;
    }
    let folder = folder();
    let path = folder.path().join("whose.db");
    let err = in_child(TEST, &path);
    assert_eq!(err.matches("records were dropped").count(), 1, "{err}");
    assert!(err.contains("900 records were dropped"), "{err}");
    assert!(
        err.contains("another process holds the write lock"),
        "{err}"
    );
    assert_eq!(err.matches("records wait in memory").count(), 1, "{err}");
    // A plain connection can read the gap record.
    assert_eq!(query_number(&path, "SELECT sum(records) FROM losses"), 900);
    assert_eq!(query_number(&path, "SELECT count(*) FROM losses"), 1);
}

fn drop_while_locked(path: &Path) {
    let store = Store::builder(path).max_queued_records(100).open().unwrap();
    let lock = Connection::open(path).unwrap();
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();
    let say = |message: &str| record_into(&store, || tracing::info!("{message}"));
    // The writer takes this record and is blocked.
    say("first");
    while !store
        .stats()
        .last_error
        .is_some_and(|error| error.contains("locked"))
    {
        std::thread::sleep(Duration::from_millis(10));
    }
    let begun = Timestamp::from(SystemTime::now()).as_nanos();
    for _ in 0..1_000 {
        say("more");
    }
    let ended = Timestamp::from(SystemTime::now()).as_nanos();
    // The warning comes without a flush, before the end, while the lock is held.
    std::thread::sleep(Duration::from_millis(2_500));
    lock.execute_batch("ROLLBACK").unwrap();
    let outcome = store.flush(TIMEOUT);
    assert!(outcome.is_safe());
    assert_eq!(outcome.not_taken(), 900);
    let loss = "SELECT count(*) FROM losses WHERE records = 900 AND time_from >= ?1
        AND time_to <= ?2 AND reason LIKE '%locked%'";
    let found = lock.query_row(loss, [begun, ended], |row| row.get::<_, i64>(0));
    assert_eq!(found, Ok(1));
}

#[test]
fn queue_past_byte_limit_drops_and_warns() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let store = Store::builder(&path)
        .max_queued_bytes(1 << 20)
        .open()
        .unwrap();
    let lock = Connection::open(&path).unwrap();
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();
    let long = "x".repeat(8_000);
    record_into(&store, || {
        for step in 0..1_000 {
            tracing::info!(step, body = &*long, answer = &*long, "long");
        }
    });
    let stats = store.stats();
    assert!(
        (40..70).contains(&stats.waiting),
        "1 MiB of 16 KB each: {stats:?}"
    );
    assert_eq!(stats.waiting + stats.dropped, 1_000);
    lock.execute_batch("ROLLBACK").unwrap();
    assert_eq!(store.flush(TIMEOUT).not_taken(), stats.dropped);
}

#[cfg(target_os = "linux")]
#[test]
fn full_disk_that_recovers_loses_nothing() {
    const TEST: &str = "full_disk_that_recovers_loses_nothing";
    let scenario = |disk: &Path| fill_and_free(&disk.join("whose.db"));
    if let Some(err) = on_small_disk(TEST, 6, scenario) {
        assert_eq!(err.matches("cannot be written").count(), 1, "{err}");
        assert!(err.contains("full"), "{err}");
    }
}

#[cfg(target_os = "linux")]
fn fill_and_free(path: &Path) {
    let ballast = path.with_file_name("ballast");
    let store = Store::open(path).unwrap();
    std::fs::write(&ballast, vec![7; 4 << 20]).unwrap();
    let much = "y".repeat(4_000);
    let mut made = 0;
    let mut round = || {
        record_into(&store, || {
            whose::user("alice").in_scope(|| {
                for _ in 0..100 {
                    made += 1;
                    tracing::info!(step = made, "does not fit for long: {made} {much}");
                }
            });
        });
        store.flush(TIMEOUT).is_complete()
    };
    while round() {}
    assert!(!round(), "the disk is still full");
    assert!(store.stats().last_error.unwrap().contains("full"));
    std::fs::remove_file(ballast).unwrap();
    assert!(round(), "{:?}", store.stats());
    let stats = store.stats();
    assert_eq!((stats.written, stats.failed, stats.dropped), (made, 0, 0));
    assert_eq!(
        query_number(path, "SELECT count(*) FROM records").unsigned_abs(),
        made
    );
    assert_eq!(query_number(path, "SELECT count(*) FROM losses"), 0);
}
