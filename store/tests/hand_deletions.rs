//! Rows that somebody deletes in a shell while a writer remembers their numbers.
#![allow(clippy::unwrap_used)] // Clippy takes the helpers of a test for other code.

mod support;

use std::path::Path;

use rusqlite::Connection;
use support::{LONG, call, folder, number, recording, rows};
use tracing::info;
use whose::RecordSink;
use whose_store::{GroupBy, Query, Reader, RecordRow, Store};

/// As the `sqlite3` shell does, which checks no reference.
fn shell(path: &Path, sql: &str) {
    let shell = Connection::open(path).unwrap();
    shell.pragma_update(None, "foreign_keys", false).unwrap();
    shell.execute_batch(sql).unwrap();
}

fn say(store: &Store, user: &str, message: &str) {
    recording(store, || {
        whose::user(user)
            .session(format!("session of {user}"))
            .tag("name", user)
            .in_scope(|| {
                info!("{message}");
                call("gpt-4o", 1, 1);
            });
    });
    assert!(store.flush(LONG).is_complete());
}

fn what(records: &[RecordRow]) -> Vec<(Option<&str>, Option<&str>, Option<&str>)> {
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
fn number_of_deleted_user_is_given_to_nobody() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let store = Store::open(&path).unwrap();
    say(&store, "alice", "before");
    shell(&path, "DELETE FROM users; DELETE FROM sessions");
    for (user, message) in [("bob", "his"), ("alice", "after")] {
        say(&store, user, message);
    }
    drop(store);
    // A writer that remembers nothing.
    say(&Store::open(&path).unwrap(), "carol", "hers");

    let reader = Reader::open(&path).unwrap();
    for (user, message) in [("bob", "his"), ("alice", "after"), ("carol", "hers")] {
        let session = format!("session of {user}");
        let records = rows(reader.audit(user, &Query::all()));
        assert_eq!(
            what(&records),
            [(Some(message), Some(user), Some(&*session))],
            "{user}"
        );
    }
    // What was Alice's is nobody else's, and has not vanished.
    let lost = rows(reader.audit("deleted user #1", &Query::all()));
    assert_eq!(
        what(&lost),
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
fn row_deleted_under_a_writer_is_added_anew() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let store = Store::open(&path).unwrap();
    for table in [
        "users", "sessions", "texts", "scopes", "sites", "traits", "models",
    ] {
        say(&store, "alice", "said again");
        shell(&path, &format!("DELETE FROM {table}"));
        say(&store, "alice", "said again");
        let reader = Reader::open(&path).unwrap();
        let records = rows(reader.audit("alice", &Query::all()));
        let [.., said, usage] = &records[..] else {
            panic!("{table}: {records:?}");
        };
        assert_eq!(said.message.as_deref(), Some("said again"), "{table}");
        assert_eq!(said.session.as_deref(), Some("session of alice"), "{table}");
        assert_eq!(said.tags["name"], "alice", "{table}");
        assert_eq!(said.user_source.as_deref(), Some("scope"), "{table}");
        assert_eq!(usage.model.as_deref(), Some("gpt-4o"), "{table}");
    }
}

#[test]
fn identity_renamed_in_a_shell_takes_no_record_along() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let store = Store::open(&path).unwrap();
    say(&store, "alice", "before");
    shell(&path, "UPDATE users SET identity = 'id:bob', uid = 'bob'");
    say(&store, "alice", "after");
    let reader = Reader::open(&path).unwrap();
    assert_eq!(what(&rows(reader.audit("alice", &Query::all()))).len(), 1);
    assert_eq!(what(&rows(reader.audit("bob", &Query::all()))).len(), 1);
}

#[test]
fn writers_beside_each_other_forget_nothing() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let stores = [Store::open(&path).unwrap(), Store::open(&path).unwrap()];
    for user in ["alice", "bob", "alice", "bob"] {
        stores.iter().for_each(|store| say(store, user, "hello"));
    }
    assert_eq!(number(&path, "SELECT count FROM generation"), 0);
    // Each writer adds a text that it does not remember.
    assert_eq!(
        number(&path, "SELECT count(*) FROM texts WHERE message = 'hello'"),
        2
    );
}

#[test]
fn record_deleted_in_a_shell_leaves_nothing_to_the_next_one() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let store = Store::open(&path).unwrap();
    say(&store, "alice", "before");
    shell(&path, "DELETE FROM records");
    say(&store, "bob", "after");
    let reader = Reader::open(&path).unwrap();
    assert_eq!(reader.totals(&Query::all()).unwrap().usage.calls, 1);
    assert_eq!(number(&path, "SELECT min(id) FROM records"), 3);
}
