//! Closing a store leaves one file, and a reader does not let the log grow without limit.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use std::fs;
use std::path::Path;
use std::process::Stdio;

use rusqlite::Connection;
use support::{TIMEOUT, child, child_store_path, folder, query_number, record_into};
use whose::RecordSink;
use whose_store::{Queries, Reader, Store, WhenFull};

/// The number of records in a copy of the file without its log.
fn count_records_without_log(path: &Path) -> u64 {
    let elsewhere = folder();
    let copy = elsewhere.path().join("copy.db");
    fs::copy(path, &copy).unwrap();
    Reader::open(&copy)
        .unwrap()
        .totals(&whose_store::Query::all())
        .unwrap()
        .counts
        .records()
}

#[test]
fn init_guard_leaves_one_file_at_end_of_main() {
    const TEST: &str = "init_guard_leaves_one_file_at_end_of_main";
    if let Some(path) = child_store_path() {
        let _shutdown = whose_store::init(path).unwrap();
        (0..1_000).for_each(|step| tracing::info!(step, "said"));
        return;
    }
    let folder = folder();
    let path = folder.path().join("whose.db");
    assert!(child(TEST, &path).output().unwrap().status.success());
    assert_eq!(count_records_without_log(&path), 1_000);
    assert!(!path.with_file_name("whose.db-wal").exists());
}

#[test]
fn shutdown_guard_leaves_one_file_after_failed_main() {
    const TEST: &str = "shutdown_guard_leaves_one_file_after_failed_main";
    if let Some(path) = child_store_path() {
        use tracing_subscriber::prelude::*;

        let _shutdown = whose::shutdown_guard();
        let store = Store::open(path).unwrap();
        tracing_subscriber::registry()
            .with(whose::layer().with_sink(store))
            .init();
        (0..1_000).for_each(|step| tracing::info!(step, "said"));
        panic!("main fails");
    }
    let folder = folder();
    let path = folder.path().join("whose.db");
    let output = child(TEST, &path).stderr(Stdio::piped()).output().unwrap();
    assert!(!output.status.success());
    assert_eq!(count_records_without_log(&path), 1_000);
    assert!(!path.with_file_name("whose.db-wal").exists());
}

#[test]
fn shutdown_with_open_reader_leaves_one_file() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let store = Store::open(&path).unwrap();
    record_into(&store, || {
        (0..1_000).for_each(|step| tracing::info!(step, "said"))
    });
    assert!(store.flush(TIMEOUT).is_complete());
    let reader = Reader::open(&path).unwrap();
    assert_eq!(
        reader
            .totals(&whose_store::Query::all())
            .unwrap()
            .counts
            .events,
        1_000
    );
    assert!(store.shutdown(TIMEOUT).is_complete());
    assert_eq!(count_records_without_log(&path), 1_000);
    drop(reader);
}

#[test]
fn record_after_shutdown_is_dropped_and_counted() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let store = Store::open(&path).unwrap();
    record_into(&store, || tracing::info!("before"));
    assert!(store.shutdown(TIMEOUT).is_complete());
    record_into(&store, || tracing::info!("after"));
    assert_eq!(store.shutdown(TIMEOUT).not_taken(), 1);
    assert_eq!((store.stats().written, store.stats().dropped), (1, 1));
}

#[test]
fn log_held_by_reader_stays_bounded_with_warning() {
    const TEST: &str = "log_held_by_reader_stays_bounded_with_warning";
    const BOUND: u64 = 8 << 20;
    if let Some(path) = child_store_path() {
        let store = Store::builder(&path)
            .max_log_bytes(BOUND)
            .when_full(WhenFull::Drop)
            .open()
            .unwrap();
        record_into(&store, || tracing::info!("first"));
        assert!(store.flush(TIMEOUT).is_complete());
        let reader = Connection::open(&path).unwrap();
        reader
            .execute_batch("BEGIN; SELECT count(*) FROM records")
            .unwrap();
        let much = "z".repeat(2_000);
        let mut made = 1_u64;
        let mut round = |store: &Store| {
            record_into(store, || {
                for _ in 0..1_000 {
                    made += 1;
                    tracing::info!(step = made, "much {made} {much}");
                }
            });
            (store.flush(TIMEOUT).is_complete(), made)
        };
        while round(&store).0 {}
        let log = fs::metadata(path.with_file_name("whose.db-wal"))
            .unwrap()
            .len();
        println!("log {log}");
        assert!(store.stats().last_error.unwrap().contains("has grown to"));
        reader.execute_batch("COMMIT").unwrap();
        let (is_complete, made) = round(&store);
        assert!(is_complete, "{:?}", store.stats());
        assert_eq!(store.stats().written, made);
        return;
    }
    let folder = folder();
    let path = folder.path().join("whose.db");
    let output = child(TEST, &path).stderr(Stdio::piped()).output().unwrap();
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{out}{err}");
    let log: u64 = out
        .lines()
        .find_map(|line| line.split_once("log ")?.1.parse().ok())
        .unwrap();
    // One batch may exceed the limit if it begins below it.
    assert!((BOUND..BOUND + (32 << 20)).contains(&log), "{log}");
    assert!(err.contains("keeps reading from the store"), "{err}");
    query_number(&path, "SELECT 1");
}

#[test]
fn three_writers_on_one_file_keep_records_and_users() {
    const TEST: &str = "three_writers_on_one_file_keep_records_and_users";
    if let Some(path) = child_store_path() {
        let store = Store::builder(path)
            .when_full(WhenFull::Block)
            .open()
            .unwrap();
        let process = std::process::id();
        record_into(&store, || {
            for step in 0..5_000_u32 {
                let user = format!("user-{}", step % 50);
                whose::user(&user)
                    .session(format!("{process}-{user}"))
                    .in_scope(|| tracing::info!(owner = user, step, "said"));
            }
        });
        assert!(
            store.flush(TIMEOUT * 2).is_complete(),
            "{:?}",
            store.stats()
        );
        return;
    }
    let folder = folder();
    let path = folder.path().join("whose.db");
    let start = || child(TEST, &path).stderr(Stdio::piped()).spawn().unwrap();
    let processes: Vec<_> = (0..3).map(|_| start()).collect();
    for process in processes {
        let output = process.wait_with_output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    assert_eq!(query_number(&path, "SELECT count(*) FROM records"), 15_000);
    assert_eq!(query_number(&path, "SELECT count(*) FROM users"), 50);
    assert_eq!(query_number(&path, "SELECT count(*) FROM sessions"), 150);
    let wrong = "SELECT count(*) FROM trail WHERE user IS NOT fields ->> 'owner'";
    assert_eq!(query_number(&path, wrong), 0);
    assert_eq!(query_number(&path, "SELECT count(*) FROM losses"), 0);
}
