//! Many senders at once, with `whose-otlp` and without: each record belongs to the user that its sender
//! stated, against a list that the senders keep.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.
#![cfg(feature = "ingest")]

mod support;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use support::otlp::{INGEST, log, logs, receiver, span, texts, traces};
use support::server::Server;
use tracing_subscriber::prelude::*;
use whose::{RecordSink, Scope};
use whose_store::{LatestFilter, Queries, Reader};

/// The senders of each kind.
const SENDERS: u64 = 10;
const USERS: u64 = 50;
/// The visits of each sender.
const VISITS: u64 = 40;
const FLUSH: Duration = Duration::from_secs(120);

/// The user and the session of a record, both absent for nobody.
type Owner = (Option<String>, Option<String>);

/// What the senders know: the owner of each record, by the name that only this record has.
#[derive(Default)]
struct Truth(Mutex<BTreeMap<String, Owner>>);

impl Truth {
    fn note(&self, name: &str, owner: &Owner) {
        let known = self
            .0
            .lock()
            .unwrap()
            .insert(name.to_owned(), owner.clone());
        assert_eq!(known, None, "{name}");
    }
}

/// The owner of a visit: one in seven is nobody's.
fn owner_of(sender: u64, visit: u64) -> Owner {
    let number = sender * 31 + visit * 17;
    if number.is_multiple_of(7) {
        return (None, None);
    }
    let user = number % USERS;
    (
        Some(format!("user-{user}")),
        Some(format!("session-{user}-{}", number % 3)),
    )
}

#[test]
fn records_of_many_senders_have_the_owners_that_the_senders_stated() {
    let folder = tempfile::tempdir().unwrap();
    let served = receiver(folder.path());
    let truth = Truth::default();
    thread::scope(|scope| {
        for sender in 0..SENDERS {
            let (served, truth) = (&served, &truth);
            scope.spawn(move || own_sender(served, sender, truth));
            scope.spawn(move || foreign_sender(served, SENDERS + sender, truth));
        }
    });

    let store = Reader::open(folder.path().join("whose.db")).unwrap();
    let truth = truth.0.into_inner().unwrap();
    let (mut right, mut wrong, mut unknown) = (0, Vec::new(), Vec::new());
    let mut missing = truth.clone();
    for record in store.latest(&LatestFilter::new(), 1_000_000).unwrap().rows {
        let name = record.message.filter(|_| record.record_type != "span");
        let name = name.unwrap_or(record.name);
        let owner = (record.user, record.session);
        match missing.remove(&name) {
            Some(expected) if expected == owner => right += 1,
            Some(expected) => wrong.push((name, expected, owner)),
            None => unknown.push(name),
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong: {:?}",
        wrong.len(),
        wrong.first()
    );
    assert!(
        unknown.is_empty(),
        "{} twice or unknown: {:?}",
        unknown.len(),
        unknown.first()
    );
    assert!(
        missing.is_empty(),
        "{} missing: {:?}",
        missing.len(),
        missing.first_key_value()
    );
    assert_eq!(right, truth.len());
    let received = served.json("/health.json")["received"].clone();
    assert_eq!(received["rejected"], 0, "{received}");
    assert_eq!(received["refused_requests"], 0, "{received}");
    assert_eq!(received["lost"], 0, "{received}");
    assert_ne!(received["repeated"], 0, "{received}");
}

/// A service with `whose`: requests with scopes, spans, log lines and errors.
fn own_sender(served: &Server, sender: u64, truth: &Truth) {
    let sink = whose_otlp::builder()
        .endpoint(served.url())
        .header("authorization", format!("Bearer {INGEST}"))
        .build();
    let layer = tracing_subscriber::registry().with(whose::layer().with_sink(sink.clone()));
    tracing::subscriber::with_default(layer, || {
        for visit in 0..VISITS {
            let owner = owner_of(sender, visit);
            Scope::isolated().in_scope(|| {
                if let (Some(user), Some(session)) = &owner {
                    whose::set_user(user.as_str());
                    whose::set_session(session.as_str());
                }
                let name = |what: &str| {
                    let name = format!("{what} {sender}-{visit}");
                    truth.note(&name, &owner);
                    name
                };
                tracing::info!("{}", name("line"));
                // The name of a span is known at compile time: the field of the wire replaces it.
                tracing::info_span!("visit", otel.name = name("span")).in_scope(|| {
                    tracing::warn!("{}", name("inside"));
                    whose::capture_message(name("failure"));
                });
            });
        }
    });
    assert!(sink.flush(FLUSH).is_complete(), "{:?}", sink.stats());
    assert_eq!(sink.stats().dropped, 0, "{:?}", sink.stats());
}

/// A service with the SDK of another language: batches of spans and log records of several users.
fn foreign_sender(served: &Server, sender: u64, truth: &Truth) {
    for batch in 0..VISITS / 4 {
        let (mut spans, mut lines) = (Vec::new(), Vec::new());
        for visit in batch * 4..batch * 4 + 4 {
            let (user, session) = owner_of(sender, visit);
            let of_user = |name: &str| {
                let ids = [
                    ("user.id", user.as_deref()),
                    ("session.id", session.as_deref()),
                ];
                let ids = ids.iter().filter_map(|(name, id)| Some((*name, (*id)?)));
                let uid = ("log.record.uid", name);
                texts(&ids.chain([uid]).collect::<Vec<_>>())
            };
            let name = |what: &str| {
                let name = format!("{what} {sender}-{visit}");
                truth.note(&name, &(user.clone(), session.clone()));
                name
            };
            let (span_name, line) = (name("span"), name("line"));
            spans.push(span(sender << 32 | visit, &span_name, of_user(&span_name)));
            lines.push(log(&line, 9, of_user(&line)));
        }
        // Each fifth answer is lost on its way, and the sender repeats the request.
        let repetitions = 1 + u64::from(batch.is_multiple_of(5));
        let (spans, lines) = (traces(spans), logs(lines));
        for _ in 0..repetitions {
            send(served, "/v1/traces", &spans);
            send(served, "/v1/logs", &lines);
        }
    }
}

/// Sends a request until it is taken.
fn send(served: &Server, path: &str, request: &[u8]) {
    let reply = served.export(path, request);
    assert_eq!((reply.status, reply.rejected().0), (200, 0), "{reply:?}");
}
