//! The features of JamJet, one test each. Where `whose` differs on purpose, the test states the
//! reason.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tracing::info_span;
use whose::testing::{Recorder, isolate_global};
use whose::{Record, Scope, ScopeExt, Source, User, Value};

/// Records a model call below the handler.
async fn helper() {
    tokio::task::yield_now().await;
    whose::usage("gpt-4o").input_tokens(10).record();
}

fn call() {
    whose::usage("gpt-4o").input_tokens(10).record();
}

fn last(rec: &Recorder) -> Record {
    rec.events().pop().unwrap()
}

fn cust_7() -> User {
    User::new("cust_7")
        .with_email("c7@example.com")
        .with_attr("plan", "pro")
        .with_attr("seats", 12)
        .with_attr("discount", 0.25)
        .with_attr("trial", false)
}

// --- withUserContext

#[tokio::test(flavor = "current_thread")]
async fn with_user_context_covers_nested_calls_and_helpers() {
    let rec = Recorder::start();
    let handler = async {
        let _agent = info_span!("agent");
        helper().await;
    };
    handler.with_scope(whose::user(cust_7())).await;
    let event = last(&rec);
    assert_eq!(event.user_id(), Some("cust_7"));
    assert_eq!(event.user().unwrap().email(), Some("c7@example.com"));
    assert_eq!(rec.span("agent").user_id(), Some("cust_7"));
}

#[test]
fn with_user_context_ends_with_its_block() {
    let rec = Recorder::start();
    whose::user(cust_7()).in_scope(call);
    let fail = || whose::user(cust_7()).in_scope(|| panic!("on purpose"));
    assert!(catch_unwind(AssertUnwindSafe(fail)).is_err());
    call();
    assert_eq!(last(&rec).user_id(), None);
}

