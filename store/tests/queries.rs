//! The queries return complete rows in the documented order.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use support::{TIMEOUT, folder, record_call, record_into, recorded, rows};
use tracing::{error, info, info_span};
use whose::{RecordSink, User};
use whose_store::{Queries, Query, StoreError};

#[test]
fn user_row_has_details_counts_and_usage() {
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), || {
        let alice = User::new("alice")
            .with_email("old@example.com")
            .with_attr("plan", "pro");
        whose::user(alice).session("s-1").in_scope(|| {
            let _span = info_span!("work").entered();
            info!("one");
            record_call("gpt-4o", 1_000_000, 100_000);
        });
        whose::user("bob").in_scope(|| info!("two"));
        let alice = User::new("alice")
            .with_email("new@example.com")
            .with_attr("seats", 3);
        whose::user(alice).session("s-2").in_scope(|| {
            whose::capture_error(&std::io::Error::other("refused"));
            record_call("our-own", 5, 5);
        });
        info!("nobody's");
    });
    let users = rows(reader.users(&Query::all()));
    let ids: Vec<_> = users
        .iter()
        .map(|user| user.id.as_deref().unwrap())
        .collect();
    assert_eq!(ids, ["alice", "bob"], "last seen first");

    let alice = &users[0];
    assert_eq!(
        alice.email.as_deref(),
        Some("new@example.com"),
        "the newest value"
    );
    assert_eq!(
        (&alice.attrs["plan"], &alice.attrs["seats"]),
        (&"pro".into(), &3.into())
    );
    let counts = alice.counts;
    assert_eq!(
        (counts.spans, counts.events, counts.errors, alice.sessions),
        (1, 3, 1, 2)
    );
    assert!(alice.first_seen < users[1].first_seen && alice.last_seen > users[1].last_seen);
    let usage = alice.usage;
    assert_eq!(
        (usage.input_tokens, usage.output_tokens),
        (1_000_005, 100_005)
    );
    assert_eq!((usage.calls, usage.unpriced_calls), (2, 1));
    assert_eq!(usage.cost_usd.unwrap().to_string(), "$3.50");
    assert_eq!((users[1].usage.calls, users[1].usage.cost_usd), (0, None));
}

#[test]
fn users_without_id_stay_distinct() {
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), || {
        for email in ["a@example.com", "b@example.com", "a@example.com"] {
            whose::user(User::without_id().with_email(email)).in_scope(|| info!("hello"));
        }
        // An id that equals the identity of a user without an id is another user.
        whose::user("email:a@example.com").in_scope(|| info!("hello"));
    });
    let mut users: Vec<_> = rows(reader.users(&Query::all()))
        .into_iter()
        .map(|user| (user.id, user.email, user.counts.events))
        .collect();
    users.sort();
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(
        users,
        [
            (None, text("a@example.com"), 2),
            (None, text("b@example.com"), 1),
            (text("email:a@example.com"), None, 1)
        ]
    );
    assert_eq!(
        rows(reader.audit("email:b@example.com", &Query::all())).len(),
        1
    );
    assert_eq!(
        rows(reader.audit("email:a@example.com", &Query::all())).len(),
        1,
        "the id has precedence"
    );
}

/// An error with a cause.
#[derive(Debug)]
struct Refused(std::io::Error);

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("refused")
    }
}

impl std::error::Error for Refused {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

#[test]
fn trail_of_user_is_complete_and_ordered_by_time() {
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), || {
        whose::user("alice")
            .session("s-1")
            .tag("plan", "pro")
            .in_scope(|| {
                let span = info_span!("answer", query = "why?").entered();
                info!(step = 1, big = u64::MAX, "looks");
                drop(span);
                whose::capture_error(&Refused(std::io::Error::other("no route")));
            });
        whose::user("bob").in_scope(|| info!("not hers"));
    });
    let trail = rows(reader.audit("alice", &Query::all()));
    let types: Vec<_> = trail
        .iter()
        .map(|record| record.record_type.as_str())
        .collect();
    assert_eq!(
        types,
        ["span", "event", "error"],
        "a span is ordered by its start"
    );
    assert!(trail.is_sorted_by_key(|record| record.time));

    let [span, event, error] = &trail[..] else {
        panic!("{trail:?}")
    };
    assert_eq!(
        (span.name.as_str(), span.level.as_str()),
        ("answer", "INFO")
    );
    assert_eq!(span.fields["query"], "why?");
    assert!(span.duration_ns.is_some() && event.duration_ns.is_none());
    assert_eq!(event.message.as_deref(), Some("looks"));
    assert_eq!(
        (&event.fields["step"], &event.fields["big"]),
        (&1.into(), &u64::MAX.into())
    );
    assert_eq!(
        (&event.trace_id, &event.span_id),
        (&span.trace_id, &span.span_id)
    );
    assert_eq!(span.trace_id.as_ref().map(String::len), Some(32));
    assert_eq!(span.span_id.as_ref().map(String::len), Some(16));
    assert!(error.failed && !event.failed);
    assert!(
        error.error_type.as_ref().unwrap().ends_with("Refused"),
        "{error:?}"
    );
    assert_eq!(error.message.as_deref(), Some("refused"));
    assert_eq!(error.causes, ["no route"]);
    assert_eq!(error.file.as_deref(), Some(file!()));
    for record in &trail {
        assert_eq!(
            (record.user.as_deref(), record.session.as_deref()),
            (Some("alice"), Some("s-1"))
        );
        assert_eq!(record.user_source.as_deref(), Some("scope"));
        assert_eq!(record.tags["plan"], "pro");
    }
    let unknown = reader.audit("carol", &Query::all()).unwrap_err();
    assert!(
        matches!(unknown, StoreError::UnknownUser { .. }),
        "{unknown:?}"
    );
}

