//! Retention erases records past an age or a file size, and keeps all other records.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use rusqlite::Connection;
use support::{
    TIMEOUT, assert_index_matches_texts, child, child_store_path, dispatch, folder, messages,
    query_number, record_into, rows, search_messages,
};
use tracing::{info, info_span};
use whose::{RecordSink, Scope};
use whose_store::{Eraser, Queries, Query, Reader, Retention, RetentionReport, Store, WhenFull};

fn keep(path: &Path, keep: Retention) -> RetentionReport {
    Eraser::open(path).unwrap().keep(&keep).unwrap()
}

/// Makes the records in the file older by that many days.
fn make_older(path: &Path, days: i64) {
    let file = Connection::open(path).unwrap();
    let sql = "UPDATE records SET start = start - ?1; ";
    let nanos = days * 86_400_000_000_000;
    file.execute(sql, [nanos]).unwrap();
    file.execute("UPDATE links SET time = time - ?1", [nanos])
        .unwrap();
}

#[test]
fn gap_records_before_cutoff_are_erased() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    drop(Store::open(&path).unwrap());
    let file = Connection::open(&path).unwrap();
    let add = "INSERT INTO losses (time_from, time_to, records, reason) VALUES (?1, ?1, 7, 'full')";
    let now = whose::Timestamp::from(std::time::SystemTime::now()).as_nanos();
    for days in [31, 29] {
        file.execute(add, [now - days * 86_400_000_000_000])
            .unwrap();
    }
    keep(&path, Retention::new().days(30));
    let losses = Reader::open(&path).unwrap().losses(&Query::all()).unwrap();
    assert_eq!(losses.len(), 1);
}

#[test]
fn old_records_are_erased_with_unreferenced_rows() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let store = Store::open(&path).unwrap();
    record_into(&store, || {
        whose::user("alice")
            .session("old")
            .tag("plan", "free")
            .in_scope(|| {
                info!("said by all");
                info!("said of old");
                whose::usage("gpt-4o")
                    .input_tokens(1)
                    .output_tokens(1)
                    .record();
                whose::capture_message("an old error");
                whose::score("helpful", true).record();
            });
        whose::user("bob")
            .session("lasting")
            .in_scope(|| info!("said by all"));
        Scope::isolated().in_scope(|| {
            info!("before a login");
            whose::set_user("alice");
        });
    });
    assert!(store.flush(TIMEOUT).is_complete());
    make_older(&path, 31);
    record_into(&store, || {
        whose::user("bob")
            .session("lasting")
            .in_scope(|| info!("said by all"));
    });
    assert!(store.flush(TIMEOUT).is_complete());

    assert_eq!(keep(&path, Retention::new().days(32)).records, 0);
    let kept = keep(&path, Retention::new().days(30));
    assert_eq!((kept.records, kept.left), (7, 1), "{kept:?}");
    assert_eq!(
        (kept.swept.users, kept.swept.sessions, kept.swept.scopes),
        (1, 1, 1)
    );
    let reader = Reader::open(&path).unwrap();
    assert_eq!(
        messages(&rows(reader.audit("bob", &Query::all()))),
        ["said by all"]
    );
    assert_eq!(search_messages(&reader, "said"), ["said by all"]);
    for table in ["links", "gaps", "usages", "scores", "failures", "models"] {
        assert_eq!(
            query_number(&path, &format!("SELECT count(*) FROM {table}")),
            0,
            "{table}"
        );
    }
    assert_index_matches_texts(&path);
}

#[test]
fn span_age_counts_from_its_end() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let store = Store::open(&path).unwrap();
    let dispatch = dispatch(&store);
    let open = record_into(&store, || {
        whose::user("alice").in_scope(|| {
            drop(info_span!("long ago"));
            drop(info_span!("began long ago"));
        });
        tracing::dispatcher::with_default(&dispatch, || {
            whose::user("alice")
                .session("s-1")
                .in_scope(|| info_span!("open"))
        })
    });
    assert!(store.flush(TIMEOUT).is_complete());
    make_older(&path, 31);
    let file = Connection::open(&path).unwrap();
    let long = "UPDATE records SET duration = 31 * 86400000000000
        WHERE text IN (SELECT id FROM texts WHERE name = 'began long ago')";
    file.execute(long, ()).unwrap();
    assert_eq!(keep(&path, Retention::new().days(30)).records, 1);
    tracing::dispatcher::with_default(&dispatch, || drop(open));
    assert!(store.flush(TIMEOUT).is_complete());
    let records = rows(Reader::open(&path).unwrap().audit("alice", &Query::all()));
    assert_eq!(messages(&records), ["began long ago", "open"]);
    assert_eq!(records[1].session.as_deref(), Some("s-1"));
}

const RECORDS: u64 = 10_000;

/// A store of [`RECORDS`] records, written in batches of at most that many.
///
/// Each batch adds a segment to the full-text index, so the size of the file depends on the batches.
/// Without a flush between them, they depend on the speed of the writer.
fn store_of_batches(path: &Path, batch: usize) {
    let store = Store::builder(path)
        .when_full(WhenFull::Block)
        .open()
        .unwrap();
    let rounds: Vec<u64> = (0..RECORDS).collect();
    for rounds in rounds.chunks(batch) {
        record_into(&store, || {
            for round in rounds {
                whose::user(round % 100).in_scope(|| info!("a text of round {round} alone"));
            }
        });
        assert!(store.flush(TIMEOUT).is_complete());
    }
}

