//! Rows have a limit and a time range, and are read on demand.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use std::path::Path;

use rusqlite::Connection;
use support::{TIMEOUT, folder, messages, record_call, record_into, recorded, rows};
use tracing::info;
use whose::{RecordSink, User};
use whose_store::{
    GroupBy, Identity, Queries, Query, RecordRow, Remaining, Rows, SearchFilter, Timestamp,
    UnattributedFilter,
};

/// Changes the raw file, and updates the times of its partitions.
fn change(path: &Path, sql: &str) {
    const TIMES: &str = "DELETE FROM part_times; INSERT INTO part_times
        SELECT id >> 16, min(start), max(start) FROM records GROUP BY 1;";
    let file = Connection::open(path).unwrap();
    file.execute_batch("PRAGMA foreign_keys = off").unwrap();
    file.execute_batch(sql).unwrap();
    file.execute_batch(TIMES).unwrap();
}

/// Spreads the row ids over several partitions, and assigns the times 100, 99, 98, ... in reverse
/// order of writing.
const SPREAD: &str = "UPDATE records SET id = -id; UPDATE records SET id = -id * 30000;
    UPDATE records SET start = 100 - id / 30000, duration = NULL;";

fn count_and_rest<T>(mut rows: Rows<'_, T>) -> (usize, Remaining) {
    let count = rows.by_ref().map(Result::unwrap).count();
    (count, rows.remaining().unwrap())
}

#[test]
fn every_query_stops_at_limit_and_counts_rest() {
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), || {
        for number in 0..30 {
            let session = format!("s-{number}");
            whose::user(format!("u-{number}"))
                .session(session)
                .in_scope(|| {
                    record_call("gpt-4o-mini", 1_000, number);
                    let print = format!("kind {number}");
                    whose::message("lost").fingerprint(print).capture();
                    drop(whose::monitor(format!("job {number}")).start());
                });
            info!("nobody's");
        }
    });
    let query = Query::new().limit(10);
    let (found, bare) = (SearchFilter::new("lost"), UnattributedFilter::new());
    let expected = |more| {
        let mut remaining = count_and_rest(reader.users(&Query::new().limit(0)).unwrap()).1;
        remaining.count = more;
        (10, remaining)
    };
    assert_eq!(count_and_rest(reader.users(&query).unwrap()), expected(20));
    assert_eq!(
        count_and_rest(reader.sessions(None, &query).unwrap()),
        expected(20)
    );
    assert_eq!(
        count_and_rest(reader.errors(None, &query).unwrap()),
        expected(20)
    );
    assert_eq!(
        count_and_rest(reader.search(&found, &query).unwrap()),
        expected(20)
    );
    assert_eq!(
        count_and_rest(reader.unattributed(&bare, &query).unwrap()),
        expected(20)
    );
    assert_eq!(count_and_rest(reader.jobs(&query).unwrap()), expected(20));
    let cost = reader.cost(&GroupBy::User, &query).unwrap();
    assert_eq!(cost.total.calls, 30, "the total covers all rows");
    assert_eq!(count_and_rest(cost.rows), expected(20));
    let (sites, more) = count_and_rest(reader.coverage(&Query::new().limit(1)).unwrap());
    assert_eq!((sites, more.count), (1, 3));
    let (records, more) = count_and_rest(reader.audit("u-3", &Query::new().limit(1)).unwrap());
    assert_eq!((records, more.count, more.is_exact), (1, 3, true));
}

#[test]
fn default_limit_is_a_thousand_rows() {
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), || {
        whose::user("alice").in_scope(|| (0..1_100).for_each(|step| info!(step, "much")));
    });
    let (records, more) = count_and_rest(reader.audit("alice", &Query::new()).unwrap());
    assert_eq!((records, more.count, more.is_exact), (1_000, 100, true));
    assert_eq!(rows(reader.audit("alice", &Query::all())).len(), 1_100);
}

