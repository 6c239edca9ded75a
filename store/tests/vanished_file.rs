//! A store reports and recreates a file that is deleted, moved, replaced or truncated while open.
#![cfg(unix)] // Elsewhere an open file cannot be taken away.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use std::fs;
use std::path::Path;

use support::{TIMEOUT, folder, query_number, record_into};
use whose::RecordSink;
use whose_store::{Store, WhenFileGone};

fn record(store: &Store, records: std::ops::Range<u32>) {
    record_into(store, || {
        whose::user("alice").in_scope(|| records.for_each(|step| tracing::info!(step, "said")));
    });
}

fn steps(path: &Path) -> Vec<i64> {
    let file = rusqlite::Connection::open(path).unwrap();
    let sql = "SELECT json_extract(fields, '$.step') FROM records ORDER BY id";
    let mut statement = file.prepare(sql).unwrap();
    let steps = statement.query_map((), |row| row.get(0)).unwrap();
    steps.collect::<rusqlite::Result<_>>().unwrap()
}

/// Opens a store with ten confirmed records, and removes its file with `how`.
fn with_vanished_file(how: impl FnOnce(&Path), then: impl FnOnce(&Path, &Store)) {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let store = Store::open(&path).unwrap();
    record(&store, 0..10);
    assert!(store.flush(TIMEOUT).is_complete());
    how(&path);
    then(&path, &store);
}

/// The next flush reports the loss, and later records go into the new file.
fn assert_store_continues(path: &Path, store: &Store) {
    assert!(
        !store.flush(TIMEOUT).is_safe(),
        "the confirmed records are gone"
    );
    assert!(store.flush(TIMEOUT).is_complete(), "reported once");
    record(store, 10..20);
    assert!(store.flush(TIMEOUT).is_complete());
    assert_eq!(steps(path), (10..20).collect::<Vec<_>>());
    let lost = "SELECT sum(records) FROM losses WHERE reason LIKE '%while the store was open'";
    assert_eq!(
        query_number(path, lost),
        10,
        "the new file has a gap record"
    );
    assert!(
        store
            .stats()
            .last_error
            .unwrap()
            .contains("while the store was open")
    );
}

#[test]
fn deleted_file_is_reported_and_recreated() {
    with_vanished_file(
        |path| fs::remove_file(path).unwrap(),
        assert_store_continues,
    );
}

#[test]
fn moved_file_keeps_records_and_is_recreated() {
    let elsewhere = folder();
    let moved = elsewhere.path().join("moved.db");
    with_vanished_file(
        |path| fs::rename(path, &moved).unwrap(),
        |path, store| {
            assert_store_continues(path, store);
            assert_eq!(steps(&moved), (0..10).collect::<Vec<_>>());
        },
    );
}

#[test]
fn replaced_file_is_not_mixed_with_old_log() {
    let elsewhere = folder();
    let other = elsewhere.path().join("other.db");
    let earlier = Store::open(&other).unwrap();
    record(&earlier, 100..105);
    drop(earlier);
    with_vanished_file(
        |path| fs::rename(&other, path).unwrap(),
        |path, store| {
            assert!(!store.flush(TIMEOUT).is_safe());
            record(store, 10..20);
            assert!(store.flush(TIMEOUT).is_complete());
            let expected: Vec<i64> = (100..105).chain(10..20).collect();
            assert_eq!(steps(path), expected);
        },
    );
}

