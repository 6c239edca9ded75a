//! Records that limits do not erase: those of users on hold, and classes that are kept longer.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;
use support::{TIMEOUT, folder, query_number, record_call, record_into, rows};
use tracing::info;
use whose::{RecordSink, Scope};
use whose_store::{Eraser, Queries, Query, Reader, Retention, RetentionClass, Store, StoreError};

const DAY: Duration = Duration::from_secs(86_400);

/// A store whose records are 60 days old: of alice, before and after her login, and of bob.
fn old_store(folder: &Path) {
    let path = folder.join("whose.db");
    let store = Store::open(&path).unwrap();
    record_into(&store, || {
        Scope::isolated().in_scope(|| {
            info!("before the login");
            whose::set_user("alice");
            info!("of alice");
        });
        whose::user("bob").in_scope(|| {
            info!("of bob");
            whose::capture_message("declined");
            record_call("gpt-4o", 10, 10);
            whose::score("helpful", true).record();
        });
    });
    assert!(store.shutdown(TIMEOUT).is_complete());
    let file = Connection::open(&path).unwrap();
    let age = i64::try_from((DAY * 60).as_nanos()).unwrap();
    file.execute("UPDATE records SET start = start - ?1", [age])
        .unwrap();
    file.execute("UPDATE links SET time = time - ?1", [age])
        .unwrap();
}

fn records(path: &Path) -> i64 {
    query_number(path, "SELECT count(*) FROM records")
}

#[test]
fn user_on_hold_keeps_every_record_until_the_release() {
    let folder = folder();
    old_store(folder.path());
    let path = folder.path().join("whose.db");
    let eraser = Eraser::open(&path).unwrap();
    eraser.hold("alice", "case 17").unwrap();

    let report = eraser.keep(&Retention::new().days(30)).unwrap();
    assert_eq!((report.records, report.left), (4, 2));
    let trail = rows(Reader::open(&path).unwrap().audit("alice", &Query::all()));
    let messages: Vec<_> = trail.iter().map(|row| row.message.as_deref()).collect();
    assert_eq!(messages, [Some("before the login"), Some("of alice")]);

    assert!(eraser.release("alice").unwrap());
    assert!(!eraser.release("alice").unwrap());
    assert_eq!(eraser.keep(&Retention::new().days(30)).unwrap().left, 0);
}

#[test]
fn user_on_hold_survives_a_limit_of_size() {
    let folder = folder();
    old_store(folder.path());
    let path = folder.path().join("whose.db");
    let eraser = Eraser::open(&path).unwrap();
    eraser.hold("alice", "case 17").unwrap();
    let report = eraser.keep(&Retention::new().max_bytes(1)).unwrap();
    assert_eq!((report.records, report.left), (4, 2));
}

#[test]
fn user_on_hold_is_not_forgotten() {
    let folder = folder();
    old_store(folder.path());
    let path = folder.path().join("whose.db");
    let eraser = Eraser::open(&path).unwrap();
    eraser.hold("bob", "case 17").unwrap();
    eraser.hold("bob", "case 18").unwrap();
    let refused = eraser.forget("bob").unwrap_err();
    assert!(matches!(&refused, StoreError::OnHold { reason, .. } if reason == "case 18"));
    assert_eq!(records(&path), 6);

    let holds = eraser.holds().unwrap();
    assert_eq!(holds.len(), 1);
    assert_eq!(
        (holds[0].user.as_str(), holds[0].reason.as_str()),
        ("bob", "case 18")
    );
    assert!(eraser.release("bob").unwrap());
    assert_eq!(eraser.forget("bob").unwrap().records, 4);
}

#[test]
fn unknown_user_is_not_put_on_hold() {
    let folder = folder();
    old_store(folder.path());
    let eraser = Eraser::open(folder.path().join("whose.db")).unwrap();
    let refused = eraser.hold("nowhere", "").unwrap_err();
    assert!(matches!(refused, StoreError::UnknownUser { .. }));
    assert!(eraser.holds().unwrap().is_empty());
}

#[test]
fn class_is_kept_for_its_own_age() {
    for (class, count) in [
        (RetentionClass::Errors, "failures"),
        (RetentionClass::ModelCalls, "usages"),
        (RetentionClass::Scores, "scores"),
    ] {
        let folder = folder();
        old_store(folder.path());
        let path = folder.path().join("whose.db");
        let eraser = Eraser::open(&path).unwrap();
        let shorter = Retention::new().days(30).at_least(class, DAY * 59);
        let longer = Retention::new().days(30).at_least(class, DAY * 61);
        eraser.keep(&longer).unwrap();
        assert_eq!(records(&path), 1, "{class:?}");
        let left = format!("SELECT count(*) FROM {count}");
        assert_eq!(query_number(&path, &left), 1, "{class:?}");
        eraser.keep(&shorter).unwrap();
        assert_eq!(records(&path), 0, "{class:?}");
    }
}