#[test]
fn records_are_ordered_by_time_not_by_id() {
    let folder = folder();
    let (reader, store) = recorded(folder.path(), || {
        for step in 1..=40 {
            let user = ["alice", "bob"][step % 2];
            whose::user(user)
                .session("s-1")
                .in_scope(|| info!("step {step}"));
            info!("nobody's {step}");
        }
    });
    drop(store);
    change(&folder.path().join("whose.db"), SPREAD);
    let is_sorted = |records: &[RecordRow], count| {
        assert_eq!(records.len(), count);
        assert!(
            records.is_sorted_by(|a, b| a.time < b.time),
            "{:?}",
            messages(records)
        );
    };
    is_sorted(&rows(reader.audit("alice", &Query::all())), 20);
    is_sorted(&rows(reader.session_records("s-1", &Query::all())), 40);
    let newest_first = |mut records: Vec<RecordRow>, count| {
        records.reverse();
        is_sorted(&records, count);
    };
    newest_first(
        rows(reader.search(&SearchFilter::new("step"), &Query::all())),
        40,
    );
    newest_first(
        rows(reader.unattributed(&UnattributedFilter::new(), &Query::all())),
        40,
    );
    // Counts cover all partitions, even if other users have the newest records of a session.
    let users = rows(reader.users(&Query::all()));
    assert!(
        users
            .iter()
            .all(|user| user.counts.events == 20 && user.sessions == 1)
    );
    for user in [None, Some("alice"), Some("bob")] {
        let sessions = rows(reader.sessions(user, &Query::all()));
        let counts = (
            sessions.len(),
            sessions[0].counts.events,
            sessions[0].user_count,
        );
        assert_eq!(counts, (1, 40, 2));
    }
    // Pages follow each other in the same order.
    let page = |before: Option<i64>| {
        let filter = SearchFilter::new("step");
        let filter = before.map_or(filter.clone(), |id| filter.before(id));
        rows(reader.search(&filter, &Query::new().limit(7)))
    };
    let mut pages = page(None);
    while let [.., last] = &page(pages.last().map(|record| record.id))[..] {
        let next = page(pages.last().map(|record| record.id));
        assert_eq!(last.id, next[next.len() - 1].id);
        pages.extend(next);
    }
    newest_first(pages, 40);
}

#[test]
fn time_range_limits_rows_and_counts() {
    let folder = folder();
    let (reader, store) = recorded(folder.path(), || {
        for step in 0..20_u64 {
            let scope = whose::user(format!("u-{}", step % 10)).session(format!("s-{step}"));
            scope.in_scope(|| record_call("gpt-4o-mini", 1_000, step));
        }
    });
    drop(store);
    // Times 99 to 80, in several partitions.
    change(
        &folder.path().join("whose.db"),
        &format!(
            "UPDATE usages SET record = -record; {SPREAD}
            UPDATE usages SET record = -record * 30000;"
        ),
    );
    let time = Timestamp::from_nanos;
    let query = Query::all().since(time(85)).until(time(95));
    assert_eq!(reader.totals(&query).unwrap().counts.events, 10);
    assert_eq!(reader.totals(&query).unwrap().usage.calls, 10);
    let users = rows(reader.users(&query));
    assert_eq!(users.len(), 10);
    assert!(
        users
            .iter()
            .all(|user| user.counts.events == 1 && user.usage.calls == 1)
    );
    assert_eq!(rows(reader.sessions(None, &query)).len(), 10);
    let trail = rows(reader.audit("u-3", &query));
    let times: Vec<_> = trail.iter().map(|record| record.time.as_nanos()).collect();
    assert_eq!(times, [86], "the other one is of 96");
    assert_eq!(reader.cost(&GroupBy::User, &query).unwrap().total.calls, 10);
    assert_eq!(rows(reader.coverage(&query))[0].records, 10);
    let none = Query::all().since(time(100));
    assert!(rows(reader.users(&none)).is_empty());
    assert!(rows(reader.audit("u-3", &none)).is_empty());
    let last = Query::all().since(time(99));
    assert_eq!(
        rows(reader.users(&last)).len(),
        1,
        "`since` is in the range"
    );
    let first = Query::all().until(time(81));
    assert_eq!(rows(reader.users(&first)).len(), 1, "`until` is not");
}

#[test]
fn slow_consumer_holds_no_log_and_sees_one_snapshot() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let record_events = |count: u32| {
        whose::user("alice").in_scope(|| (0..count).for_each(|step| info!(step, "said")));
    };
    let (reader, store) = recorded(folder.path(), || record_events(600));
    let mut trail = reader.audit("alice", &Query::all()).unwrap();
    trail.next().unwrap().unwrap();
    record_into(&store, || record_events(500));
    assert!(store.flush(TIMEOUT).is_complete());
    let file = Connection::open(&path).unwrap();
    let is_busy: i64 = file
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |row| row.get(0))
        .unwrap();
    assert_eq!(is_busy, 0, "the log can be reset");
    assert_eq!(trail.map(Result::unwrap).count(), 599);
    assert_eq!(rows(reader.audit("alice", &Query::all())).len(), 1_100);
}

