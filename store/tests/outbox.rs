//! The outbox: what was pushed waits until it is removed, and `forget` erases the rows of a user.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use support::folder;
use tracing::info;
use whose::{Record, Scope, User};
use whose_store::{
    Eraser, Outbox, OutboxEntry, OutboxItem, OutboxOwner, Queries, Reader, StoreError,
};

const NO_LIMIT: u64 = u64::MAX;

/// The records that `work` makes.
fn records(work: impl FnOnce()) -> Vec<Arc<Record>> {
    let recorder = whose::testing::Recorder::start();
    work();
    recorder.records().into_iter().map(Arc::new).collect()
}

fn push(outbox: &Outbox, channel: u8, records: &[Arc<Record>]) -> u64 {
    let rows: Vec<_> = records
        .iter()
        .map(|record| {
            (
                OutboxOwner::of(record),
                serde_json::to_vec(&**record).unwrap(),
            )
        })
        .collect();
    let items: Vec<_> = rows
        .iter()
        .map(|(owner, payload)| OutboxItem {
            owner,
            context: b"service",
            payload,
        })
        .collect();
    outbox.push(channel, &items).unwrap().stored
}

fn all(outbox: &Outbox, channel: u8) -> Vec<OutboxEntry> {
    outbox.oldest(channel, usize::MAX >> 1, usize::MAX).unwrap()
}

/// Whether one of the files contains the word.
fn is_in_files(path: &Path, word: &str) -> bool {
    ["", "-wal", "-shm", "-outbox"].iter().any(|end| {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        let bytes = fs::read(name).unwrap_or_default();
        bytes
            .windows(word.len())
            .any(|part| part == word.as_bytes())
    })
}

#[test]
fn pushed_records_wait_in_order_until_they_are_removed() {
    let folder = folder();
    let path = folder.path().join("spool.db");
    let made = records(|| (0..5).for_each(|step| info!(step, "hello")));
    let outbox = Outbox::open(&path, NO_LIMIT).unwrap();
    assert_eq!(push(&outbox, 0, &made), 5);
    assert_eq!(push(&outbox, 1, &made[..2]), 2);
    let first = outbox.oldest(0, 2, usize::MAX).unwrap();
    assert_eq!(first.len(), 2);
    assert!(String::from_utf8_lossy(&first[1].payload).contains(r#""step":1"#));
    assert_eq!(outbox.oldest(0, 9, 1).unwrap().len(), 1, "at least one");
    assert_eq!(outbox.remove(&[first[0].id]).unwrap(), 1);
    assert_eq!(outbox.remove(&[first[0].id]).unwrap(), 0);
    drop(outbox);

    let again = Outbox::open(&path, NO_LIMIT).unwrap();
    let left = all(&again, 0);
    assert_eq!(left[0], first[1]);
    assert_eq!((left.len(), again.count(1).unwrap()), (4, 2));
    let ids: Vec<_> = left.iter().map(|entry| entry.id).collect();
    again.remove(&ids).unwrap();
    push(&again, 0, &made[..1]);
    assert!(all(&again, 0)[0].id > ids[3], "no number is used twice");
}

#[test]
fn second_process_is_refused() {
    let folder = folder();
    let path = folder.path().join("spool.db");
    let first = Outbox::open(&path, NO_LIMIT).unwrap();
    let refused = Outbox::open(&path, NO_LIMIT).unwrap_err();
    assert!(matches!(refused, StoreError::Locked { .. }), "{refused}");
    drop(first);
    Outbox::open(&path, NO_LIMIT).unwrap();
}

#[test]
fn oldest_records_make_room_past_the_limit() {
    let folder = folder();
    let made = records(|| (0..10).for_each(|step| info!(step, "{}", "x".repeat(1_000))));
    let outbox = Outbox::open(folder.path().join("spool.db"), 5_000).unwrap();
    let mut dropped = 0;
    for record in &made {
        let (owner, payload) = (OutboxOwner::of(record), [7; 1_000]);
        let item = OutboxItem {
            owner: &owner,
            context: b"",
            payload: &payload,
        };
        dropped += outbox.push(0, &[item]).unwrap().dropped;
    }
    assert_eq!((dropped, outbox.count(0).unwrap()), (5, 5));
    let ids: Vec<_> = all(&outbox, 0).iter().map(|entry| entry.id).collect();
    assert_eq!(ids, [6, 7, 8, 9, 10]);
}

#[test]
fn forget_erases_every_byte_of_the_waiting_rows_of_the_user() {
    let folder = folder();
    let path = folder.path().join("spool.db");
    let outbox = Outbox::open(&path, NO_LIMIT).unwrap();
    let alice = User::new("alice-zq1").with_email("zq2@example.com");
    let made = records(|| {
        for round in 0..200 {
            whose::user(alice.clone()).in_scope(|| info!(round, "zq3 asks"));
            whose::user("bob").in_scope(|| info!(round, "bob asks"));
        }
    });
    let late = records(|| {
        // The first record has no user; the link tells whose it was.
        Scope::isolated().in_scope(|| {
            info!("zq4 before the login");
            whose::set_user(alice.clone());
            info!("zq5 after the login");
        });
        Scope::isolated().in_scope(|| info!("of nobody"));
    });
    push(&outbox, 1, &made);
    push(&outbox, 1, &late);
    let before = outbox.count(1).unwrap();
    let words = ["alice-zq1", "zq2@example.com", "zq3", "zq4", "zq5"];
    assert!(words.iter().all(|word| is_in_files(&path, word)));

    let eraser = Eraser::open(&path).unwrap();
    assert_eq!(eraser.preview("alice-zq1").unwrap().records, 0);
    let forgotten = eraser.forget("alice-zq1").unwrap();
    assert!(forgotten.is_complete(), "{forgotten:?}");
    let left = all(&outbox, 1);
    assert_eq!(forgotten.unsent, before - left.len() as u64);
    for word in words {
        assert!(!is_in_files(&path, word), "{word}");
    }
    let texts = left.iter().map(|row| String::from_utf8_lossy(&row.payload));
    let (bob, nobody): (Vec<_>, Vec<_>) = texts.partition(|text| text.contains("bob"));
    assert_eq!(bob.len(), 200);
    assert!(nobody.iter().any(|text| text.contains("of nobody")));

    // A record that was made before, and is pushed late, is not stored.
    assert_eq!(push(&outbox, 1, &made[..2]), 1);
    let later = records(|| whose::user("alice-zq1").in_scope(|| info!("is back")));
    assert_eq!(push(&outbox, 1, &later), 1);
    assert!(matches!(
        eraser.forget("carol"),
        Err(StoreError::UnknownUser { .. })
    ));
}

#[test]
fn file_of_a_store_keeps_its_queries_with_an_outbox() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let store = whose_store::Store::open(&path).unwrap();
    let outbox = Outbox::open(&path, NO_LIMIT).unwrap();
    push(&outbox, 0, &records(|| info!("hello")));
    support::record_into(&store, || whose::user("alice").in_scope(|| info!("hi")));
    assert!(whose::RecordSink::flush(&store, support::TIMEOUT).is_complete());
    let users = Reader::open(&path).unwrap();
    assert_eq!(users.users(&whose_store::Query::all()).unwrap().count(), 1);
    let forgotten = store.forget("alice").unwrap();
    assert_eq!((forgotten.records, forgotten.unsent), (1, 0));
    assert_eq!(outbox.count(0).unwrap(), 1);
}
