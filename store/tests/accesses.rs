//! The access log holds each view once, finds every change, and outlives the forgotten user.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;
use support::{child, child_store_path, folder, record_into, rows};
use tempfile::TempDir;
use whose::{RecordSink, User};
use whose_store::{
    Access, AccessChain, AccessFault, AccessFilter, AccessLog, AccessWay, Queries, Query, Reader,
    Store, StoreError,
};

const ALICE: &str = "alice-quux";
const EMAIL: &str = "quux@example.com";

/// A store with records of two users.
fn store() -> (TempDir, PathBuf, Store) {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let store = Store::open(&path).unwrap();
    record_into(&store, || {
        let alice = User::new(ALICE).with_email(EMAIL);
        whose::user(alice).in_scope(|| tracing::info!("asks"));
        whose::user("bob").in_scope(|| tracing::info!("answers"));
    });
    assert!(store.flush(Duration::from_secs(60)).is_complete());
    (folder, path, store)
}

fn view_of(user: &str) -> Access {
    Access::new("support-2", AccessWay::Page, "/person", user)
}

fn append(path: &Path, accesses: &[Access]) {
    let log = AccessLog::open(path).unwrap();
    log.append(accesses).unwrap();
}

fn chain(path: &Path) -> AccessChain {
    Reader::open(path).unwrap().access_chain().unwrap()
}

/// Changes the raw file, without the triggers.
fn tamper(path: &Path, sql: &str) {
    let file = Connection::open(path).unwrap();
    let mut triggers = file
        .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name LIKE 'access%'")
        .unwrap();
    let triggers = triggers.query_map((), |row| Ok((row.get(0)?, row.get(1)?)));
    let triggers: Vec<(String, String)> = triggers.unwrap().map(Result::unwrap).collect();
    assert_eq!(triggers.len(), 4);
    file.pragma_update(None, "foreign_keys", false).unwrap();
    for (name, _) in &triggers {
        file.execute_batch(&format!("DROP TRIGGER {name}")).unwrap();
    }
    file.execute_batch(sql).unwrap();
    for (_, sql) in &triggers {
        file.execute_batch(sql).unwrap();
    }
}

#[test]
fn appended_views_are_listed_newest_first_by_user_and_page() {
    let (_folder, path, _store) = store();
    append(
        &path,
        &[
            view_of(ALICE).reason("ticket 4711"),
            Access::new("ops", AccessWay::Command, "audit", "bob"),
            view_of(ALICE),
        ],
    );
    let reader = Reader::open(&path).unwrap();
    let list = |filter: AccessFilter, query: Query| rows(reader.accesses(&filter, &query));
    let all = list(AccessFilter::new(), Query::new());
    let ids: Vec<_> = all.iter().map(|row| row.id).collect();
    assert_eq!(ids, [3, 2, 1]);
    let (first, second) = (&all[2], &all[1]);
    assert_eq!(first.user.as_deref(), Some(ALICE));
    assert_eq!(first.reason.as_deref(), Some("ticket 4711"));
    assert_eq!(
        (&*first.viewer, &*first.way, &*first.view),
        ("support-2", "page", "/person")
    );
    assert_eq!(
        (&*second.viewer, &*second.way, &*second.view),
        ("ops", "command", "audit")
    );

    let of_alice = list(AccessFilter::new().user(ALICE), Query::new());
    assert_eq!(
        of_alice.iter().map(|row| row.id).collect::<Vec<_>>(),
        [3, 1]
    );
    let before = list(AccessFilter::new().before(3), Query::new().limit(1));
    assert_eq!(before, std::slice::from_ref(second));
    let since = list(AccessFilter::new(), Query::new().since(all[0].time));
    assert_eq!(since, [all[0].clone()]);
    let mut paged = reader
        .accesses(&AccessFilter::new(), &Query::new().limit(1))
        .unwrap();
    paged.next().unwrap().unwrap();
    assert_eq!(paged.remaining().unwrap().count, 2);

    let chain = chain(&path);
    assert_eq!((chain.rows, chain.fault), (3, None));
    assert_eq!(chain.last_hash, Some(all[0].hash.clone()));
}