#[test]
fn later_pages_count_the_snapshot_of_the_query() {
    let folder = folder();
    let record_events = || (0..300).for_each(|user| whose::user(user).in_scope(|| info!("said")));
    let (reader, store) = recorded(folder.path(), record_events);
    let mut users = reader.users(&Query::all()).unwrap();
    users.next().unwrap().unwrap();
    record_into(&store, record_events);
    let _ = store.flush(TIMEOUT);
    let counts: Vec<_> = users.map(|user| user.unwrap().counts.events).collect();
    assert_eq!(counts, [1; 299]);
    assert_eq!(rows(reader.users(&Query::all()))[0].counts.events, 2);
}

#[test]
fn users_are_ordered_by_newest_record() {
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), || {
        for user in ["alice", "bob", "carol", "alice"] {
            whose::user(user)
                .session(format!("of-{user}"))
                .in_scope(|| info!("x"));
        }
    });
    let users: Vec<_> = rows(reader.users(&Query::all()))
        .into_iter()
        .map(|user| user.id)
        .collect();
    assert_eq!(
        users,
        ["alice", "carol", "bob"].map(|id| Some(id.to_owned()))
    );
    let sessions = rows(reader.sessions(None, &Query::all()));
    let sessions: Vec<_> = sessions.into_iter().map(|session| session.id).collect();
    assert_eq!(sessions, ["of-alice", "of-carol", "of-bob"]);
    let of_bob = rows(reader.sessions(Some("bob"), &Query::all()));
    assert_eq!(of_bob.len(), 1);
}

#[test]
fn shared_session_lists_first_users_and_counts_all() {
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), || {
        for number in 0..150 {
            whose::user(number)
                .session("shared")
                .in_scope(|| info!("x"));
        }
    });
    let session = &rows(reader.sessions(None, &Query::all()))[0];
    assert_eq!((session.users.len(), session.user_count), (100, 150));
    assert_eq!((&*session.users[0], &*session.users[99]), ("0", "99"));
}

#[test]
fn identity_is_found_by_id_email_and_session() {
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), || {
        let alice = User::new("alice").with_email("Alice@example.com");
        whose::user(alice).session("s-1").in_scope(|| info!("x"));
        let bare = User::without_id().with_email("bob@example.com");
        whose::user(bare).in_scope(|| info!("x"));
    });
    let user = |id: &str, by_email| Identity::User {
        id: id.to_owned(),
        by_email,
    };
    let session = Identity::Session {
        id: "s-1".to_owned(),
    };
    for (text, expected) in [
        ("alice", vec![user("alice", false)]),
        ("ALICE@example.com", vec![user("alice", true)]),
        ("bob@example.com", vec![user("email:bob@example.com", true)]),
        ("s-1", vec![session]),
        ("carol@example.com", vec![]),
        ("", vec![]),
    ] {
        assert_eq!(reader.find_identity(text).unwrap(), expected, "{text}");
    }
}

#[test]
fn losses_are_limited_to_the_time_range() {
    let folder = folder();
    let (reader, store) = recorded(folder.path(), || info!("x"));
    drop(store);
    let insert = "INSERT INTO losses (time_from, time_to, records, reason)
        VALUES (300, 400, 7, 'queue full'), (100, 200, 12, 'disk full')";
    Connection::open(folder.path().join("whose.db"))
        .unwrap()
        .execute_batch(insert)
        .unwrap();
    let losses = reader.losses(&Query::new()).unwrap();
    let reasons: Vec<_> = losses
        .iter()
        .map(|lost| (lost.records, &*lost.reason))
        .collect();
    assert_eq!(
        reasons,
        [(12, "disk full"), (7, "queue full")],
        "oldest first"
    );
    assert_eq!(
        (losses[0].from, losses[0].to),
        (Timestamp::from_nanos(100), Timestamp::from_nanos(200))
    );
    let count = |query: Query| reader.losses(&query).unwrap().len();
    let time = Timestamp::from_nanos;
    assert_eq!(
        count(Query::new().since(time(200)).until(time(300))),
        1,
        "200 is in it, 300 not"
    );
    assert_eq!(count(Query::new().since(time(201)).until(time(300))), 0);
    assert_eq!(count(Query::new().since(time(150)).until(time(301))), 2);
}
