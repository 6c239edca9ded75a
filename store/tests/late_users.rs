//! Late users: records before a login are in the trail of the user, marked as late, and are never
//! rewritten.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use std::time::Duration;

use rusqlite::Connection;
use support::rows;
use tempfile::TempDir;
use tracing::subscriber::with_default;
use tracing::{info, info_span};
use tracing_subscriber::prelude::*;
use whose::{Policy, PolicyKey, RecordSink, Scope};
use whose_store::{Queries, Query, Reader, RecordRow, Store, UnattributedFilter};

/// Records into a new store, and returns a reader of it.
fn reader(
    layer: impl Fn(whose::Layer) -> whose::Layer,
    work: impl FnOnce(&Store),
) -> (TempDir, Reader) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("whose.db");
    let store = Store::open(&path).unwrap();
    let layer = layer(whose::layer().with_sink(store.clone()));
    with_default(tracing_subscriber::registry().with(layer), || work(&store));
    assert!(store.flush(Duration::from_secs(60)).is_complete());
    let reader = Reader::open(&path).unwrap();
    (folder, reader)
}

/// A request that identifies its user on the way, and signs out.
fn request(user: &str, session: &str) {
    Scope::isolated().in_scope(|| {
        let server = info_span!("request");
        server.in_scope(|| {
            info!("started");
            drop(info_span!(parent: None, "of the library"));
            whose::set_user(user);
            whose::set_session(session);
            info!("identified");
            whose::clear_user();
            info!("signed out");
        });
    });
}

/// Message, user, source of the user, and reason of a record.
type Row<'a> = (&'a str, Option<&'a str>, Option<&'a str>, Option<&'a str>);

fn summaries(records: &[RecordRow]) -> Vec<Row<'_>> {
    fn one(record: &RecordRow) -> Row<'_> {
        (
            record.message.as_deref().unwrap_or(&record.name),
            record.user.as_deref(),
            record.user_source.as_deref(),
            record.unattributed.as_deref(),
        )
    }
    records.iter().map(one).collect()
}

#[test]
fn audit_shows_records_before_login_as_late() {
    let (_folder, reader) = reader(
        |it| it,
        |_| {
            request("alice", "s-1");
            request("bob", "s-2");
            request("alice", "s-3");
        },
    );
    let trail = rows(reader.audit("alice", &Query::all()));
    let (alice, unset) = (Some("alice"), Some("unset"));
    let one = [
        ("request", alice, Some("isolation"), None),
        ("started", alice, Some("late"), unset),
        ("of the library", alice, Some("late"), unset),
        ("identified", alice, Some("isolation"), None),
    ];
    assert_eq!(summaries(&trail), [one, one].concat());
    assert!(
        trail
            .iter()
            .all(|it| matches!(it.session.as_deref(), Some("s-1" | "s-3")))
    );
    assert_eq!(trail[1].session_source.as_deref(), Some("late"));

    let session = rows(reader.session_records("s-2", &Query::all()));
    let started = session
        .iter()
        .find(|it| it.message.as_deref() == Some("started"));
    assert_eq!(started.unwrap().user.as_deref(), Some("bob"));

    let users = rows(reader.users(&Query::all()));
    let alice = users
        .iter()
        .find(|it| it.id.as_deref() == Some("alice"))
        .unwrap();
    assert_eq!((alice.counts.records(), alice.late), (4, 4));
    let totals = reader.totals(&Query::all()).unwrap();
    assert_eq!(totals.counts.records(), 15, "links are not counted");
    assert!(
        rows(reader.coverage(&Query::all()))
            .iter()
            .all(|it| it.record_type != "link")
    );
}

#[test]
fn record_with_own_session_is_in_trail_once() {
    let (_folder, reader) = reader(
        |it| it,
        |_| {
            Scope::isolated().session("s-1").in_scope(|| {
                info!("started");
                whose::set_user("alice");
                info!("identified");
            });
        },
    );
    for trail in [
        rows(reader.session_records("s-1", &Query::all())),
        rows(reader.audit("alice", &Query::all())),
    ] {
        let summaries: Vec<_> = summaries(&trail)
            .into_iter()
            .map(|(message, user, source, _)| (message, user, source))
            .collect();
        let alice = Some("alice");
        assert_eq!(
            summaries,
            [
                ("started", alice, Some("late")),
                ("identified", alice, Some("isolation"))
            ]
        );
        assert_eq!(trail[0].session_source.as_deref(), Some("isolation"));
    }
}