#[test]
fn unknown_user_is_neither_appended_nor_listed() {
    let (_folder, path, _store) = store();
    let error = AccessLog::open(&path)
        .unwrap()
        .append(&[view_of("bob"), view_of("carol")])
        .unwrap_err();
    assert!(matches!(error, StoreError::UnknownUser { .. }), "{error:?}");
    assert_eq!(chain(&path).rows, 0);
    let reader = Reader::open(&path).unwrap();
    let error = reader
        .accesses(&AccessFilter::new().user("carol"), &Query::new())
        .unwrap_err();
    assert!(matches!(error, StoreError::UnknownUser { .. }), "{error:?}");
    assert!(rows(reader.accesses(&AccessFilter::new().user("bob"), &Query::new())).is_empty());
    let missing = path.with_file_name("missing.db");
    assert!(matches!(
        AccessLog::open(&missing),
        Err(StoreError::NotFound { .. })
    ));
    assert!(!missing.exists());
}

#[test]
fn sql_cannot_change_delete_or_replace_a_row() {
    let (_folder, path, _store) = store();
    append(
        &path,
        &[view_of(ALICE).reason("ticket 4711"), view_of("bob")],
    );
    let file = Connection::open(&path).unwrap();
    for sql in [
        "UPDATE accesses SET viewer = 'nobody'",
        "UPDATE accesses SET time = time",
        "DELETE FROM accesses WHERE id = 2",
        "DELETE FROM accesses",
        "INSERT OR REPLACE INTO accesses SELECT id, 0, viewer, way, view, user, subject, reason, hash
         FROM accesses WHERE id = 1",
        "UPDATE access_reasons SET text = 'another'",
    ] {
        let error = file.execute_batch(sql).unwrap_err().to_string();
        assert!(error.contains("append-only"), "{sql}: {error}");
    }
    let chain = chain(&path);
    assert_eq!((chain.rows, chain.fault), (2, None));
}

#[test]
fn changed_removed_or_moved_row_is_found() {
    let changed = |row| Some(AccessFault::Changed { row });
    let missing = |row| Some(AccessFault::Missing { row });
    for (sql, expected) in [
        (
            "UPDATE accesses SET viewer = 'nobody' WHERE id = 3",
            changed(3),
        ),
        (
            "UPDATE accesses SET time = time + 1 WHERE id = 1",
            changed(1),
        ),
        ("UPDATE accesses SET user = 2 WHERE id = 2", changed(2)),
        (
            "UPDATE accesses SET subject = zeroblob(32) WHERE id = 2",
            changed(2),
        ),
        ("UPDATE accesses SET reason = NULL WHERE id = 2", changed(2)),
        ("DELETE FROM accesses WHERE id = 1", missing(1)),
        ("DELETE FROM accesses WHERE id = 2", missing(2)),
        ("DELETE FROM accesses WHERE id = 4", missing(4)),
        ("DELETE FROM accesses", missing(1)),
        (
            "UPDATE accesses SET id = -1 WHERE id = 2; UPDATE accesses SET id = 2 WHERE id = 3;
             UPDATE accesses SET id = 3 WHERE id = -1",
            changed(2),
        ),
        (
            "DELETE FROM accesses WHERE id = 2; UPDATE accesses SET id = id - 1 WHERE id > 2",
            changed(2),
        ),
        (
            "UPDATE access_reasons SET text = 'another'",
            Some(AccessFault::ReasonChanged { row: 2 }),
        ),
        (
            "INSERT INTO access_reasons VALUES (3, x'00', 'made up')",
            Some(AccessFault::ReasonChanged { row: 3 }),
        ),
    ] {
        let (_folder, path, _store) = store();
        let second = view_of(ALICE).reason("ticket 4711");
        append(
            &path,
            &[view_of("bob"), second, view_of(ALICE), view_of("bob")],
        );
        assert_eq!(chain(&path).fault, None);
        tamper(&path, sql);
        assert_eq!(chain(&path).fault, expected, "{sql}");
    }
}

#[test]
fn row_after_a_removed_one_does_not_hide_it() {
    let (_folder, path, _store) = store();
    append(&path, &[view_of(ALICE), view_of("bob")]);
    tamper(&path, "DELETE FROM accesses WHERE id = 2");
    append(&path, &[view_of(ALICE)]);
    assert_eq!(chain(&path).fault, Some(AccessFault::Missing { row: 2 }));
}

#[test]
fn removed_trigger_is_found() {
    let (_folder, path, _store) = store();
    append(&path, &[view_of(ALICE)]);
    let file = Connection::open(&path).unwrap();
    file.execute_batch("DROP TRIGGER accesses_undeleted")
        .unwrap();
    assert_eq!(chain(&path).fault, Some(AccessFault::Unprotected));
}

