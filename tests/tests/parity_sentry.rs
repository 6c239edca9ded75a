//! What whoever comes from Sentry's scopes looks for, feature by feature; where we differ on
//! purpose, the test says why.

use std::io;
use std::time::{Duration, SystemTime};

use serde_json::json;
use tracing::{Level, info, info_span};
use tracing_subscriber::layer::SubscriberExt as _;
use whose::testing::{Recorder, isolate_global};
use whose::{Breadcrumb, Limits, Record, Scope, ScopeExt, Source, User};

fn refused() -> io::Error {
    io::Error::other("refused")
}

/// The error that is captured here.
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

// --- the user

#[test]
fn set_user_with_every_field_and_with_fields_of_ones_own() {
    let rec = Recorder::start();
    whose::set_user(
        alice()
            .with_username("alice")
            .with_full_name("Alice Liddell")
            .with_ip_address("192.0.2.1")
            .with_segment("beta")
            .with_attr("plan", "pro")
            .with_attr("seats", 3)
            .with_attr("trial", false),
    );
    info!("an event");
    info_span!("a span").in_scope(|| ());
    whose::capture_error(&refused());
    let records = rec.records();
    assert_eq!(records.len(), 3);
    for record in &records {
        let user = record.user().unwrap();
        assert_eq!(user.id(), Some("usr_1234"));
        assert_eq!(user.email(), Some("alice@example.com"));
        assert_eq!(user.username(), Some("alice"));
        assert_eq!(user.full_name(), Some("Alice Liddell"));
        assert_eq!(user.ip_address(), Some("192.0.2.1"));
        assert_eq!(user.segment(), Some("beta"));
        assert_eq!(user.attr("plan"), Some(&"pro".into()));
        assert_eq!(user.attr("seats"), Some(&3.into()));
        assert_eq!(user.attr("trial"), Some(&false.into()));
    }
}

#[test]
fn set_user_replaces_the_user_of_the_same_scope_whole() {
    let rec = Recorder::start();
    whose::set_user(alice());
    whose::set_user(User::new("usr_1234"));
    assert_eq!(captured(&rec).user().unwrap().email(), None);
}

#[test]
fn set_user_to_none_shows_the_user_that_is_outside() {
    let _global = isolate_global();
    let rec = Recorder::start();
    whose::global().set_user("service");
    whose::set_user(alice());
    whose::set_user(None::<User>);
    assert_eq!(captured(&rec).user_id(), Some("service"));
}

/// Sentry has no way to say "nobody": its `set_user(None)` lets the user of an outer scope show
/// again, also where a logout was meant. Here that is one call, and a mask is another.
#[test]
fn a_mask_is_nobody_where_none_would_inherit() {
    let _global = isolate_global();
    let rec = Recorder::start();
    whose::global().set_user("service");
    whose::set_user(alice());
    whose::set_anonymous();
    let error = captured(&rec);
    assert_eq!(error.user_id(), None);
    assert!(error.attribution().is_anonymous());
    whose::clear_user();
    assert_eq!(captured(&rec).user_id(), Some("service"));
}

/// Sentry's Python SDK keeps the caller's own dict: changing it after `set_user` changes the user
/// of later events. Here the user is taken at the call.
#[test]
fn what_is_done_to_the_user_after_set_user_changes_nothing() {
    let rec = Recorder::start();
    let mut user = alice();
    whose::set_user(&user);
    user = user.with_email("mallory@example.com");
    let error = captured(&rec);
    assert_eq!(error.user().unwrap().email(), Some("alice@example.com"));
    assert_eq!(user.email(), Some("mallory@example.com"));
}

/// In Sentry an inner scope's user replaces the outer one whole, so that an inner layer which knows
/// only the id loses the email. Here somebody else replaces, and the same person is added to.
#[test]
fn an_inner_user_of_the_same_id_adds_its_fields_and_another_replaces() {
    let rec = Recorder::start();
    whose::set_user(alice());
    let inner = whose::user(User::new("usr_1234").with_segment("beta"));
    let same = inner.in_scope(|| captured(&rec));
    assert_eq!(same.user().unwrap().email(), Some("alice@example.com"));
    assert_eq!(same.user().unwrap().segment(), Some("beta"));
    let other = whose::user("usr_5678").in_scope(|| captured(&rec));
    assert_eq!(other.user_id(), Some("usr_5678"));
    assert_eq!(other.user().unwrap().email(), None);
}

