//! How the details of a user changed, over processes, erasures and retention.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use std::path::Path;
use std::time::Duration;

use support::{TIMEOUT, folder, query_number, record_into, rows};
use tracing::info;
use whose::{RecordSink, User};
use whose_store::{Eraser, ProfileChange, Queries, Query, Reader, Retention, Store, Timestamp};

fn asks(store: &Store, user: User) {
    record_into(store, || whose::user(user).in_scope(|| info!("asks")));
    assert!(store.flush(TIMEOUT).is_complete());
}

fn changes(path: &Path, user: &str) -> Vec<ProfileChange> {
    let reader = Reader::open(path).unwrap();
    rows(reader.profile_changes(user, &Query::all()))
}

/// `detail: from -> to`, newest first.
fn texts(path: &Path, user: &str) -> Vec<String> {
    let text = |change: &ProfileChange| {
        let before = change.before.as_ref().map(ToString::to_string);
        let before = before.unwrap_or_default();
        format!("{}: {before} -> {}", change.name, change.after)
    };
    changes(path, user).iter().map(text).collect()
}

fn ann() -> User {
    User::new("ann")
}

#[test]
fn changed_details_are_listed_newest_first_with_what_they_were() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let stores = [Store::open(&path).unwrap(), Store::open(&path).unwrap()];
    asks(
        &stores[0],
        ann().with_attr("plan", "free").with_attr("seats", 3),
    );
    assert!(
        changes(&path, "ann").is_empty(),
        "the first values are no change"
    );
    // A record that lacks a detail, or has the same, changes nothing.
    asks(&stores[0], ann());
    asks(&stores[1], ann().with_attr("plan", "free"));
    asks(
        &stores[0],
        ann().with_attr("seats", 3).with_ip_address("10.0.0.1"),
    );
    asks(&stores[0], ann().with_ip_address("10.0.0.2"));
    // A replaced address leaves nothing behind.
    asks(&stores[1], ann().with_email("old@example.com"));
    asks(&stores[0], ann().with_email("new@example.com"));
    assert!(changes(&path, "ann").is_empty());

    asks(&stores[1], ann().with_username("ann"));
    asks(
        &stores[0],
        ann().with_attr("plan", "pro").with_attr("seats", 5),
    );
    asks(
        &stores[1],
        ann().with_username("ann lee").with_segment("beta"),
    );
    asks(&stores[0], User::new("bob").with_username("ann"));
    let expected = [
        r#"segment:  -> "beta""#,
        r#"username: "ann" -> "ann lee""#,
        "attrs.seats: 3 -> 5",
        r#"attrs.plan: "free" -> "pro""#,
        r#"username:  -> "ann""#,
    ];
    assert_eq!(texts(&path, "ann"), expected);
    assert!(changes(&path, "bob").is_empty());

    // The time is that of the record.
    let reader = Reader::open(&path).unwrap();
    let records = rows(reader.audit("ann", &Query::all()));
    let newest = &changes(&path, "ann")[0];
    assert_eq!(newest.time, records.last().unwrap().time);
    let before = Query::all().until(newest.time);
    assert_eq!(rows(reader.profile_changes("ann", &before)).len(), 3);
    let limited = reader
        .profile_changes("ann", &Query::new().limit(2))
        .unwrap();
    assert_eq!(limited.count(), 2);
}

#[test]
fn two_processes_with_different_details_fill_a_bounded_list() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let store = Store::open(&path).unwrap();
    record_into(&store, || {
        for number in 0..500 {
            let user = ann().with_attr("version", number % 2);
            whose::user(user).in_scope(|| info!("asks"));
        }
    });
    assert!(store.flush(TIMEOUT).is_complete());
    assert_eq!(changes(&path, "ann").len(), 100);
    assert_eq!(texts(&path, "ann")[0], "attrs.version: 0 -> 1");
}

#[test]
fn erasure_and_retention_delete_changes_and_a_hold_keeps_them() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let store = Store::open(&path).unwrap();
    for user in ["ann", "bob", "eve"] {
        for name in ["one", "two"] {
            asks(&store, User::new(user).with_username(name));
        }
    }
    let count = || query_number(&path, "SELECT count(*) FROM profile_changes");
    assert_eq!(count(), 3);
    assert!(store.forget("ann").unwrap().is_complete());
    assert_eq!(count(), 2);
    let eraser = Eraser::open(&path).unwrap();
    eraser.hold("bob", "a case").unwrap();
    // The changes are old, and the records of these users are not.
    let file = rusqlite::Connection::open(&path).unwrap();
    file.execute("UPDATE profile_changes SET time = 5", ())
        .unwrap();
    eraser.keep(&Retention::new().days(1)).unwrap();
    assert_eq!(texts(&path, "bob").len(), 1);
    assert!(changes(&path, "eve").is_empty());
    // A user whose records are all gone takes the changes along.
    asks(&store, User::new("eve").with_username("three"));
    assert_eq!(count(), 2);
    let tiny = Retention::new().max_age(Duration::from_nanos(1));
    eraser.keep(&tiny).unwrap();
    assert_eq!(count(), 1);
}

#[test]
fn damaged_rows_are_shown_as_they_are() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let store = Store::open(&path).unwrap();
    asks(&store, ann().with_username("one"));
    let file = rusqlite::Connection::open(&path).unwrap();
    let forged = "INSERT INTO profile_changes (user, time, name, old, new)
        SELECT id, -1, '', 'no { JSON', '' FROM users";
    file.execute(forged, ()).unwrap();
    let change = changes(&path, "ann").remove(0);
    assert_eq!(change.time, Timestamp::from_nanos(-1));
    assert_eq!(change.before, Some("no { JSON".into()));
    file.execute("UPDATE users SET username = NULL", ())
        .unwrap();
    asks(&store, ann().with_username("two"));
    assert_eq!(texts(&path, "ann")[0], r#"username:  -> "two""#);
}
