//! The features of SeeStack, one test each. Where `whose` differs on purpose, the test states the
//! reason.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use tracing::{info, info_span};
use tracing_subscriber::layer::SubscriberExt as _;
use whose::testing::{Recorder, isolate_global};
use whose::{Record, RecordSink, RecordType, Scope, Source, User};

fn refused() -> io::Error {
    io::Error::other("refused")
}

fn captured(rec: &Recorder) -> Record {
    whose::capture_error(&refused());
    rec.errors().pop().unwrap()
}

fn usr_1234() -> User {
    User::new("usr_1234")
        .with_email("user@example.com")
        .with_ip_address("192.168.1.100")
}

#[test]
fn set_user_with_all_optional_fields() {
    let rec = Recorder::start();
    whose::set_user(usr_1234());
    let error = captured(&rec);
    let user = error.user().unwrap();
    assert_eq!(user.id(), Some("usr_1234"));
    assert_eq!(user.email(), Some("user@example.com"));
    assert_eq!(user.ip_address(), Some("192.168.1.100"));
}

#[test]
fn every_field_is_optional_including_id() {
    let rec = Recorder::start();
    let fields: [(User, [Option<&str>; 3]); 3] = [
        (User::new("usr_1234"), [Some("usr_1234"), None, None]),
        (
            User::without_id().with_email("user@example.com"),
            [None, Some("user@example.com"), None],
        ),
        (
            User::without_id().with_ip_address("192.168.1.100"),
            [None, None, Some("192.168.1.100")],
        ),
    ];
    for (user, expected) in fields {
        whose::set_user(user);
        let error = captured(&rec);
        let user = error.user().unwrap();
        assert_eq!([user.id(), user.email(), user.ip_address()], expected);
    }
}

#[test]
fn user_is_on_every_later_record() {
    let rec = Recorder::start();
    info!("before");
    whose::set_user(usr_1234());
    info!("a log line");
    info_span!("GET /orders").in_scope(|| ());
    whose::capture_error(&refused());
    let users: Vec<_> = rec.records().iter().map(|r| r.user().cloned()).collect();
    let known = Some(usr_1234());
    // The second record links the first one to its user.
    assert_eq!(rec.records()[1].record_type(), RecordType::Link);
    assert_eq!(
        users,
        [None, known.clone(), known.clone(), known.clone(), known]
    );
}

#[test]
fn clear_user() {
    let rec = Recorder::start();
    whose::set_user(usr_1234());
    whose::clear_user();
    assert_eq!(captured(&rec).user(), None);
    whose::clear_user();
    assert_eq!(
        captured(&rec).user(),
        None,
        "clearing an unset user is allowed"
    );
}

/// A sink that keeps flushed records apart from pending ones.
#[derive(Clone, Default)]
struct FlushSink(Arc<Mutex<Queue>>);

#[derive(Default)]
struct Queue {
    pending: Vec<Arc<Record>>,
    sent: Vec<Arc<Record>>,
}

impl RecordSink for FlushSink {
    fn record(&self, record: &Arc<Record>) {
        self.0.lock().unwrap().pending.push(record.clone());
    }

    fn flush(&self, _: Duration) -> whose::FlushOutcome {
        let Queue { pending, sent } = &mut *self.0.lock().unwrap();
        sent.append(pending);
        whose::FlushOutcome::SAFE
    }
}