#[test]
fn unattributed_lists_unlinked_records_with_reasons() {
    let (_folder, reader) = reader(
        |it| it,
        |_| {
            request("alice", "s-1");
            info!("without a scope");
            whose::anonymous().in_scope(|| info!("nobody, on purpose"));
            Scope::isolated().in_scope(|| info!("of a visitor"));
        },
    );
    let all = rows(reader.unattributed(&UnattributedFilter::new(), &Query::all()));
    let reasons: Vec<_> = summaries(&all)
        .into_iter()
        .map(|(message, _, _, reason)| (message, reason))
        .collect();
    assert_eq!(
        reasons,
        [
            ("of a visitor", Some("unset")),
            ("without a scope", Some("no_scope")),
            ("signed out", Some("unset")),
        ]
    );
    let first = rows(reader.unattributed(&UnattributedFilter::new(), &Query::new().limit(1)));
    let next = rows(reader.unattributed(
        &UnattributedFilter::new().before(first[0].id),
        &Query::new().limit(1),
    ));
    assert_eq!(next[0].id, all[1].id);
    let bare =
        rows(reader.unattributed(&UnattributedFilter::new().reason("no_scope"), &Query::all()));
    assert_eq!(
        summaries(&bare),
        [("without a scope", None, None, Some("no_scope"))]
    );
}

#[test]
fn link_before_its_records_or_from_other_process_counts() {
    let (folder, reader) = reader(
        |it| it,
        |store| {
            let scope = Scope::isolated();
            let span = scope.clone().in_scope(|| {
                info!("started");
                let span = info_span!(parent: None, "closes late");
                whose::set_user("alice");
                span
            });
            assert!(store.flush(Duration::from_secs(60)).is_complete());
            drop(span);
        },
    );
    let _other_process = Store::open(folder.path().join("whose.db")).unwrap();
    let trail = rows(reader.audit("alice", &Query::all()));
    let late: Vec<_> = summaries(&trail)
        .into_iter()
        .map(|(message, ..)| message)
        .collect();
    assert_eq!(late, ["started", "closes late"]);
}

#[test]
fn redacted_user_links_nothing_and_pseudonym_links() {
    let work = |_: &Store| {
        Scope::isolated().in_scope(|| {
            info!("started");
            whose::set_user("alice");
        });
    };
    let (_folder, dropped) = reader(
        |it| it.with_policy(Policy::new().drop("user.*")).unwrap(),
        work,
    );
    assert_eq!(
        rows(dropped.unattributed(&UnattributedFilter::new(), &Query::all())).len(),
        1
    );
    assert!(rows(dropped.users(&Query::all())).is_empty());

    let key = PolicyKey::new("k1", [7; 32]).unwrap();
    let (_folder, hashed) = reader(
        |it| it.with_policy(Policy::pseudonymous(&key)).unwrap(),
        |store| {
            work(store);
            whose::user("alice").in_scope(|| info!("named"));
        },
    );
    assert!(rows(hashed.unattributed(&UnattributedFilter::new(), &Query::all())).is_empty());
    let id = rows(hashed.search(&whose_store::SearchFilter::new("named"), &Query::all()))[0]
        .user
        .clone()
        .unwrap();
    assert!(id.contains("k1:"));
    let id = id.strip_prefix("hash:").unwrap_or(&id);
    assert_eq!(rows(hashed.audit(id, &Query::all())).len(), 2);
}

#[test]
fn trail_query_uses_indexes() {
    let (folder, _reader) = reader(|it| it, |_| request("alice", "s-1"));
    let file = Connection::open(folder.path().join("whose.db")).unwrap();
    for column in ["user", "session"] {
        let sql = format!(
            "EXPLAIN QUERY PLAN SELECT r.id FROM links l CROSS JOIN gaps n ON n.isolated = l.isolated
             CROSS JOIN records r ON r.id = n.record AND r.user IS NULL AND r.start < l.time
             WHERE l.{column} = 1"
        );
        let mut statement = file.prepare(&sql).unwrap();
        let steps: Vec<String> = statement
            .query_map((), |row| row.get("detail"))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        assert!(
            steps.iter().all(|step| step.contains("SEARCH")),
            "{steps:?}"
        );
    }
}
