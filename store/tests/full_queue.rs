//! A store that gets more records than it can write counts every lost record.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use support::{
    TIMEOUT, child, child_store_path, dispatch, folder, parse_confirmed, query_number, record_into,
    rows,
};
use tracing::info;
use whose::RecordSink;
use whose_store::{Queries, Query, Reader, Store, WhenFull};

#[test]
fn records_past_full_queue_are_dropped_and_counted() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let store = Store::builder(&path).max_queued_records(10).open().unwrap();
    let lock = Connection::open(&path).unwrap();
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();
    record_into(&store, || (0..1_000).for_each(|step| info!(step, "much")));
    lock.execute_batch("ROLLBACK").unwrap();
    let outcome = store.flush(TIMEOUT);
    let stats = store.stats();
    assert!(
        outcome.is_safe(),
        "every accepted record is safe: {stats:?}"
    );
    assert_eq!(outcome.not_taken(), stats.dropped);
    assert!(store.flush(TIMEOUT).is_complete(), "reported once");

    // Beside the full queue, the writer holds at most one batch, which is at most one queue.
    assert!(stats.dropped >= 980, "{stats:?}");
    assert_eq!(stats.written + stats.dropped, 1_000, "{stats:?}");
    assert_eq!(
        query_number(&path, "SELECT count(*) FROM records"),
        stats.written.cast_signed()
    );
    assert_eq!(stats.failed, 0);
    assert_eq!((store.dropped(), store.name()), (stats.dropped, "store"));
}

#[test]
fn blocking_store_loses_nothing() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let store = Store::builder(&path)
        .max_queued_records(3)
        .when_full(WhenFull::Block)
        .open()
        .unwrap();
    let dispatch = dispatch(&store);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                tracing::dispatcher::with_default(&dispatch, || {
                    (0..500).for_each(|step| info!(step, "much"));
                });
            });
        }
    });
    assert!(store.flush(TIMEOUT).is_complete());
    assert_eq!((store.stats().written, store.stats().dropped), (2_000, 0));
    assert_eq!(query_number(&path, "SELECT count(*) FROM records"), 2_000);
}

#[test]
fn file_locked_by_other_process_loses_nothing() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let store = Store::open(&path).unwrap();
    let lock = Connection::open(&path).unwrap();
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();
    record_into(&store, || (0..100).for_each(|step| info!(step, "held up")));
    // The first attempt of the writer waits for the lock for a while.
    let started = Instant::now();
    while store.stats().last_error.is_none() {
        assert!(started.elapsed() < TIMEOUT, "the file is locked");
        assert!(!store.flush(Duration::from_millis(100)).is_complete());
    }
    lock.execute_batch("ROLLBACK").unwrap();
    assert!(store.flush(TIMEOUT).is_complete(), "{:?}", store.stats());
    let stats = store.stats();
    assert_eq!((stats.written, stats.failed), (100, 0));
    assert!(stats.last_error.unwrap().contains("locked"));
    assert_eq!(query_number(&path, "SELECT count(*) FROM records"), 100);
}

#[test]
fn failed_batch_is_counted_and_later_users_are_right() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let store = Store::open(&path).unwrap();
    let refuse = "CREATE TRIGGER refuse BEFORE INSERT ON records WHEN EXISTS (SELECT 1 FROM texts WHERE id = NEW.text AND message = 'refused')
        BEGIN SELECT RAISE(ABORT, 'refused'); END";
    Connection::open(&path)
        .unwrap()
        .execute_batch(refuse)
        .unwrap();
    let say = |user: &str, message: &str| {
        let session = format!("session of {user}");
        record_into(&store, || {
            whose::user(user)
                .session(session)
                .in_scope(|| info!("{message}"))
        });
    };
    // The rollback removes the rows of Alice and her session. Bob's rows take their ids.
    say("alice", "refused");
    assert!(!store.flush(TIMEOUT).is_complete(), "the loss is reported");
    assert!(store.flush(TIMEOUT).is_complete(), "reported once");
    for user in ["bob", "alice"] {
        say(user, "taken");
        assert!(store.flush(TIMEOUT).is_complete());
    }
    let stats = store.stats();
    assert_eq!((stats.written, stats.failed), (2, 1));
    assert_eq!(store.dropped(), 1, "unwritten records count as dropped");
    assert!(stats.last_error.unwrap().contains("refused"));
    let reader = Reader::open(&path).unwrap();
    for user in ["alice", "bob"] {
        let trail = rows(reader.audit(user, &Query::all()));
        assert_eq!(trail.len(), 1, "{user}");
        assert_eq!(trail[0].session, Some(format!("session of {user}")));
    }
}

/// The shell limits the file size of the process that it becomes. A write past the limit fails as
/// on a full disk.
#[cfg(unix)]
#[test]
fn disk_full_until_shutdown_counts_failed_records() {
    const TEST: &str = "disk_full_until_shutdown_counts_failed_records";
    if let Some(path) = child_store_path() {
        fill_the_disk(&path);
        return;
    }
    let folder = folder();
    let path = folder.path().join("whose.db");
    let test = child(TEST, &path);
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", "trap '' XFSZ; ulimit -f 8000; exec \"$0\" \"$@\""]);
    shell.arg(test.get_program()).args(test.get_args());
    shell.envs(
        test.get_envs()
            .filter_map(|(key, value)| Some((key, value?))),
    );
    let output = shell
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(
        output.status.success() && out.contains("went on"),
        "{out}{err}"
    );
    assert_eq!(
        err.matches("cannot be written").count(),
        1,
        "warned once:\n{err}"
    );
    assert!(err.contains("the waiting records are lost"), "{err}");

    let trail = rows(Reader::open(&path).unwrap().audit("alice", &Query::all()));
    let confirmed: Vec<i64> = out.lines().filter_map(parse_confirmed).collect();
    assert!(!confirmed.is_empty(), "{out}");
    for round in confirmed {
        let in_file = trail
            .iter()
            .filter(|record| record.fields["round"] == round)
            .count();
        assert_eq!(in_file, 100, "round {round}");
    }
    query_number(&path, "SELECT 1");
}

#[cfg(unix)]
fn fill_the_disk(path: &std::path::Path) {
    const ROUNDS: u64 = 40;
    let store = Store::open(path).unwrap();
    let much = "x".repeat(4_000);
    let mut refused = 0;
    for round in 0..ROUNDS {
        record_into(&store, || {
            whose::user("alice").in_scope(|| {
                // A repeated text would be written once.
                (0..100).for_each(|step| {
                    info!(round, "does not fit for long: {round} {step} {much}");
                });
            });
        });
        match store.flush(TIMEOUT).is_complete() {
            true => println!("confirmed {round}"),
            false => refused += 1,
        }
    }
    let stats = store.stats();
    assert!(
        refused > 0 && stats.waiting > 0 && stats.last_error.is_some(),
        "{stats:?}"
    );
    assert_eq!(
        stats.written + stats.waiting,
        100 * ROUNDS,
        "nothing is lost while there is room: {stats:?}"
    );
    let outcome = store.shutdown(Duration::from_secs(4));
    assert!(!outcome.is_safe());
    let stats = store.stats();
    assert_eq!(
        stats.written + stats.dropped + stats.failed,
        100 * ROUNDS,
        "{stats:?}"
    );
    println!("went on");
}
