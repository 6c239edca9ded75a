//! The cases of the timelines: pages by key, classes, and the profile of a user or a session.

use whose_store::{Queries, Query, RecordClass, RecordRow, TrailFilter, UserTrends};

use crate::rows::{rows, texts};

pub(crate) fn pages(engine: &dyn Queries) {
    let trail = |filter: &TrailFilter| rows(engine.trail(filter, &Query::all()));
    let filter = TrailFilter::of_user("alice");
    let whole = trail(&filter);
    assert_eq!(whole, rows(engine.audit("alice", &Query::all())));
    let mut reversed = whole.clone();
    reversed.reverse();
    assert_eq!(trail(&filter.clone().newest_first()), reversed);
    for (at, record) in whole.iter().enumerate() {
        let after = filter.clone().after(record.key());
        assert_eq!(trail(&after), whole[at + 1..]);
        let before = trail(&after.newest_first());
        assert_eq!(
            before.iter().rev().collect::<Vec<_>>(),
            whole[..at].iter().collect::<Vec<_>>()
        );
    }
    let trace_id = whole[0].trace_id.clone().unwrap();
    assert_eq!(trail(&TrailFilter::of_trace(&trace_id)), whole[..3]);
    let span_id = whole[0].span_id.clone().unwrap();
    assert_eq!(trail(&TrailFilter::of_span(trace_id, span_id)), whole[..3]);
}

pub(crate) fn classes(engine: &dyn Queries) {
    let all = rows(engine.trail(&TrailFilter::of_user("alice"), &Query::all()));
    for class in RecordClass::ALL {
        let filter = TrailFilter::of_user("alice").class(class);
        let expected: Vec<&RecordRow> = all.iter().filter(|row| row.class() == class).collect();
        let found = rows(engine.trail(&filter, &Query::all()));
        assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{class}");
    }
    let late = TrailFilter::of_user("carol").late();
    let late = rows(engine.trail(&late, &Query::all()));
    assert_eq!(
        texts(&late, |row| row.message.as_deref()),
        ["before the login"]
    );
}

pub(crate) fn profiles(engine: &dyn Queries) {
    let all = Query::all();
    for row in rows(engine.users(&all)) {
        let id = row.id.clone().unwrap();
        assert_eq!(engine.user(&id, &all).unwrap(), Some(row.clone()));
        let days = engine.user_days(&id, &all).unwrap();
        let records: u64 = days.iter().map(|day| day.counts.records()).sum();
        assert_eq!(records, row.counts.records());
        assert_eq!(row.key, id);
        let trends = engine.user_trends(&[&row.key, "nobody"], &all).unwrap();
        let [own, other] = &*trends.records else {
            panic!("a list for each user: {trends:?}");
        };
        assert_eq!(own.iter().sum::<u64>(), row.counts.records());
        assert_eq!(
            (own.len(), other.iter().sum::<u64>()),
            (UserTrends::DAYS, 0)
        );
        let last = trends.first_day.as_unix_days() + UserTrends::DAYS as i64 - 1;
        assert!(days.iter().all(|day| day.day.as_unix_days() <= last));
    }
    let changes = rows(engine.profile_changes("alice", &all));
    assert_eq!(texts(&changes, |change| Some(&change.name)), ["attrs.plan"]);
    assert_eq!(changes[0].before, Some("free".into()));
    assert_eq!(changes[0].after, "pro");
    assert!(rows(engine.profile_changes("bob", &all)).is_empty());
    let sessions = rows(engine.sessions(None, &all));
    for (at, row) in sessions.iter().enumerate() {
        assert_eq!(engine.session(&row.id, &all).unwrap().as_ref(), Some(row));
        let after = rows(engine.sessions_after(None, &row.id, &all));
        assert_eq!(after, sessions[at + 1..]);
    }
    let conversations = rows(engine.user_conversations("alice", &all));
    assert_eq!(texts(&conversations, |row| Some(&row.id)), ["c-1"]);
    assert_eq!(conversations[0].counts.records(), 3);
}