// --- tags

#[test]
fn set_tag_and_set_tags_and_remove_tag() {
    let rec = Recorder::start();
    whose::set_tag("page.locale", "de-at");
    whose::set_tags([("plan", "pro"), ("region", "eu-1")]);
    whose::set_tag("seats", 3);
    whose::set_tag("trial", true);
    whose::set_tag("plan", "free");
    whose::remove_tag("region");
    let error = captured(&rec);
    let tags: Vec<_> = error.tags().collect();
    let expected = [
        ("page.locale", "de-at"),
        ("plan", "free"),
        ("seats", "3"),
        ("trial", "true"),
    ];
    assert_eq!(tags, expected);
}

#[test]
fn a_tag_keeps_sentrys_rules_for_keys_and_values() {
    let rec = Recorder::start();
    let before = whose::stats();
    whose::set_tag("k".repeat(32), "v".repeat(200));
    whose::set_tag("k".repeat(33), "too long a key");
    whose::set_tag("no spaces", "v");
    whose::set_tag("long", "v".repeat(201));
    let error = captured(&rec);
    assert_eq!(error.tags().count(), 2);
    assert_eq!(error.tag(&"k".repeat(32)), Some(&*"v".repeat(200)));
    let cut = error.tag("long").unwrap();
    assert!(cut.chars().count() == 200 && cut.ends_with('…'), "{cut}");
    assert_eq!(whose::stats().invalid_tags, before.invalid_tags + 2);
}

/// In Sentry a scope's tag, extra or context overwrites the one that the event itself has. Here
/// what is said of the record wins, as it does for the user.
#[test]
fn what_the_record_says_wins_over_the_scope() {
    let rec = Recorder::start();
    whose::set_tag("k", "scope");
    whose::set_extra("k", "scope");
    let report = whose::error(&refused());
    report.tag("k", "record").extra("k", "record").capture();
    let error = &rec.errors()[0];
    assert_eq!(error.tag("k"), Some("record"));
    assert_eq!(error.extra("k"), Some(&json!("record")));
}

// --- extra and contexts

#[test]
fn set_extra_and_remove_extra() {
    let rec = Recorder::start();
    whose::set_extra("cart", json!({"items": [1, 2], "total": 9.5}));
    whose::set_extra("gone", 1);
    whose::remove_extra("gone");
    let error = captured(&rec);
    let extras: Vec<_> = error.extras().collect();
    assert_eq!(extras, [("cart", &json!({"items": [1, 2], "total": 9.5}))]);
}

#[test]
fn set_context_and_remove_context() {
    let rec = Recorder::start();
    whose::set_context("character", json!({"name": "Mighty Fighter", "age": 19}));
    whose::set_context("character", json!({"name": "Other", "weapon": "sword"}));
    whose::set_context("gone", json!({"a": 1}));
    whose::remove_context("gone");
    let error = captured(&rec);
    // As in Sentry, the same scope's context of that name is replaced.
    let contexts: Vec<_> = error.contexts().collect();
    let expected = json!({"name": "Other", "weapon": "sword"});
    assert_eq!(contexts, [("character", &expected)]);
}

/// In Sentry the inner scope's context hides the outer one of the same name whole. Here they are
/// joined key by key, as tags and extra are: who adds one value loses none.
#[test]
fn a_context_of_an_inner_scope_joins_the_outer_one() {
    let rec = Recorder::start();
    whose::set_context("app", json!({"name": "shop", "version": 1}));
    let scope = Scope::new().context("app", json!({"version": 2}));
    let error = scope.in_scope(|| captured(&rec));
    let joined = json!({"name": "shop", "version": 2});
    assert_eq!(error.context("app"), Some(&joined));
}