/// Whether one of the files of the store has the word.
fn is_in_files(path: &Path, word: &str) -> bool {
    ["", "-wal", "-shm"].iter().any(|end| {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        let bytes = fs::read(name).unwrap_or_default();
        bytes
            .windows(word.len())
            .any(|part| part == word.as_bytes())
    })
}

#[test]
fn forgotten_user_leaves_no_byte_and_the_log_still_verifies() {
    let (_folder, path, store) = store();
    append(
        &path,
        &[
            view_of(ALICE).reason(format!("{ALICE} asks for a refund")),
            view_of(ALICE).reason("birthday of Quentin"),
            view_of("bob").reason(format!("wrote to {EMAIL}")),
            view_of("bob").reason("ticket 9"),
        ],
    );
    assert!(is_in_files(&path, ALICE) && is_in_files(&path, EMAIL));
    let report = store.forget(ALICE).unwrap();
    assert!(
        report.is_complete() && report.mentions.is_empty(),
        "{report:?}"
    );
    assert_eq!(report.reasons, 3);
    for word in [ALICE, EMAIL, "Quentin", "quux"] {
        assert!(!is_in_files(&path, word), "{word}");
    }

    let state = chain(&path);
    assert_eq!(
        (state.rows, state.erased_reasons, state.fault),
        (4, 3, None)
    );
    let reader = Reader::open(&path).unwrap();
    let all = rows(reader.accesses(&AccessFilter::new(), &Query::new()));
    let users: Vec<_> = all.iter().rev().map(|row| row.user.as_deref()).collect();
    assert_eq!(users, [None, None, Some("bob"), Some("bob")]);
    assert_eq!(all[0].reason.as_deref(), Some("ticket 9"));
    // Who has the id still finds the rows.
    let of_alice = rows(reader.accesses(&AccessFilter::new().user(ALICE), &Query::new()));
    assert_eq!(of_alice.len(), 2);

    // A later user of the same id has the same subject, and the log goes on.
    record_into(&store, || {
        whose::user(ALICE).in_scope(|| tracing::info!("is back"))
    });
    assert!(store.flush(Duration::from_secs(60)).is_complete());
    append(&path, &[view_of(ALICE)]);
    let of_alice = rows(reader.accesses(&AccessFilter::new().user(ALICE), &Query::new()));
    let users: Vec<_> = of_alice.iter().map(|row| row.user.as_deref()).collect();
    assert_eq!(users, [Some(ALICE), None, None]);
    assert_eq!(chain(&path).fault, None);
}

#[test]
fn forgotten_user_who_looked_at_others_is_reported_as_a_mention() {
    let (_folder, path, store) = store();
    append(
        &path,
        &[Access::new("bob", AccessWay::Command, "audit", ALICE)],
    );
    let report = store.forget("bob").unwrap();
    assert_eq!(report.mentions.viewed, 1);
    assert!(!report.mentions.is_empty());
}

#[test]
fn retention_keeps_the_log() {
    let (_folder, path, store) = store();
    append(&path, &[view_of(ALICE)]);
    store
        .keep(&whose_store::Retention::new().max_bytes(1))
        .unwrap();
    let chain = chain(&path);
    assert_eq!((chain.rows, chain.fault), (1, None));
}

const PROCESSES: usize = 3;
const THREADS: usize = 2;
const VIEWS: usize = 25;

/// Appends from several threads, each with its own connection, while a store writes.
fn append_from_threads(path: &Path) {
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for _ in 0..VIEWS {
                    append(path, &[view_of(ALICE).reason("load"), view_of("bob")]);
                }
            });
        }
    });
}

#[test]
fn processes_and_threads_append_to_one_chain() {
    const TEST: &str = "processes_and_threads_append_to_one_chain";
    if let Some(path) = child_store_path() {
        append_from_threads(&path);
        return;
    }
    let (_folder, path, store) = store();
    let children: Vec<_> = (0..PROCESSES)
        .map(|_| child(TEST, &path).spawn().unwrap())
        .collect();
    record_into(&store, || {
        (0..2_000).for_each(|n| whose::user("bob").in_scope(|| tracing::info!(n, "works")));
    });
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }
    assert!(store.flush(Duration::from_secs(60)).is_complete());
    let chain = chain(&path);
    assert_eq!(chain.fault, None);
    assert_eq!(chain.rows, (PROCESSES * THREADS * VIEWS * 2) as u64);
}