#[test]
fn login_and_logout_with_flush() {
    let sent = FlushSink::default();
    let subscriber = tracing_subscriber::registry().with(whose::layer().with_sink(sent.clone()));
    tracing::subscriber::with_default(subscriber, || {
        Scope::isolated().in_scope(|| {
            info!("before login");
            whose::set_user(usr_1234());
            info!("logged in");
            whose::clear_user();
            assert!(whose::flush(Duration::from_secs(2)).is_complete());
            info!("after logout");
        });
    });
    let Queue { pending, sent } = &*sent.0.lock().unwrap();
    let shown = |records: &[Arc<Record>]| -> Vec<(String, Option<String>)> {
        let of = |r: &Arc<Record>| {
            (
                r.message().unwrap().to_owned(),
                r.user_id().map(String::from),
            )
        };
        let is_link = |r: &&Arc<Record>| r.record_type() == RecordType::Link;
        records.iter().filter(|r| !is_link(r)).map(of).collect()
    };
    let line = |message: &str, user: Option<&str>| (message.to_owned(), user.map(String::from));
    // Records that are pending at the logout keep their user.
    assert_eq!(
        shown(sent),
        [
            line("before login", None),
            line("logged in", Some("usr_1234"))
        ]
    );
    assert_eq!(shown(pending), [line("after logout", None)]);
}

#[test]
fn next_login_replaces_whole_user() {
    let rec = Recorder::start();
    whose::set_user(usr_1234());
    whose::set_user("usr_5678");
    let error = captured(&rec);
    assert_eq!(error.user_id(), Some("usr_5678"));
    assert_eq!(error.user().unwrap().email(), None);
}

#[test]
fn per_event_user_without_scope_user() {
    let rec = Recorder::start();
    whose::error(&refused())
        .user(usr_1234())
        .extra("order", json!({"id": "ORD-9821", "route": "/checkout"}))
        .capture();
    let error = &rec.errors()[0];
    assert_eq!(error.user(), Some(&usr_1234()));
    assert_eq!(error.extra("order").unwrap()["route"], "/checkout");
    assert_eq!(captured(&rec).user(), None);
}

#[test]
fn per_event_user_supplements_scope_user() {
    let rec = Recorder::start();
    whose::set_user(User::new("usr_1234").with_email("user@example.com"));
    let address = User::without_id().with_ip_address("192.168.1.100");
    whose::error(&refused())
        .user(address.supplement())
        .capture();
    // A user with the same id adds its fields without `supplement()`.
    let same = User::new("usr_1234").with_ip_address("192.168.1.100");
    whose::error(&refused()).user(same).capture();
    for error in rec.errors() {
        let user = error.user().unwrap();
        assert_eq!(user.id(), Some("usr_1234"));
        assert_eq!(user.email(), Some("user@example.com"));
        assert_eq!(user.ip_address(), Some("192.168.1.100"));
        assert_eq!(error.user_source(), Some(Source::Explicit));
    }
    let next = captured(&rec);
    assert_eq!(next.user().unwrap().ip_address(), None);
}

/// Merging field by field would combine the email of one user with the id of another. A user with
/// another id replaces, even if marked as a supplement.
#[test]
fn per_event_user_with_other_id_replaces() {
    let rec = Recorder::start();
    whose::set_user(usr_1234());
    for other in [User::new("usr_5678"), User::new("usr_5678").supplement()] {
        whose::error(&refused()).user(other).capture();
        let error = rec.errors().pop().unwrap();
        assert_eq!(error.user_id(), Some("usr_5678"));
        assert_eq!(error.user().unwrap().email(), None);
        assert_eq!(error.user().unwrap().ip_address(), None);
    }
}

/// SeeStack has one user for the process, so two requests of a server overwrite each other's user.
/// In `whose` both calls stay in their request, and a program with one user sets the user by
/// `global()`.
#[test]
fn set_user_stays_in_request_and_global_sets_process_user() {
    let _global = isolate_global();
    whose::set_user("usr_5678");
    assert_eq!(whose::current().user_id(), None);
    whose::global().set_user("usr_1234");
    assert_eq!(whose::current().user_source(), Some(Source::Global));
    whose::global().clear_user();
    Scope::isolated().in_scope(|| {
        whose::set_user("usr_1234");
        Scope::isolated().in_scope(|| whose::set_user("usr_5678"));
        assert_eq!(whose::current().user_id(), Some("usr_1234"));
    });
    assert_eq!(whose::current().user_id(), None);
}
