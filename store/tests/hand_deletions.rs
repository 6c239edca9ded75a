//! A writer detects that a shell has deleted rows whose ids it caches.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use std::path::Path;

use rusqlite::Connection;
use support::{TIMEOUT, folder, query_number, record_call, record_into, rows};
use tracing::info;
use whose::RecordSink;
use whose_store::{GroupBy, Queries, Query, Reader, RecordRow, Store};

/// Executes SQL as the `sqlite3` shell does, without foreign keys.
fn execute(path: &Path, sql: &str) {
    let execute = Connection::open(path).unwrap();
    execute.pragma_update(None, "foreign_keys", false).unwrap();
    execute.execute_batch(sql).unwrap();
}

fn record_event(store: &Store, user: &str, message: &str) {
    record_into(store, || {
        whose::user(user)
            .session(format!("session of {user}"))
            .tag("name", user)
            .in_scope(|| {
                info!("{message}");
                record_call("gpt-4o", 1, 1);
            });
    });
    assert!(store.flush(TIMEOUT).is_complete());
}

fn summaries(records: &[RecordRow]) -> Vec<(Option<&str>, Option<&str>, Option<&str>)> {
    let messages = records.iter().filter(|record| record.message.is_some());
    messages
        .map(|record| {
            (
                record.message.as_deref(),
                record.user.as_deref(),
                record.session.as_deref(),
            )
        })
        .collect()
}

#[test]
fn row_id_of_deleted_user_is_not_reused() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let store = Store::open(&path).unwrap();
    record_event(&store, "alice", "before");
    execute(&path, "DELETE FROM users; DELETE FROM sessions");
    for (user, message) in [("bob", "his"), ("alice", "after")] {
        record_event(&store, user, message);
    }
    drop(store);
    // A writer with an empty cache.
    record_event(&Store::open(&path).unwrap(), "carol", "hers");

    let reader = Reader::open(&path).unwrap();
    for (user, message) in [("bob", "his"), ("alice", "after"), ("carol", "hers")] {
        let session = format!("session of {user}");
        let records = rows(reader.audit(user, &Query::all()));
        assert_eq!(
            summaries(&records),
            [(Some(message), Some(user), Some(&*session))],
            "{user}"
        );
    }
    // Alice's records have not vanished, and belong to no other user.
    let lost = rows(reader.audit("deleted user #1", &Query::all()));
    assert_eq!(
        summaries(&lost),
        [(
            Some("before"),
            Some("deleted user #1"),
            Some("deleted session #1")
        )]
    );
    let ids = |ids: Vec<Option<String>>| {
        let mut ids: Vec<_> = ids.into_iter().map(|id| id.unwrap_or_default()).collect();
        ids.sort();
        ids
    };
    let everybody = ["alice", "bob", "carol", "deleted user #1"];
    let users = rows(reader.users(&Query::all()));
    assert_eq!(
        ids(users.into_iter().map(|user| user.id).collect()),
        everybody
    );
    let costs = reader.cost(&GroupBy::User, &Query::all()).unwrap().rows;
    assert_eq!(ids(costs.map(|row| row.unwrap().key).collect()), everybody);
    let sessions = rows(reader.sessions(Some("deleted user #1"), &Query::all()));
    assert_eq!(sessions[0].users, ["deleted user #1"]);
    assert!(
        reader.audit("deleted user #2", &Query::all()).is_err(),
        "Bob has that number"
    );
}

#[test]
fn row_deleted_under_writer_is_inserted_again() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let store = Store::open(&path).unwrap();
    for table in [
        "users", "sessions", "texts", "scopes", "sites", "traits", "models",
    ] {
        record_event(&store, "alice", "said again");
        execute(&path, &format!("DELETE FROM {table}"));
        record_event(&store, "alice", "said again");
        let reader = Reader::open(&path).unwrap();
        let records = rows(reader.audit("alice", &Query::all()));
        let [.., messages, usage] = &records[..] else {
            panic!("{table}: {records:?}");
        };
        assert_eq!(messages.message.as_deref(), Some("said again"), "{table}");
        assert_eq!(
            messages.session.as_deref(),
            Some("session of alice"),
            "{table}"
        );
        assert_eq!(messages.tags["name"], "alice", "{table}");
        assert_eq!(messages.user_source.as_deref(), Some("scope"), "{table}");
        assert_eq!(usage.model.as_deref(), Some("gpt-4o"), "{table}");
    }
}

#[test]
fn identity_renamed_by_hand_takes_no_new_record() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let store = Store::open(&path).unwrap();
    record_event(&store, "alice", "before");
    execute(&path, "UPDATE users SET identity = 'id:bob', uid = 'bob'");
    record_event(&store, "alice", "after");
    let reader = Reader::open(&path).unwrap();
    assert_eq!(
        summaries(&rows(reader.audit("alice", &Query::all()))).len(),
        1
    );
    assert_eq!(
        summaries(&rows(reader.audit("bob", &Query::all()))).len(),
        1
    );
}

#[test]
fn concurrent_writers_keep_their_caches() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let stores = [Store::open(&path).unwrap(), Store::open(&path).unwrap()];
    for user in ["alice", "bob", "alice", "bob"] {
        stores
            .iter()
            .for_each(|store| record_event(store, user, "hello"));
    }
    assert_eq!(query_number(&path, "SELECT count FROM generation"), 0);
    // Each writer adds a text that it has not cached.
    assert_eq!(
        query_number(&path, "SELECT count(*) FROM texts WHERE message = 'hello'"),
        2
    );
}

#[test]
fn record_deleted_by_hand_leaves_no_related_row() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let store = Store::open(&path).unwrap();
    record_event(&store, "alice", "before");
    execute(&path, "DELETE FROM records");
    record_event(&store, "bob", "after");
    let reader = Reader::open(&path).unwrap();
    assert_eq!(reader.totals(&Query::all()).unwrap().usage.calls, 1);
    assert_eq!(query_number(&path, "SELECT min(id) FROM records"), 3);
}