/// Sentry's scrubber works in place, on the values that the application handed over: its own
/// objects change. Here each value is serialised at the call, and nothing of the caller's is
/// changed, neither by a limit nor by a hook.
#[test]
fn nothing_of_the_callers_is_changed() {
    let layer = whose::layer().with_before_breadcrumb(|crumb| Some(crumb.with_data("token", "-")));
    let subscriber = tracing_subscriber::registry().with(layer);
    tracing::subscriber::with_default(subscriber, || {
        let rec = Recorder::start();
        let mut cart = vec!["x".repeat(Limits::DATA_BYTES * 2)];
        let crumb = Breadcrumb::new("paid").with_data("token", "secret");
        whose::set_extra("cart", &cart);
        whose::add_breadcrumb(crumb.clone());
        assert_eq!(cart[0].len(), Limits::DATA_BYTES * 2);
        assert_eq!(crumb.data("token"), Some(&json!("secret")));
        cart.clear();
        let error = captured(&rec);
        let kept = error.extra("cart").unwrap().as_str().unwrap();
        assert!(kept.len() <= Limits::DATA_BYTES && kept.ends_with('…'));
        let crumb = error.breadcrumbs().next().unwrap();
        assert_eq!(crumb.data("token"), Some(&json!("-")));
    });
}

// --- breadcrumbs

#[test]
fn add_breadcrumb_with_every_field() {
    let rec = Recorder::start();
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    whose::add_breadcrumb(
        Breadcrumb::new("to checkout")
            .with_type("navigation")
            .with_category("ui")
            .with_level(Level::WARN)
            .with_data("from", "/cart")
            .with_data("to", json!({"path": "/pay"}))
            .with_timestamp(time),
    );
    let error = captured(&rec);
    let crumb = error.breadcrumbs().next().unwrap();
    assert_eq!(crumb.message(), "to checkout");
    assert_eq!(crumb.breadcrumb_type(), Some("navigation"));
    assert_eq!(crumb.category(), Some("ui"));
    assert_eq!(crumb.level(), Level::WARN);
    assert_eq!(crumb.data("from"), Some(&json!("/cart")));
    assert_eq!(crumb.data("to"), Some(&json!({"path": "/pay"})));
    assert_eq!(crumb.timestamp(), time);
}

#[test]
fn a_breadcrumb_without_level_and_timestamp_is_info_and_of_now() {
    let rec = Recorder::start();
    let before = SystemTime::now();
    whose::add_breadcrumb(Breadcrumb::new("m"));
    let error = captured(&rec);
    let crumb = error.breadcrumbs().next().unwrap();
    assert_eq!(crumb.level(), Level::INFO);
    assert!(crumb.timestamp() >= before && crumb.timestamp() <= SystemTime::now());
}

#[test]
fn max_breadcrumbs_is_a_hundred_and_the_oldest_goes_first() {
    let rec = Recorder::start();
    for n in 0..Limits::BREADCRUMBS + 7 {
        whose::add_breadcrumb(Breadcrumb::new(n.to_string()));
    }
    let error = captured(&rec);
    let crumbs = messages(&error);
    assert_eq!(crumbs.len(), 100);
    assert_eq!((crumbs[0], crumbs[99]), ("7", "106"));
}

/// A Sentry hook that raises lets the breadcrumb through as it was. Such a hook is mostly there to
/// take something out, so here the breadcrumb is lost, and counted.
#[test]
fn before_breadcrumb_changes_or_drops_and_one_that_panics_lets_nothing_through() {
    let layer = whose::layer().with_before_breadcrumb(|crumb| match crumb.category() {
        Some("noise") => None,
        Some("broken") => panic!("on purpose"),
        _ => Some(crumb.with_category("seen")),
    });
    let subscriber = tracing_subscriber::registry().with(layer);
    tracing::subscriber::with_default(subscriber, || {
        let rec = Recorder::start();
        let before = whose::stats().hook_panics;
        whose::add_breadcrumb(Breadcrumb::new("a").with_category("noise"));
        whose::add_breadcrumb(Breadcrumb::new("b").with_category("broken"));
        whose::add_breadcrumb(Breadcrumb::new("c"));
        let error = captured(&rec);
        assert_eq!(messages(&error), ["c"]);
        assert_eq!(error.breadcrumbs().next().unwrap().category(), Some("seen"));
        assert_eq!(whose::stats().hook_panics, before + 1);
    });
}

