//! Lists and groups follow the time of the records, and not their numbers, which differ where several
//! processes write.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use std::path::Path;

use rusqlite::Connection;
use support::{folder, recorded, rows};
use tracing::info;
use whose_store::{Queries, Query, Timestamp};

/// Turns the times of the records around: the first one is the newest, at 1,000 seconds.
fn reverse_times(path: &Path) {
    let file = Connection::open(path).unwrap();
    file.execute_batch(
        "UPDATE records SET start = (1001 - id) * 1000000000, duration = NULL;
        DELETE FROM part_times;
        INSERT INTO part_times SELECT id >> 16, min(start), max(start) FROM records GROUP BY 1;",
    )
    .unwrap();
}

fn seconds(seconds: i64) -> Timestamp {
    Timestamp::from_nanos(seconds * 1_000_000_000)
}

const USERS: [&str; 3] = ["alice", "bob", "carol"];

#[test]
fn users_and_sessions_are_listed_by_time() {
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), || {
        for user in USERS {
            whose::user(user)
                .session(format!("s-{user}"))
                .in_scope(|| info!("asks"));
        }
    });
    reverse_times(&folder.path().join("whose.db"));
    let all = Query::all();
    for query in [all, all.since(seconds(1)), all.until(seconds(1_001))] {
        let users = rows(reader.users(&query)).into_iter().map(|user| user.id);
        assert_eq!(users.flatten().collect::<Vec<_>>(), USERS, "{query:?}");
        let sessions = rows(reader.sessions(None, &query));
        let ids: Vec<_> = sessions.iter().map(|session| &session.id).collect();
        assert_eq!(ids, ["s-alice", "s-bob", "s-carol"], "{query:?}");
        assert!(sessions.is_sorted_by(|a, b| a.last_seen > b.last_seen));
    }
    let all_but_newest = all.until(seconds(1_000));
    let users = rows(reader.users(&all_but_newest));
    assert_eq!(users[0].id.as_deref(), Some("bob"));
}

#[test]
fn long_span_counts_at_its_end() {
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), || {
        for user in USERS {
            whose::user(user).in_scope(|| info!("asks"));
        }
    });
    let path = folder.path().join("whose.db");
    reverse_times(&path);
    let file = Connection::open(&path).unwrap();
    // The number that a forged file can contain does not overflow.
    for duration in [5_000_000_000, i64::MAX] {
        file.execute("UPDATE records SET duration = ?1 WHERE id = 2", [duration])
            .unwrap();
        for query in [Query::all(), Query::all().since(seconds(999))] {
            let users = rows(reader.users(&query));
            assert_eq!(users[0].id.as_deref(), Some("bob"), "{duration} {query:?}");
            assert!(users.is_sorted_by(|a, b| a.last_seen >= b.last_seen));
        }
    }
}

#[test]
fn error_group_has_message_of_newest_error() {
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), || {
        for order in 1..=3 {
            whose::user("alice").in_scope(|| {
                whose::capture_message(format!("order {order} is lost"));
            });
        }
    });
    reverse_times(&folder.path().join("whose.db"));
    for (query, message, last_seen) in [
        (Query::all(), "order 1 is lost", seconds(1_000)),
        (
            Query::all().until(seconds(1_000)),
            "order 2 is lost",
            seconds(999),
        ),
    ] {
        let groups = rows(reader.errors(None, &query));
        assert_eq!(groups.len(), 1, "{groups:?}");
        assert_eq!(groups[0].message.as_deref(), Some(message));
        assert_eq!(groups[0].last_seen, last_seen);
    }
}
