//! The features of the scopes of Sentry, one test each. Where `whose` differs on purpose, the test
//! states the reason.

use std::io;

use serde_json::json;
use whose::testing::{Recorder, isolate_global};
use whose::{Breadcrumb, Record, Scope, ScopeExt, Source, User};

#[path = "parity_sentry/data.rs"]
mod data;
#[path = "parity_sentry/user.rs"]
mod user;

fn refused() -> io::Error {
    io::Error::other("refused")
}

/// Captures an error, and returns its record.
fn captured(rec: &Recorder) -> Record {
    whose::capture_error(&refused());
    rec.errors().pop().unwrap()
}

fn messages(record: &Record) -> Vec<&str> {
    record.breadcrumbs().map(Breadcrumb::message).collect()
}

fn alice() -> User {
    User::new("usr_1234").with_email("alice@example.com")
}

#[test]
fn scopes_inherit_and_innermost_wins() {
    let _global = isolate_global();
    let rec = Recorder::start();
    whose::global().set_tag("scope", "global");
    whose::global().set_tag("release", "1.2.3");
    whose::global().add_breadcrumb(Breadcrumb::new("global"));
    // The outer isolated scope stands for Sentry's isolation scope.
    whose::set_tag("scope", "isolation");
    whose::set_tag("request", "r-1");
    whose::set_user("alice");
    whose::add_breadcrumb(Breadcrumb::new("isolation"));
    // The inner isolated scope stands for Sentry's current scope.
    let inner = Scope::isolated().in_scope(|| {
        whose::set_tag("scope", "current");
        whose::add_breadcrumb(Breadcrumb::new("current"));
        captured(&rec)
    });
    assert_eq!(inner.tag("scope"), Some("current"));
    assert_eq!(inner.tag("request"), Some("r-1"));
    assert_eq!(inner.tag("release"), Some("1.2.3"));
    assert_eq!(inner.user_id(), Some("alice"));
    assert_eq!(messages(&inner), ["global", "isolation", "current"]);
    let outer = captured(&rec);
    assert_eq!(outer.tag("scope"), Some("isolation"));
    assert_eq!(messages(&outer), ["global", "isolation"]);
}

#[test]
fn new_scope_ends_with_block_and_writes_go_past_it() {
    let rec = Recorder::start();
    whose::tag("block", "only").in_scope(|| whose::set_tag("request", "r-1"));
    let error = captured(&rec);
    assert_eq!(error.tag("block"), None);
    assert_eq!(error.tag("request"), Some("r-1"));
}

/// Sentry's `isolation_scope()` forks a copy, so later writes to the outer scope do not reach the
/// inner scope. In `whose` the inner scope sees later writes, so a login during a background job of
/// the request applies to the job.
#[test]
fn isolated_scope_keeps_writes_and_sees_outer_writes() {
    let rec = Recorder::start();
    let outer = whose::isolation().unwrap();
    Scope::isolated().in_scope(|| {
        whose::set_tag("inner", "yes");
        outer.set_user("alice");
        let error = captured(&rec);
        assert_eq!(error.user_id(), Some("alice"));
        assert_eq!(error.user_source(), Some(Source::Isolation));
    });
    assert_eq!(captured(&rec).tag("inner"), None);
}

/// In Sentry's Rust SDK, two futures on one thread write to the same hub unless each is bound to
/// its own (`bind_hub`), so an error of Alice becomes an error of Bob. In `whose` each future has
/// its own scope.
#[tokio::test(flavor = "current_thread")]
async fn futures_on_one_thread_do_not_share_scope() {
    let rec = Recorder::start();
    let request = |user: &'static str| {
        async move {
            whose::set_user(user);
            tokio::task::yield_now().await;
            whose::error(&refused()).tag("expected", user).capture();
        }
        .with_scope(Scope::isolated())
    };
    tokio::join!(request("alice"), request("bob"));
    let errors = rec.errors();
    assert_eq!(errors.len(), 2);
    for error in errors {
        assert_eq!(error.user_id(), error.tag("expected"));
    }
}

/// Sentry copies the scope into every new thread and task that it can patch. Most spawned work
/// outlives its request, so a thread carries a scope of `whose` only explicitly.
#[test]
fn thread_starts_empty_unless_scope_is_carried() {
    let rec = Recorder::start();
    whose::set_user("alice");
    std::thread::spawn(|| whose::capture_error(&refused()))
        .join()
        .unwrap();
    assert_eq!(
        rec.errors().len(),
        0,
        "the record has no user and belongs to no test"
    );
    let scope = Scope::current();
    std::thread::spawn(|| scope.in_scope(|| whose::capture_error(&refused())))
        .join()
        .unwrap();
    assert_eq!(rec.errors()[0].user_id(), Some("alice"));
}

/// Outside a request, Sentry writes to a scope of the thread, so the next request on the thread
/// starts with that user. `whose` refuses and counts such a write. `global()` writes for the
/// process.
#[test]
fn write_outside_requests_reaches_no_request() {
    let _global = isolate_global();
    Scope::isolated().in_scope(|| ());
    let before = whose::stats().refused_writes;
    whose::set_user("alice");
    assert_eq!(whose::stats().refused_writes, before + 1);
    Scope::isolated().in_scope(|| assert_eq!(whose::current().user_id(), None));
    whose::global().set_user("service");
    Scope::isolated().in_scope(|| assert_eq!(whose::current().user_id(), Some("service")));
}

#[test]
fn per_event_override_applies_to_one_event() {
    let rec = Recorder::start();
    whose::set_user(alice());
    whose::set_session("s-1");
    whose::set_tag("plan", "pro");
    whose::set_context("order", json!({"id": 7}));
    whose::error(&refused())
        .user("usr_5678")
        .session("s-2")
        .tag("gateway", "b")
        .extra("attempt", 3)
        .context("order", json!({"state": "failed"}))
        .capture();
    let error = rec.errors().pop().unwrap();
    assert_eq!(
        (error.user_id(), error.user_source()),
        (Some("usr_5678"), Some(Source::Explicit))
    );
    assert_eq!(error.user().unwrap().email(), None);
    assert_eq!(error.session_id(), Some("s-2"));
    assert_eq!(
        (error.tag("plan"), error.tag("gateway")),
        (Some("pro"), Some("b"))
    );
    assert_eq!(error.extra("attempt"), Some(&json!(3)));
    assert_eq!(
        error.context("order"),
        Some(&json!({"id": 7, "state": "failed"}))
    );

    let next = captured(&rec);
    assert_eq!(
        (next.user_id(), next.session_id()),
        (Some("usr_1234"), Some("s-1"))
    );
    assert_eq!((next.tag("gateway"), next.extra("attempt")), (None, None));
    assert_eq!(next.context("order"), Some(&json!({"id": 7})));
}