#[test]
fn with_user_context_nests() {
    let rec = Recorder::start();
    whose::user("outer").in_scope(|| {
        whose::user("inner").in_scope(call);
        assert_eq!(last(&rec).user_id(), Some("inner"));
        call();
        assert_eq!(last(&rec).user_id(), Some("outer"));
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_requests_keep_users_apart() {
    let rec = Recorder::start();
    let request = |n: usize| {
        let user = format!("cust_{n}");
        let handler = async move {
            for _ in 0..20 {
                helper().await;
                whose::with_current(|attribution| {
                    assert_eq!(attribution.user_id(), Some(&*format!("cust_{n}")));
                });
            }
        };
        tokio::spawn(handler.with_scope(Scope::current().user(user)))
    };
    let requests: Vec<_> = (0..16).map(request).collect();
    for request in requests {
        request.await.unwrap();
    }
    let events = rec.events();
    for n in 0..16 {
        let id = format!("cust_{n}");
        let of_user = events.iter().filter(|event| event.user_id() == Some(&id));
        assert_eq!(of_user.count(), 20);
    }
}

#[test]
fn request_without_user_continues() {
    let rec = Recorder::start();
    let no_user: Option<User> = None;
    whose::user(no_user).in_scope(call);
    assert_eq!(last(&rec).user_id(), None);
}

#[test]
fn attrs_keep_string_number_and_boolean_types() {
    let rec = Recorder::start();
    whose::user(cust_7()).in_scope(call);
    let event = last(&rec);
    let attrs: Vec<_> = event.user().unwrap().attrs().collect();
    let expected = [
        ("discount", &Value::Float(0.25)),
        ("plan", &Value::from("pro")),
        ("seats", &Value::Int(12)),
        ("trial", &Value::Bool(false)),
    ];
    assert_eq!(attrs, expected);
}

// --- setUserContext

#[test]
fn set_user_context_holds_for_process_until_cleared() {
    let _global = isolate_global();
    whose::global().set_user(User::new("admin").with_attr("role", "ops"));
    let attribution = whose::current();
    assert_eq!(
        (attribution.user_id(), attribution.user_source()),
        (Some("admin"), Some(Source::Global))
    );
    assert_eq!(
        attribution
            .user()
            .unwrap()
            .attr("role")
            .and_then(Value::as_str),
        Some("ops")
    );
    whose::global().set_user(None::<User>);
    assert_eq!(whose::current().user_id(), None);
}

#[test]
fn scope_wins_over_process() {
    let _global = isolate_global();
    let rec = Recorder::start();
    whose::global().set_user("admin");
    whose::user(cust_7()).in_scope(call);
    assert_eq!(last(&rec).user_id(), Some("cust_7"));
    call();
    assert_eq!(last(&rec).user_id(), Some("admin"));
}

#[test]
fn set_user_context_in_handler_holds_for_request() {
    let rec = Recorder::start();
    Scope::isolated().in_scope(|| {
        whose::set_user("cust_7");
        whose::set_session("conv_42");
        call();
    });
    let event = last(&rec);
    assert_eq!(
        (event.user_id(), event.session_id()),
        (Some("cust_7"), Some("conv_42"))
    );
    Scope::isolated().in_scope(call);
    assert_eq!(last(&rec).user_id(), None);
}

// --- intended differences

/// A nested JamJet block replaces the whole context: a block with a user loses the session, the
/// tags and the attributes of the outer block. `whose` resolves user and session separately, and
/// merges tags.
#[test]
fn nested_user_keeps_session_and_tags() {
    let rec = Recorder::start();
    let outer = whose::session("conv_42")
        .user("cust_7")
        .tag("region", "eu-1");
    outer.in_scope(|| whose::user("cust_8").tag("plan", "pro").in_scope(call));
    let event = last(&rec);
    assert_eq!(
        (event.user_id(), event.session_id()),
        (Some("cust_8"), Some("conv_42"))
    );
    assert_eq!(
        (event.tag("region"), event.tag("plan")),
        (Some("eu-1"), Some("pro"))
    );
}

/// A nested JamJet session loses the user. `whose` keeps the user.
#[test]
fn nested_session_keeps_user() {
    let rec = Recorder::start();
    whose::user(cust_7()).in_scope(|| whose::session("conv_43").in_scope(call));
    let event = last(&rec);
    assert_eq!(event.user().unwrap().email(), Some("c7@example.com"));
    assert_eq!(event.session_id(), Some("conv_43"));
}

/// An empty JamJet block hides the outer user by accident. An empty scope of `whose` inherits the
/// user, and `anonymous()` hides the user on purpose.
#[test]
fn empty_block_inherits_and_anonymous_removes_user() {
    let rec = Recorder::start();
    whose::user("cust_7").session("conv_42").in_scope(|| {
        Scope::new().in_scope(call);
        assert_eq!(last(&rec).user_id(), Some("cust_7"));
        whose::anonymous().in_scope(call);
    });
    let event = last(&rec);
    assert!(event.user_id().is_none() && event.attribution().is_anonymous());
    assert_eq!(event.session_id(), Some("conv_42"));
}

/// The process-wide user of JamJet appears in every request that sets no user. `whose` refuses and
/// counts a write outside every isolated scope.
#[test]
fn process_user_is_refused_in_server() {
    let _global = isolate_global();
    Scope::isolated().in_scope(|| ());
    let before = whose::stats().refused_writes;
    whose::set_user("admin");
    assert_eq!(whose::current().user_id(), None);
    assert_eq!(whose::stats().refused_writes, before + 1);
}

/// JamJet redacts a user id of nine digits as a social security number. `whose` never guesses the
/// meaning of an id.
#[test]
fn id_of_digits_is_unchanged() {
    let rec = Recorder::start();
    let scope = whose::user(123_456_789_u64).session("4111111111111111");
    scope.in_scope(call);
    let event = last(&rec);
    assert_eq!(event.user_id(), Some("123456789"));
    assert_eq!(event.session_id(), Some("4111111111111111"));
}
