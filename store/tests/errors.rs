//! Equal errors form one group, in every process.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use support::{TIMEOUT, folder, record_into, recorded, rows};
use tracing::{Level, info_span};
use whose::RecordSink;
use whose_store::{Queries, Query, Reader, StoreError, TimeParts, Timestamp};

#[test]
fn error_group_has_counts_users_and_first_and_last_time() {
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), || {
        for (user, order) in [("alice", 17), ("bob", 18), ("alice", 19)] {
            whose::user(user).session(format!("s-{user}")).in_scope(|| {
                let _span = info_span!("pay").entered();
                whose::capture_message(format!("order {order} refused"));
            });
        }
        whose::capture_message("order 20 refused");
        whose::anonymous().in_scope(|| whose::capture_message("order 21 refused"));
        whose::user("carol").in_scope(|| {
            whose::capture_error(&"x".parse::<u32>().unwrap_err());
            tracing::error!("a log line is not an error");
        });
    });
    let groups = rows(reader.errors(None, &Query::all()));
    assert_eq!(groups.len(), 2);
    let refused = &groups[0];
    assert_eq!(
        (refused.errors, refused.users, refused.sessions),
        (5, 2, 2),
        "most users first"
    );
    assert_eq!(refused.without_user, 1, "anonymous errors do not count");
    assert_eq!(
        refused.message.as_deref(),
        Some("order 21 refused"),
        "the newest error"
    );
    assert_eq!(
        (refused.error_type.as_deref(), &*refused.level),
        (None, "ERROR")
    );
    assert!(refused.file.as_deref().unwrap().ends_with("errors.rs"));

    let trail = rows(reader.audit("alice", &Query::all()));
    let errors: Vec<_> = trail
        .iter()
        .filter(|it| it.record_type == "error")
        .collect();
    assert_eq!(refused.first_seen, errors[0].time);
    assert!(refused.last_seen > errors[1].time);
    assert_eq!(errors[0].fingerprint.as_ref(), Some(&refused.fingerprint));
    assert_eq!(errors[0].path, ["pay"]);

    let parse = &groups[1];
    assert_eq!((parse.errors, parse.users), (1, 1));
    assert_eq!(
        parse.error_type.as_deref(),
        Some("core::num::error::ParseIntError")
    );
}

#[test]
fn error_groups_of_user_keep_totals_of_whole_group() {
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), || {
        whose::user("alice").in_scope(|| whose::capture_message("lost"));
        whose::user("bob").in_scope(|| {
            whose::capture_message("lost");
            whose::message("lost")
                .fingerprint("other")
                .level(Level::WARN)
                .capture();
        });
        whose::user("carol").in_scope(|| tracing::info!("is fine"));
    });
    let of = |user| rows(reader.errors(Some(user), &Query::all()));
    assert_eq!((of("alice").len(), of("alice")[0].users), (1, 2));
    assert_eq!((of("bob").len(), &*of("bob")[1].level), (2, "WARN"));
    assert!(of("carol").is_empty());
    let error = reader.errors(Some("nobody"), &Query::all()).unwrap_err();
    assert!(matches!(error, StoreError::UnknownUser { .. }));
}

#[test]
fn error_groups_are_stable_across_processes() {
    let folder = folder();
    let (reader, store) = recorded(folder.path(), || whose::capture_message("lost 1"));
    let first = rows(reader.errors(None, &Query::all()));
    drop((reader, store));
    let path = folder.path().join("whose.db");
    let store = whose_store::Store::open(&path).unwrap();
    record_into(&store, || whose::capture_message("lost 2"));
    assert!(store.flush(TIMEOUT).is_complete());
    let second = rows(Reader::open(&path).unwrap().errors(None, &Query::all()));
    assert_eq!((second.len(), second[0].errors), (1, 2));
    assert_eq!(first[0].fingerprint, second[0].fingerprint);
    assert_eq!(first[0].first_seen, second[0].first_seen);
}

/// Errors of one group: two of alice, one of bob, one of nobody; and another group.
fn record_refused() {
    for (user, order) in [("alice", 17), ("bob", 18), ("alice", 19)] {
        let session = whose::user(user).session(format!("s-{user}"));
        session.in_scope(|| {
            whose::Scope::isolated().in_scope(|| {
                whose::add_breadcrumb(whose::Breadcrumb::new(format!("opened order {order}")));
                whose::capture_message(format!("order {order} refused"));
            });
        });
    }
    whose::capture_message("order 20 refused");
    whose::user("carol").in_scope(|| whose::capture_message("out of stock"));
}