#[test]
fn file_shrinks_to_limit_and_keeps_newest() {
    for batch in [RECORDS as usize, 500] {
        let folder = folder();
        let path = folder.path().join("whose.db");
        store_of_batches(&path, batch);
        assert_half_of_the_file_is_kept(&path);
    }
}

fn assert_half_of_the_file_is_kept(path: &Path) {
    let before = keep(path, Retention::new());
    assert_eq!((before.records, before.bytes), (0, before.bytes_before));

    let most = before.bytes / 2;
    let kept = keep(path, Retention::new().max_bytes(most));
    assert!(
        kept.bytes <= most && kept.bytes_before == before.bytes,
        "{kept:?}"
    );
    let on_disk = std::fs::metadata(path).unwrap().len();
    assert_eq!(on_disk, kept.bytes);
    assert_eq!(kept.records + kept.left, RECORDS);
    // No more than has to: what is kept fills the limit, and is about half of the records.
    assert!(
        kept.bytes >= most / 10 * 9 && kept.left > RECORDS / 5 * 2,
        "{most}: {kept:?}"
    );
    let oldest = RECORDS - kept.left;
    let reader = Reader::open(path).unwrap();
    let words = |round: u64| search_messages(&reader, &format!("\"round {round}\"")).len();
    assert_eq!(
        (words(oldest - 1), words(oldest), words(RECORDS - 1)),
        (0, 1, 1)
    );
    assert_index_matches_texts(path);

    // Less than an empty store: everything is erased, and the loop ends.
    let empty = keep(path, Retention::new().max_bytes(1));
    assert_eq!(empty.left, 0);
}

#[test]
fn limit_just_above_empty_store_keeps_some_records() {
    let folder = folder();
    let empty = folder.path().join("empty.db");
    drop(Store::open(&empty).unwrap());
    let least = keep(&empty, Retention::new().max_bytes(1)).bytes;
    let path = folder.path().join("whose.db");
    store_of_batches(&path, RECORDS as usize);
    let most = least + 100_000;
    let kept = keep(&path, Retention::new().max_bytes(most));
    assert!(kept.bytes <= most && kept.left > 0, "{most}: {kept:?}");
}

/// The records of a fast writer before and after the test makes the written ones old.
const OLD: u64 = 10_000;
const NEW: u64 = 20_000;

#[test]
fn concurrent_writer_loses_only_old_records() {
    const TEST: &str = "concurrent_writer_loses_only_old_records";
    if let Some(path) = child_store_path() {
        write_at_full_speed(&path);
        return;
    }
    let folder = folder();
    let path = folder.path().join("whose.db");
    let store = Store::builder(&path)
        .when_full(WhenFull::Block)
        .open()
        .unwrap();
    record_into(&store, || {
        (0..OLD).for_each(|round| record_event("old", round))
    });
    assert!(store.flush(TIMEOUT).is_complete());
    drop(store);
    make_older(&path, 31);

    let mut writer = child(TEST, &path).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(writer.stdout.take().unwrap()).lines();
    // The writer is still writing.
    assert!(lines.any(|line| line.unwrap().contains("writes")));
    let mut erased = 0;
    let mut rounds = 0;
    while erased < OLD || rounds < 3 {
        erased += keep(&path, Retention::new().days(30)).records;
        rounds += 1;
        assert!(rounds < 100, "{erased}");
    }
    let confirmed = lines.any(|line| line.unwrap().contains("confirmed"));
    assert!(writer.wait().unwrap().success() && confirmed);
    assert_eq!(erased, OLD);

    let reader = Reader::open(&path).unwrap();
    let mut rounds = Vec::new();
    for user in 0..50 {
        for record in rows(reader.audit(&format!("new-{user}"), &Query::all())) {
            let round = record.fields["round"].as_u64().unwrap();
            assert_eq!(round % 50, user, "the record of another user");
            assert_eq!(record.message, Some(message(round)));
            assert_eq!(record.session, Some(format!("new-{}", round % 500)));
            assert_eq!(record.tags["round"], (round % 20).to_string());
            rounds.push(round);
        }
    }
    rounds.sort_unstable();
    assert!(rounds.into_iter().eq(0..NEW), "each record once");
    assert!(reader.audit("old-0", &Query::all()).is_err());
    assert_index_matches_texts(&path);
}

fn message(round: u64) -> String {
    match round % 3 {
        0 => format!("text of round {round}"),
        _ => format!("said again {}", round % 7),
    }
}

fn record_event(user: &str, round: u64) {
    whose::user(format!("{user}-{}", round % 50))
        .session(format!("{user}-{}", round % 500))
        .tag("round", (round % 20).to_string())
        .in_scope(|| info!(round, "{}", message(round)));
}

fn write_at_full_speed(path: &Path) {
    let store = Store::builder(path)
        .when_full(WhenFull::Block)
        .open()
        .unwrap();
    record_into(&store, || {
        for round in 0..NEW {
            record_event("new", round);
            if round == NEW / 20 {
                println!("writes");
            }
        }
    });
    assert!(
        store.flush(TIMEOUT + Duration::from_secs(60)).is_complete(),
        "{:?}",
        store.stats()
    );
    assert_eq!(store.stats().written, NEW);
    println!("confirmed {NEW}");
}
