//! A confirmed record is on disk, once, unless its user was forgotten.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.
#![cfg(feature = "ingest")]

mod support;

use std::path::Path;
use std::time::Duration;

use opentelemetry_proto::tonic::logs::v1::LogRecord;
use support::otlp::{TIME, log, logs, receiver, span, texts, traces};
use support::writer::Writer;
use whose_store::{Queries, Query, Reader, Store, StoreError};

const TRACES: &str = "/v1/traces";
const LOGS: &str = "/v1/logs";

#[test]
fn writer_process() {
    support::writer::run();
}

/// The number of records of a user.
fn records_of(folder: &Path, user: &str) -> u64 {
    let store = Reader::open(folder.join("whose.db")).unwrap();
    let user = store.user(user, &Query::new()).unwrap();
    user.map_or(0, |user| user.counts.records())
}

fn of_user(number: u64, user: &str) -> Vec<u8> {
    traces(vec![span(number, "work", texts(&[("user.id", user)]))])
}

#[test]
fn record_that_is_sent_again_is_stored_once() {
    let folder = tempfile::tempdir().unwrap();
    let served = receiver(folder.path());
    let with_uid = |uid: &str| LogRecord {
        ..log(
            "hello",
            9,
            texts(&[("user.id", "alice"), ("log.record.uid", uid)]),
        )
    };
    let request = logs(vec![with_uid("01ARZ3NDEKTSV4RRFFQ69G5FAV"), with_uid("b")]);
    for _ in 0..3 {
        assert_eq!(served.export(TRACES, &of_user(1, "alice")).status, 200);
        assert_eq!(served.export(LOGS, &request).status, 200);
    }
    // The same span twice in one request, beside another one.
    let spans = [1, 2, 2].map(|number| span(number, "work", texts(&[("user.id", "alice")])));
    assert_eq!(served.export(TRACES, &traces(spans.to_vec())).status, 200);
    assert_eq!(records_of(folder.path(), "alice"), 4);
    let health = served.json("/health.json");
    assert_eq!(health["received"]["taken"], 4);
    // At least: a slow disk makes the sender repeat a request too.
    assert!(
        health["received"]["repeated"].as_u64() >= Some(8),
        "{health}"
    );
}

#[test]
fn forgotten_user_does_not_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let served = receiver(folder.path());
    assert_eq!(served.export(TRACES, &of_user(1, "alice")).status, 200);
    assert_eq!(served.export(TRACES, &of_user(2, "bob")).status, 200);
    let store = Store::open(folder.path().join("whose.db")).unwrap();
    assert_eq!(store.forget("alice").unwrap().records, 1);
    // Both began before: a late record, and the same one again.
    for number in [1, 3] {
        assert_eq!(served.export(TRACES, &of_user(number, "alice")).status, 200);
    }
    let reader = Reader::open(folder.path().join("whose.db")).unwrap();
    let alice = reader.user("alice", &Query::new());
    assert!(
        matches!(alice, Err(StoreError::UnknownUser { .. })),
        "{alice:?}"
    );
    assert_eq!(records_of(folder.path(), "bob"), 1);
    assert_eq!(served.json("/health.json")["received"]["forgotten"], 1);
}

#[test]
fn other_process_writes_the_same_file() {
    let folder = tempfile::tempdir().unwrap();
    let served = receiver(folder.path());
    let mut writer = Writer::start(folder.path());
    for round in 0..20 {
        assert!(writer.write(20, 100).is_complete);
        let spans = (0..20).map(|at| span(round * 20 + at, "work", texts(&[("user.id", "zoe")])));
        assert_eq!(served.export(TRACES, &traces(spans.collect())).status, 200);
    }
    assert_eq!(records_of(folder.path(), "zoe"), 400);
    assert_eq!(records_of(folder.path(), "user-0"), 100);
    assert_eq!(writer.close(), "");
}

#[test]
fn confirmed_record_survives_the_kill_of_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let served = receiver(folder.path());
    for number in 0..5 {
        assert_eq!(served.export(TRACES, &of_user(number, "alice")).status, 200);
    }
    // Ends the process by SIGKILL.
    drop(served);
    assert_eq!(records_of(folder.path(), "alice"), 5);
    // A new server does not know what the last one has taken.
    let served = receiver(folder.path());
    assert_eq!(served.export(TRACES, &of_user(9, "alice")).status, 200);
    assert_eq!(records_of(folder.path(), "alice"), 6);
}