#[test]
fn log_that_a_reader_blocks_is_kept_aside_for_the_moved_file() {
    let elsewhere = folder();
    let (other, moved) = (
        elsewhere.path().join("other.db"),
        elsewhere.path().join("moved.db"),
    );
    let earlier = Store::open(&other).unwrap();
    record(&earlier, 100..3_000);
    drop(earlier);
    with_vanished_file(
        |_| {},
        |path, store| {
            let reader = rusqlite::Connection::open(path).unwrap();
            reader
                .execute_batch("BEGIN; SELECT count(*) FROM records")
                .unwrap();
            record(store, 10..20);
            assert!(store.flush(TIMEOUT).is_complete());
            fs::rename(path, &moved).unwrap();
            fs::rename(&other, path).unwrap();
            assert!(!store.flush(TIMEOUT).is_safe());
            record(store, 20..30);
            assert!(store.flush(TIMEOUT).is_complete());
            let expected: Vec<i64> = (100..3_000).chain(20..30).collect();
            assert_eq!(steps(path), expected);
            // The reader still has its snapshot of the old file.
            let count = "SELECT count(*) FROM records";
            let seen: i64 = reader.query_row(count, (), |row| row.get(0)).unwrap();
            assert_eq!(seen, 10);
            drop(reader);

            let names = fs::read_dir(path.parent().unwrap()).unwrap();
            let mut names = names.map(|entry| entry.unwrap().path());
            let is_log = |file: &std::path::PathBuf| file.to_string_lossy().contains(".replaced-");
            let log = names.find(is_log).unwrap();
            fs::rename(log, elsewhere.path().join("moved.db-wal")).unwrap();
            assert_eq!(steps(&moved), (0..20).collect::<Vec<_>>());
        },
    );
}

#[test]
fn file_truncated_to_zero_is_recreated() {
    let truncate = |path: &Path| {
        fs::OpenOptions::new()
            .write(true)
            .open(path)
            .unwrap()
            .set_len(0)
    };
    with_vanished_file(|path| truncate(path).unwrap(), assert_store_continues);
}

#[test]
fn damaged_file_is_kept_aside_and_recreated() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    drop({
        let store = Store::open(&path).unwrap();
        record(&store, 0..5_000);
        store
    });
    let store = Store::open(&path).unwrap();
    record(&store, 5_000..5_010);
    assert!(store.flush(TIMEOUT).is_complete());
    let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.set_len(20_000).unwrap();
    drop(file);
    record(&store, 5_010..5_020);
    assert!(!store.flush(TIMEOUT).is_safe());
    record(&store, 5_020..5_030);
    assert!(store.flush(TIMEOUT).is_complete());
    assert_eq!(steps(&path), (5_010..5_030).collect::<Vec<_>>());
    let names = fs::read_dir(folder.path()).unwrap();
    let names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
    let aside = |name: &std::ffi::OsString| name.to_string_lossy().contains(".damaged-");
    assert!(names.iter().any(aside), "{names:?}");
}

#[test]
fn file_shrunk_by_vacuum_is_not_damage() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let store = Store::open(&path).unwrap();
    record(&store, 0..20_000);
    assert!(store.flush(TIMEOUT).is_complete());
    let other = rusqlite::Connection::open(&path).unwrap();
    other
        .execute_batch(
            "DELETE FROM records WHERE id > 10; DELETE FROM texts WHERE id > 10;
             PRAGMA wal_checkpoint(TRUNCATE); VACUUM; PRAGMA wal_checkpoint(TRUNCATE);",
        )
        .unwrap();
    drop(other);
    record(&store, 0..10);
    assert!(store.flush(TIMEOUT).is_complete(), "{:?}", store.stats());
    assert_eq!(query_number(&path, "SELECT count(*) FROM records"), 20);
}

#[test]
fn missing_file_with_fail_policy_makes_flushes_unsafe() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let builder = Store::builder(&path).when_file_gone(WhenFileGone::Fail);
    let store = builder.open().unwrap();
    record(&store, 0..10);
    assert!(store.flush(TIMEOUT).is_complete());
    fs::remove_file(&path).unwrap();
    record(&store, 10..20);
    for _ in 0..2 {
        assert!(!store.flush(TIMEOUT).is_safe());
    }
    assert!(!path.exists());
    assert!(
        store
            .stats()
            .last_error
            .unwrap()
            .contains("was deleted or moved")
    );
    assert_eq!(store.stats().waiting, 10);
}
