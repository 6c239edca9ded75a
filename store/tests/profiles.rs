//! One user, one session, the days and the conversations of a user.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use rusqlite::Connection;
use support::{folder, record_call, recorded, rows};
use tracing::info;
use whose::Scope;
use whose_store::{Queries, Query, StoreError, Timestamp};

fn record() {
    for number in 0..6 {
        let user = if number % 2 == 0 { "alice" } else { "bob" };
        let scope = whose::user(user).session("shared");
        scope
            .conversation(format!("thread-{}", number % 3))
            .in_scope(|| {
                info!("asks");
                record_call("gpt-4o", 1_000_000, 0);
            });
    }
    // A user of whom every record is from before the login.
    Scope::isolated().in_scope(|| {
        info!("early");
        whose::set_user("late");
    });
}

#[test]
fn user_and_session_equal_their_rows_of_the_lists() {
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), record);
    let query = Query::new();
    for row in rows(reader.users(&query)) {
        let id = row.id.clone().unwrap();
        assert_eq!(reader.user(&id, &query).unwrap(), Some(row));
    }
    for row in rows(reader.sessions(None, &query)) {
        assert_eq!(reader.session(&row.id.clone(), &query).unwrap(), Some(row));
    }
    assert_eq!(reader.user("late", &query).unwrap(), None);
    let empty = query.until(Timestamp::from_nanos(0));
    assert_eq!(reader.user("alice", &empty).unwrap(), None);
    assert_eq!(reader.session("shared", &empty).unwrap(), None);
    let unknown = reader.user("nobody", &query);
    assert!(matches!(unknown, Err(StoreError::UnknownUser { .. })));
    let unknown = reader.session("none", &query);
    assert!(matches!(unknown, Err(StoreError::UnknownSession { .. })));
}

#[test]
fn days_of_a_user_sum_up_to_the_user() {
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), record);
    Connection::open(folder.path().join("whose.db"))
        .unwrap()
        .execute_batch(
            "UPDATE records SET start = start - id * 40000000000000;
             UPDATE part_times SET first_start = (SELECT min(start) FROM records)",
        )
        .unwrap();
    let query = Query::new();
    let alice = reader.user("alice", &query).unwrap().unwrap();
    let days = reader.user_days("alice", &query).unwrap();
    assert!(days.len() > 2 && days.is_sorted_by_key(|day| day.day));
    let records: u64 = days.iter().map(|day| day.counts.records()).sum();
    assert_eq!(records, alice.counts.records());
    let costs = days.iter().filter_map(|day| day.usage.cost_usd);
    let cost = costs.reduce(|sum, cost| sum + cost);
    assert_eq!(cost, alice.usage.cost_usd);
    let newest = reader.user_days("alice", &query.limit(2)).unwrap();
    assert_eq!(newest, days[days.len() - 2..]);
}

#[test]
fn conversations_of_a_user_count_the_records_of_that_user() {
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), record);
    let query = Query::new();
    let conversations = rows(reader.user_conversations("alice", &query));
    let ids: Vec<_> = conversations.iter().map(|row| &row.id).collect();
    assert_eq!(ids, ["thread-1", "thread-2", "thread-0"], "last seen first");
    for row in &conversations {
        let records = rows(reader.conversation_records(&row.id, &query));
        let own = records
            .iter()
            .filter(|it| it.user.as_deref() == Some("alice"));
        assert_eq!(row.counts.records(), own.clone().count() as u64);
        assert_eq!(row.first_seen, own.clone().next().unwrap().time);
        assert_eq!(row.usage.cost_usd.unwrap().to_string(), "$2.50");
    }
    assert_eq!(rows(reader.user_conversations("late", &query)), []);
    let limited = rows(reader.user_conversations("alice", &query.limit(1)));
    assert_eq!(limited[..], conversations[..1]);
}
