//! Flushed records are in the file, even if the process is killed.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use std::io::{BufRead, BufReader, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use support::{
    TIMEOUT, child, child_store_path, dispatch, folder, parse_confirmed, query_number, record_into,
    rows,
};
use whose::RecordSink;
use whose_store::{Queries, Query, Reader, Store, WhenFull};

#[test]
fn flushed_records_are_in_file_with_their_user() {
    const THREADS: usize = 4;
    const ROUNDS: usize = 2_000;
    let folder = folder();
    let path = folder.path().join("whose.db");
    let store = Store::builder(&path)
        .when_full(WhenFull::Block)
        .open()
        .unwrap();
    let dispatch = dispatch(&store);
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let dispatch = &dispatch;
            scope.spawn(move || {
                tracing::dispatcher::with_default(dispatch, || {
                    for round in 0..ROUNDS {
                        let user = format!("user-{}", round % 50);
                        whose::user(&user)
                            .session(format!("s-{thread}"))
                            .in_scope(|| {
                                let _span = tracing::info_span!("work", owner = user).entered();
                                tracing::info!(owner = user, "step");
                            });
                    }
                });
            });
        }
    });
    assert!(store.flush(TIMEOUT).is_complete());

    let made = (THREADS * ROUNDS) as u64;
    // The store is still open: the records must be in the file now.
    let totals = Reader::open(&path).unwrap().totals(&Query::all()).unwrap();
    assert_eq!((totals.counts.spans, totals.counts.events), (made, made));
    assert_eq!(
        (totals.users, totals.sessions, totals.without_user),
        (50, THREADS as u64, 0)
    );
    let wrong = "SELECT count(*) FROM trail WHERE user IS NOT fields ->> 'owner'";
    assert_eq!(query_number(&path, wrong), 0);
    let stats = store.stats();
    assert_eq!(
        (stats.written, stats.dropped, stats.failed),
        (2 * made, 0, 0)
    );
}

#[test]
fn last_handle_drop_writes_queue_and_leaves_one_file() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let store = Store::open(&path).unwrap();
    record_into(&store, || {
        (0..3_000).for_each(|step| tracing::info!(step, "queued"))
    });
    drop(store);

    assert!(
        !folder.path().join("whose.db-wal").exists(),
        "the log is part of the file now"
    );
    assert_eq!(query_number(&path, "SELECT count(*) FROM records"), 3_000);
}

#[test]
fn store_continues_file_of_earlier_process() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    for run in 0..3 {
        let store = Store::open(&path).unwrap();
        record_into(&store, || {
            whose::user("alice")
                .session(format!("run-{run}"))
                .in_scope(|| tracing::info!("hello"));
        });
    }
    let users = rows(Reader::open(&path).unwrap().users(&Query::all()));
    assert_eq!(
        (users.len(), users[0].sessions, users[0].counts.events),
        (1, 3, 3)
    );
}

#[test]
fn two_stores_on_one_file_share_users() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let (one, two) = (Store::open(&path).unwrap(), Store::open(&path).unwrap());
    for step in 0..20 {
        for store in [&one, &two] {
            let user = format!("user-{}", step % 5);
            record_into(store, || {
                whose::user(user).in_scope(|| tracing::info!("both"))
            });
            assert!(store.flush(TIMEOUT).is_complete());
        }
    }
    let users = rows(Reader::open(&path).unwrap().users(&Query::all()));
    assert_eq!(users.len(), 5);
    assert!(
        users.iter().all(|user| user.counts.events == 8),
        "{users:?}"
    );
}

#[test]
fn idle_flush_succeeds_and_zero_timeout_fails() {
    let folder = folder();
    let store = Store::open(folder.path().join("whose.db")).unwrap();
    assert!(
        store.flush(Duration::ZERO).is_complete(),
        "no record was accepted"
    );
    record_into(&store, || tracing::info!("one"));
    assert!(
        !store.flush(Duration::ZERO).is_complete(),
        "nothing can be on disk yet"
    );
    assert!(store.flush(TIMEOUT).is_complete());
    assert!(
        store.flush(Duration::ZERO).is_complete(),
        "every record is on disk"
    );
}

/// The records of one round, before a flush.
const ROUND: usize = 40;
/// How often the process is killed.
const KILLS: usize = 30;
/// The confirmed rounds before each kill.
const ROUNDS: usize = 3;

#[test]
fn flushed_records_survive_sigkill() {
    const TEST: &str = "flushed_records_survive_sigkill";
    if let Some(path) = child_store_path() {
        write_until_killed(&path);
    }
    let folder = folder();
    let path = folder.path().join("whose.db");
    let mut confirmed = Vec::new();
    for kill in 1..=KILLS {
        let mut process = child(TEST, &path).spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut rounds = lines
            .map_while(Result::ok)
            .filter_map(|line| parse_confirmed(&line));
        let before = confirmed.len();
        confirmed.extend(rounds.by_ref().take(ROUNDS));
        assert_eq!(
            confirmed.len() - before,
            ROUNDS,
            "only the kill ends the child"
        );
        // `Child::kill` is SIGKILL: no destructor runs, no buffer is flushed.
        process.kill().unwrap();
        confirmed.extend(rounds);
        assert!(!process.wait().unwrap().success());

        let trail = rows(Reader::open(&path).unwrap().audit("alice", &Query::all()));
        for round in &confirmed {
            let in_file = trail
                .iter()
                .filter(|record| record.fields["round"] == *round)
                .count();
            assert_eq!(in_file, ROUND, "round {round} after kill {kill}");
        }
        query_number(&path, "SELECT 1");
    }
}

fn write_until_killed(path: &std::path::Path) -> ! {
    static WRITING: AtomicBool = AtomicBool::new(true);
    let first = match Reader::open(path) {
        Ok(_) => number_of_rounds(path),
        Err(_) => 0,
    };
    // Blocking, since a flush does not cover records that a full queue drops.
    let store = Store::builder(path)
        .max_queued_records(5_000)
        .when_full(WhenFull::Block)
        .open()
        .unwrap();
    let dispatch = dispatch(&store);
    let noise = dispatch.clone();
    // Unconfirmed records keep the writer busy, so that the kill interrupts a write.
    thread::spawn(move || {
        tracing::dispatcher::with_default(&noise, || {
            while WRITING.load(Ordering::Relaxed) {
                whose::user("bob").in_scope(|| tracing::info!("noise"));
            }
        });
    });
    for round in first.. {
        tracing::dispatcher::with_default(&dispatch, || {
            whose::user("alice").in_scope(|| {
                (0..ROUND).for_each(|step| tracing::info!(round, step, "step"));
            });
        });
        assert!(store.flush(TIMEOUT).is_complete(), "{:?}", store.stats());
        let mut out = std::io::stdout().lock();
        writeln!(out, "confirmed {round}")
            .and_then(|()| out.flush())
            .unwrap();
    }
    unreachable!("rounds do not end");
}

fn number_of_rounds(path: &std::path::Path) -> i64 {
    query_number(
        path,
        "SELECT coalesce(max(fields ->> 'round') + 1, 0) FROM trail",
    )
}