#[test]
fn session_row_lists_users_and_records() {
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), || {
        whose::session("s-1").in_scope(|| info!("before login"));
        whose::user("alice")
            .session("s-1")
            .in_scope(|| record_call("gpt-4o-mini", 1_000_000, 0));
        whose::user("bob")
            .session("s-2")
            .in_scope(|| error!("late"));
    });
    let sessions = rows(reader.sessions(None, &Query::all()));
    let ids: Vec<_> = sessions.iter().map(|session| session.id.as_str()).collect();
    assert_eq!(ids, ["s-2", "s-1"], "last seen first");
    assert_eq!(sessions[1].users, ["alice"]);
    assert_eq!(sessions[1].counts.events, 2);
    assert_eq!(sessions[1].usage.cost_usd.unwrap().to_string(), "$0.15");

    let alices = rows(reader.sessions(Some("alice"), &Query::all()));
    assert_eq!(alices, sessions[1..]);
    assert!(matches!(
        reader.sessions(Some("carol"), &Query::all()),
        Err(StoreError::UnknownUser { .. })
    ));

    let records = rows(reader.session_records("s-1", &Query::all()));
    let users: Vec<_> = records
        .iter()
        .map(|record| record.user.as_deref())
        .collect();
    assert_eq!(users, [None, Some("alice")]);
    assert!(matches!(
        reader.session_records("s-9", &Query::all()),
        Err(StoreError::UnknownSession { .. })
    ));
}

#[test]
fn coverage_lists_worst_call_site_first() {
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), || {
        let covered = || info!("covered");
        whose::user("alice").session("s-1").in_scope(covered);
        (0..3).for_each(|_| info!("bare"));
        (0..5).for_each(|step| {
            let half = || info!("half");
            if step < 2 {
                half()
            } else {
                whose::user("bob").in_scope(half)
            }
        });
        whose::anonymous().in_scope(|| info!("masked"));
    });
    let rows = rows(reader.coverage(&Query::all()));
    let numbers: Vec<_> = rows
        .iter()
        .map(|row| {
            (
                row.records,
                row.without_user,
                row.reasons.get("anonymous").copied().unwrap_or_default(),
                row.without_session,
            )
        })
        .collect();
    assert_eq!(
        numbers,
        [(3, 3, 0, 3), (5, 2, 0, 5), (1, 0, 1, 1), (1, 0, 0, 0)]
    );
    assert_eq!(rows[0].file.as_deref(), Some(file!()));
    assert!(rows[0].line.is_some() && rows[0].target.contains("queries"));
    let totals = reader.totals(&Query::all()).unwrap();
    assert_eq!(
        (
            totals.without_user,
            totals.anonymous,
            totals.without_session
        ),
        (5, 1, 9)
    );
}

#[test]
fn hostile_text_round_trips() {
    let hostile = "'; DROP TABLE users; --\u{1b}[31m\0\u{202e}\n\"\\%_";
    let folder = folder();
    let (reader, _store) = recorded(folder.path(), || {
        whose::user(User::new(hostile).with_attr(hostile, hostile))
            .session(hostile)
            .in_scope(|| {
                info!(field = hostile, "{hostile}");
                record_call(hostile, 1, 1);
            });
    });
    let trail = rows(reader.audit(hostile, &Query::all()));
    assert_eq!(trail.len(), 2);
    assert_eq!(trail[0].fields["field"], hostile);
    assert_eq!(trail[0].message.as_deref(), Some(hostile));
    assert_eq!(trail[1].model.as_deref(), Some(hostile));
    assert_eq!(rows(reader.users(&Query::all()))[0].attrs[hostile], hostile);
    assert_eq!(
        rows(reader.sessions(None, &Query::all()))[0].users,
        [hostile]
    );
    assert_eq!(rows(reader.session_records(hostile, &Query::all())), trail);
}

#[test]
fn open_reader_sees_later_flushes() {
    let folder = folder();
    let (reader, store) = recorded(folder.path(), || info!("one"));
    for expected in 2..5 {
        record_into(&store, || info!("another"));
        assert!(store.flush(TIMEOUT).is_complete());
        assert_eq!(
            reader.totals(&Query::all()).unwrap().counts.events,
            expected
        );
    }
}