#[test]
fn error_group_is_found_by_its_fingerprint() {
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), record_refused);
    for group in rows(reader.errors(None, &Query::all())) {
        let found = reader.error_group(&group.fingerprint, &Query::all());
        assert_eq!(found.unwrap(), Some(group));
    }
    for fingerprint in ["", "00", "no fingerprint", "' OR 1 --", "é"] {
        let found = reader.error_group(fingerprint, &Query::all()).unwrap();
        assert_eq!(found, None, "{fingerprint}");
        assert!(rows(reader.error_records(fingerprint, &Query::all())).is_empty());
        assert!(rows(reader.error_users(fingerprint, &Query::all())).is_empty());
    }
}

#[test]
fn errors_of_group_are_newest_first_within_the_time_range() {
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), record_refused);
    let group = rows(reader.errors(None, &Query::all())).remove(0);
    let errors = |query: &Query| rows(reader.error_records(&group.fingerprint, query));
    let all = errors(&Query::all());
    let messages: Vec<_> = all.iter().filter_map(|it| it.message.as_deref()).collect();
    let expected = [20, 19, 18, 17].map(|order| format!("order {order} refused"));
    assert_eq!(messages, expected);
    assert_eq!(all[1].breadcrumbs[0]["message"], "opened order 19");
    let middle = Query::all().since(all[2].time).until(all[0].time);
    assert_eq!(errors(&middle), all[1..3]);
    let in_range = reader.error_group(&group.fingerprint, &middle).unwrap();
    let in_range = in_range.unwrap();
    assert_eq!((in_range.errors, in_range.users), (2, 2));
    assert_eq!(in_range.message.as_deref(), Some("order 19 refused"));
}

#[test]
fn users_hit_are_ordered_by_errors_and_counted_past_the_limit() {
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), record_refused);
    let group = rows(reader.errors(None, &Query::all())).remove(0);
    let users = rows(reader.error_users(&group.fingerprint, &Query::all()));
    let counts: Vec<_> = users
        .iter()
        .map(|it| (&*it.user, it.errors, it.sessions))
        .collect();
    assert_eq!(counts, [("alice", 2, 1), ("bob", 1, 1)]);
    assert_eq!(users[0].first_seen, group.first_seen);
    let mut first = reader
        .error_users(&group.fingerprint, &Query::new().limit(1))
        .unwrap();
    assert_eq!(first.by_ref().count(), 1);
    assert_eq!(first.remaining().unwrap().count, 1);
}

#[test]
fn trends_have_one_count_for_each_part_and_fingerprint() {
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), record_refused);
    let groups = rows(reader.errors(None, &Query::all()));
    let times: Vec<_> = rows(reader.error_records(&groups[0].fingerprint, &Query::all()))
        .iter()
        .map(|error| error.time)
        .rev()
        .collect();
    let prints: Vec<_> = groups.iter().map(|group| &*group.fingerprint).collect();
    let trends = |since, until, count| {
        let parts = TimeParts::new(since, until, count);
        reader.error_trends(&prints, &parts).unwrap()
    };
    let end = Timestamp::from_nanos(groups[1].last_seen.as_nanos() + 1);
    assert_eq!(trends(times[0], end, 1), [[4], [1]]);
    let halves = trends(times[0], end, 2);
    assert_eq!(halves[0].iter().sum::<u64>(), 4);
    assert_eq!(halves[1], [0, 1]);
    assert_eq!(
        trends(times[1], times[3], 1),
        [[2], [0]],
        "errors before and after are left out"
    );
    let unknown = reader.error_trends(&["00", ""], &TimeParts::new(times[0], end, 3));
    assert_eq!(unknown.unwrap(), [[0; 3], [0; 3]]);
}

#[test]
fn sampled_errors_count_by_their_weights() {
    let folder = folder();
    let (reader, store) = recorded(folder.path(), record_refused);
    let file = rusqlite::Connection::open(folder.path().join("whose.db")).unwrap();
    file.execute("UPDATE traits SET weight = 10", ()).unwrap();
    drop(store);
    let group = rows(reader.errors(None, &Query::all())).remove(0);
    assert_eq!((group.errors, group.is_estimated), (40, true));
    let users = rows(reader.error_users(&group.fingerprint, &Query::all()));
    assert_eq!((users[0].errors, users[0].is_estimated), (20, true));
    let end = Timestamp::from_nanos(group.last_seen.as_nanos() + 1);
    let parts = TimeParts::new(group.first_seen, end, 1);
    let trends = reader.error_trends(&[&group.fingerprint], &parts);
    assert_eq!(trends.unwrap(), [[40]]);
}