#[test]
fn log_lines_become_breadcrumbs() {
    let layer = whose::layer().with_breadcrumbs(Level::INFO, |_| true);
    let subscriber = tracing_subscriber::registry().with(layer);
    tracing::subscriber::with_default(subscriber, || {
        let rec = Recorder::start();
        info!(target: "shop", step = 2, "opened");
        tracing::debug!("too fine");
        let error = captured(&rec);
        let crumb = error.breadcrumbs().next().unwrap();
        assert_eq!(messages(&error), ["opened"]);
        assert_eq!(crumb.category(), Some("shop"));
        assert_eq!(crumb.data("step"), Some(&json!(2)));
    });
}

// --- the three scopes

#[test]
fn global_isolation_and_current_scope_inherit_and_the_innermost_wins() {
    let _global = isolate_global();
    let rec = Recorder::start();
    whose::global().set_tag("scope", "global");
    whose::global().set_tag("release", "1.2.3");
    whose::global().add_breadcrumb(Breadcrumb::new("global"));
    // Isolation: what the top-level functions write to.
    whose::set_tag("scope", "isolation");
    whose::set_tag("request", "r-1");
    whose::set_user("alice");
    whose::add_breadcrumb(Breadcrumb::new("isolation"));
    // Current: one further isolated scope inside.
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
fn new_scope_ends_with_its_block_and_top_level_writes_go_past_it() {
    let rec = Recorder::start();
    whose::tag("block", "only").in_scope(|| whose::set_tag("request", "r-1"));
    let error = captured(&rec);
    assert_eq!(error.tag("block"), None);
    assert_eq!(error.tag("request"), Some("r-1"));
}

/// Sentry's `isolation_scope()` forks a copy: what the outer one learns later does not reach the
/// inner one. Here the inner scope looks outwards, so a login during a background job of the
/// request counts for the job.
#[test]
fn an_isolated_scope_keeps_its_writes_and_sees_what_the_outer_one_learns() {
    let rec = Recorder::start();
    let outer = whose::isolation().unwrap();
    Scope::isolated().in_scope(|| {
        whose::set_tag("inner", "yes");
        outer.set_user("alice");
        let error = captured(&rec);
        assert_eq!(error.user_id(), Some("alice"));
        assert_eq!(error.source(), Some(Source::Isolation));
    });
    assert_eq!(captured(&rec).tag("inner"), None);
}

/// In Sentry's Rust SDK two futures on one thread write to the same hub unless each is bound to its
/// own (`bind_hub`), and Alice's error is reported as Bob's. Here the scope is the future's.
#[tokio::test(flavor = "current_thread")]
async fn futures_on_one_thread_do_not_share_a_scope() {
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

/// Sentry copies the scope into every new thread and task that it can patch. Here nothing is
/// inherited by magic, since most spawned work outlives the request: it is taken along by name.
#[test]
fn a_thread_starts_with_nothing_unless_it_takes_the_scope_along() {
    let rec = Recorder::start();
    whose::set_user("alice");
    std::thread::spawn(|| whose::capture_error(&refused()))
        .join()
        .unwrap();
    assert_eq!(rec.errors().len(), 0, "it is nobody's, and not this test's");
    let scope = Scope::current();
    std::thread::spawn(|| scope.in_scope(|| whose::capture_error(&refused())))
        .join()
        .unwrap();
    assert_eq!(rec.errors()[0].user_id(), Some("alice"));
}

/// Outside a request, Sentry writes to a scope of the thread, whose next request begins with that
/// user. Here such a write is refused and counted; `global()` means everybody.
#[test]
fn a_write_outside_every_request_reaches_no_request() {
    let _global = isolate_global();
    Scope::isolated().in_scope(|| ());
    let before = whose::stats().refused_writes;
    whose::set_user("alice");
    assert_eq!(whose::stats().refused_writes, before + 1);
    Scope::isolated().in_scope(|| assert_eq!(whose::current().user_id(), None));
    whose::global().set_user("service");
    Scope::isolated().in_scope(|| assert_eq!(whose::current().user_id(), Some("service")));
}

// --- one event

#[test]
fn a_per_event_override_is_of_that_event_alone() {
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
        (error.user_id(), error.source()),
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