#[test]
fn record_is_confirmed_only_after_a_locked_file_is_free() {
    let folder = tempfile::tempdir().unwrap();
    let served = receiver(folder.path());
    let lock = rusqlite::Connection::open(folder.path().join("whose.db")).unwrap();
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();
    let request = of_user(1, "alice");
    let reply = served.export_once(TRACES, &request);
    assert_eq!(reply.status, 503, "{reply:?}");
    assert_ne!(reply.header("retry-after"), "");
    assert!(reply.message().contains("again"), "{}", reply.message());
    lock.execute_batch("ROLLBACK").unwrap();
    assert_eq!(served.export(TRACES, &request).status, 200);
    assert_eq!(records_of(folder.path(), "alice"), 1);
    let received = served.json("/health.json")["received"].clone();
    assert_eq!(received["taken"], 1, "{received}");
    assert_ne!(received["repeated"], 0, "{received}");
    assert_ne!(received["delayed_requests"], 0, "{received}");
}

/// A sender that got 503 sends the records again. The answer has to be that of their write, also when
/// nobody waited for its end.
#[test]
fn record_that_the_store_rejects_is_refused_also_when_it_is_sent_again() {
    let folder = tempfile::tempdir().unwrap();
    let served = receiver(folder.path());
    let good = of_user(1, "alice");
    assert_eq!(served.export(TRACES, &good).status, 200);
    let lock = rusqlite::Connection::open(folder.path().join("whose.db")).unwrap();
    lock.execute_batch(
        "CREATE TRIGGER refuse BEFORE INSERT ON records BEGIN SELECT RAISE(ABORT, 'no'); END;
        BEGIN IMMEDIATE",
    )
    .unwrap();
    let bad = of_user(2, "alice");
    assert_eq!(served.export_once(TRACES, &bad).status, 503);
    lock.execute_batch("ROLLBACK").unwrap();
    for _ in 0..3 {
        let reply = served.export(TRACES, &bad);
        assert_eq!(reply.status, 500, "{reply:?}");
    }
    // The records before are on disk, and the records after a repaired file are taken.
    assert_eq!(served.export(TRACES, &good).status, 200);
    lock.execute_batch("DROP TRIGGER refuse").unwrap();
    assert_eq!(served.export(TRACES, &of_user(3, "alice")).status, 200);
    assert_eq!(records_of(folder.path(), "alice"), 2);
    let received = served.json("/health.json")["received"].clone();
    assert_eq!(received["lost"], 1, "{received}");
}

#[test]
fn server_that_cannot_write_its_store_does_not_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("whose.db");
    std::fs::write(
        &path,
        "no database, and longer than the header of one: ".repeat(9),
    )
    .unwrap();
    let mut command = support::otlp::receiver_command(folder.path());
    let output = command.output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(error.contains("whose.db"), "{error}");
}

#[test]
fn time_that_the_sender_does_not_know_is_that_of_the_receiver() {
    let folder = tempfile::tempdir().unwrap();
    let served = receiver(folder.path());
    let mut unknown = span(1, "unknown", texts(&[("user.id", "alice")]));
    (unknown.start_time_unix_nano, unknown.end_time_unix_nano) = (0, 0);
    let mut ended = span(2, "ended", texts(&[("user.id", "alice")]));
    (ended.start_time_unix_nano, ended.end_time_unix_nano) = (0, TIME);
    assert_eq!(
        served.export(TRACES, &traces(vec![unknown, ended])).status,
        200
    );
    let store = Reader::open(folder.path().join("whose.db")).unwrap();
    let user = store.user("alice", &Query::new()).unwrap().unwrap();
    assert_eq!(user.first_seen.as_nanos(), TIME as i64);
    let day = Duration::from_secs(86_400).as_nanos() as i64;
    assert!(user.last_seen.as_nanos() > TIME as i64 + day, "{user:?}");
}
