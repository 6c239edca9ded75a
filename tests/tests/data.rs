//! Extra values, contexts and breadcrumbs follow the precedence of frames, in the current
//! attribution and on every record type.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, SystemTime};

use serde_json::{Value as Json, json};
use tracing::{Level, debug, info, info_span, warn};
use whose::testing::{Recorder, isolate_global};
use whose::{Breadcrumb, Limits, Scope, ScopeExt, current};

fn extra(key: &str) -> Option<Json> {
    current().extra(key).cloned()
}

fn context(name: &str) -> Option<Json> {
    current().context(name).cloned()
}

fn messages(record: &whose::Record) -> Vec<&str> {
    record.breadcrumbs().map(Breadcrumb::message).collect()
}

fn refused() -> io::Error {
    io::Error::other("refused")
}

#[test]
fn innermost_extra_wins_and_contexts_merge() {
    let _global = isolate_global();
    whose::global().set_extra("a", "global");
    whose::global().set_extra("g", 1);
    whose::global().set_context("app", json!({"name": "shop", "version": 1}));
    let inside = || {
        whose::set_extra("a", "isolated");
        whose::set_extra("i", [1, 2]);
        whose::set_context("app", json!({"version": 2, "beta": true}));
        whose::set_context("device", json!({"os": "linux"}));
        assert_eq!(extra("a"), Some(json!("isolated")));
        let fixed = Scope::new()
            .extra("a", "fixed")
            .context("app", json!({"version": 3}));
        fixed.in_scope(|| {
            let attribution = current();
            let all: Vec<_> = attribution.extras().collect();
            let expected = [
                ("a", &json!("fixed")),
                ("g", &json!(1)),
                ("i", &json!([1, 2])),
            ];
            assert_eq!(all, expected);
            let app = json!({"name": "shop", "version": 3, "beta": true});
            assert_eq!(context("app"), Some(app));
            assert_eq!(attribution.contexts().count(), 2);
        });
        assert_eq!(extra("a"), Some(json!("isolated")));
    };
    Scope::isolated().in_scope(inside);
    assert_eq!(extra("a"), Some(json!("global")));
    assert_eq!((extra("i"), context("device")), (None, None));
}

#[test]
fn context_replaces_within_frame_and_removal_shows_outer() {
    let _global = isolate_global();
    whose::global().set_extra("k", "outside");
    whose::global().set_context("c", json!({"a": 1}));
    Scope::isolated().in_scope(|| {
        whose::set_context("c", json!({"b": 1, "c": 1}));
        whose::set_context("c", json!({"b": 2}));
        assert_eq!(context("c"), Some(json!({"a": 1, "b": 2})));
        whose::remove_context("c");
        assert_eq!(context("c"), Some(json!({"a": 1})));
        whose::set_extra("k", "inside");
        whose::remove_extra("k");
        assert_eq!(extra("k"), Some(json!("outside")));
    });
}

#[test]
fn records_carry_data_of_their_frames() {
    let rec = Recorder::start();
    whose::set_extra("cart", json!({"items": 3}));
    let span = info_span!("paying");
    span.in_scope(|| info!("inside"));
    let scope = Scope::new().context("order", json!({"id": 7}));
    scope.in_scope(|| whose::capture_error(&refused()));
    whose::set_extra("cart", "changed later");
    drop(span);
    let cart = json!({"items": 3});
    assert_eq!(rec.events()[0].extra("cart"), Some(&cart));
    assert_eq!(rec.errors()[0].extra("cart"), Some(&cart));
    assert_eq!(rec.errors()[0].context("order"), Some(&json!({"id": 7})));
    assert_eq!(rec.span("paying").extra("cart"), Some(&cart));
}

#[test]
fn error_data_stays_on_its_error() {
    let rec = Recorder::start();
    whose::set_extra("k", "scope");
    whose::set_context("c", json!({"a": 1}));
    whose::error(&refused())
        .extra("k", "error")
        .context("c", json!({"b": 2}))
        .capture();
    whose::capture_error(&refused());
    let errors = rec.errors();
    assert_eq!(errors[0].extra("k"), Some(&json!("error")));
    assert_eq!(errors[0].context("c"), Some(&json!({"a": 1, "b": 2})));
    assert_eq!(errors[1].extra("k"), Some(&json!("scope")));
    assert_eq!(errors[1].context("c"), Some(&json!({"a": 1})));
}

#[test]
fn data_is_serialised_at_the_call() {
    let _rec = Recorder::start();
    let mut list = vec![1];
    whose::set_extra("list", &list);
    list.push(2);
    assert_eq!(extra("list"), Some(json!([1])));
    assert_eq!(list, [1, 2]);
}

#[test]
fn captured_stack_past_depth_limit_keeps_data() {
    let _rec = Recorder::start();
    let mut scope = Scope::new()
        .extra("first", 1)
        .context("c", json!({"first": 1}));
    for n in 0..50 {
        let inner = Scope::new()
            .extra("last", n)
            .context("c", json!({"last": n}));
        scope = scope.in_scope(|| inner.in_scope(Scope::current));
    }
    scope.in_scope(|| {
        // A span bounds its stack, so the frames are flattened here.
        info_span!("deep").in_scope(|| {
            assert_eq!(
                (extra("first"), extra("last")),
                (Some(json!(1)), Some(json!(49)))
            );
            assert_eq!(context("c"), Some(json!({"first": 1, "last": 49})));
        });
    });
}

#[test]
fn error_carries_breadcrumbs_of_all_mutable_frames_by_time() {
    let _global = isolate_global();
    let rec = Recorder::start();
    let time = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    let crumb = |message: &str, seconds| Breadcrumb::new(message).with_timestamp(time(seconds));
    whose::global().add_breadcrumb(crumb("global", 2));
    whose::add_breadcrumb(crumb("request", 3));
    whose::user("u").in_scope(|| whose::add_breadcrumb(crumb("request too", 1)));
    Scope::isolated().in_scope(|| {
        whose::add_breadcrumb(crumb("job", 4));
        whose::capture_error(&refused());
    });
    whose::capture_error(&refused());
    info!("no error");
    let errors = rec.errors();
    assert_eq!(
        messages(&errors[0]),
        ["request too", "global", "request", "job"]
    );
    assert_eq!(messages(&errors[1]), ["request too", "global", "request"]);
    assert_eq!(rec.events()[0].breadcrumbs().count(), 0);
}

#[test]
fn frame_and_error_keep_newest_hundred_breadcrumbs() {
    let rec = Recorder::start();
    for n in 0..150 {
        whose::add_breadcrumb(Breadcrumb::new(format!("outer {n}")));
    }
    Scope::isolated().in_scope(|| {
        for n in 0..30 {
            whose::add_breadcrumb(Breadcrumb::new(format!("inner {n}")));
        }
        whose::capture_error(&refused());
    });
    whose::capture_error(&refused());
    let errors = rec.errors();
    let both = messages(&errors[0]);
    assert_eq!(
        (both.len(), both[0], both[99]),
        (100, "outer 80", "inner 29")
    );
    let outer = messages(&errors[1]);
    assert_eq!(
        (outer.len(), outer[0], outer[99]),
        (100, "outer 50", "outer 149")
    );
}

#[test]
fn breadcrumb_carries_every_field() {
    let rec = Recorder::start();
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(9);
    whose::add_breadcrumb(
        Breadcrumb::new("went on")
            .with_category("ui")
            .with_type("navigation")
            .with_level(Level::WARN)
            .with_data("to", "/pay")
            .with_data("to", json!({"path": "/pay"}))
            .with_timestamp(time),
    );
    whose::capture_error(&refused());
    let error = &rec.errors()[0];
    let crumb = error.breadcrumbs().next().unwrap();
    assert_eq!((crumb.message(), crumb.category()), ("went on", Some("ui")));
    assert_eq!(
        (crumb.breadcrumb_type(), crumb.level()),
        (Some("navigation"), Level::WARN)
    );
    assert_eq!(crumb.data("to"), Some(&json!({"path": "/pay"})));
    assert_eq!((crumb.all_data().len(), crumb.timestamp()), (1, time));
}

#[test]
fn events_become_breadcrumbs_if_layer_is_configured() {
    use tracing_subscriber::layer::SubscriberExt as _;
    let layer = whose::layer()
        .with_breadcrumbs(Level::INFO, |target| target == "shop")
        .with_before_breadcrumb(|crumb| match crumb.message() {
            "secret" => None,
            "loud" => panic!("on purpose"),
            "plain" => Some(crumb.with_category("changed")),
            _ => Some(crumb),
        });
    let subscriber = tracing_subscriber::registry().with(layer);
    let before = whose::stats().hook_panics;
    tracing::subscriber::with_default(subscriber, || {
        let rec = Recorder::start();
        Scope::isolated().in_scope(|| {
            info!(target: "shop", step = 2, "opened");
            debug!(target: "shop", "too fine");
            info!(target: "other", "elsewhere");
            warn!(target: "shop", "secret");
            warn!(target: "shop", "loud");
            whose::add_breadcrumb(Breadcrumb::new("plain"));
            whose::add_breadcrumb(Breadcrumb::new("secret"));
            info_span!("span").in_scope(|| info!(target: "shop", "in a span"));
            whose::capture_error(&refused());
        });
        let errors = rec.errors();
        assert_eq!(messages(&errors[0]), ["opened", "plain", "in a span"]);
        let crumbs: Vec<_> = errors[0].breadcrumbs().collect();
        assert_eq!(
            (crumbs[0].category(), crumbs[0].data("step")),
            (Some("shop"), Some(&json!(2)))
        );
        assert_eq!(crumbs[1].category(), Some("changed"));
        assert_eq!(rec.events().len(), 6);
    });
    assert_eq!(whose::stats().hook_panics, before + 1);
}

#[test]
fn excess_and_long_values_are_bounded_and_counted() {
    let _rec = Recorder::start();
    let before = whose::stats();
    for n in 0..10_000 {
        whose::set_extra(format!("k{n}"), n);
        whose::set_context(format!("c{n}"), json!({ "n": n }));
    }
    whose::set_extra("k1", "x".repeat(1 << 20));
    let attribution = current();
    assert_eq!(
        (attribution.extras().count(), attribution.contexts().count()),
        (Limits::EXTRA, Limits::CONTEXTS)
    );
    let long = attribution.extra("k1").and_then(Json::as_str).unwrap();
    assert!(long.len() <= Limits::DATA_BYTES && long.ends_with('…'));
    assert!(whose::stats().truncated_values() > before.truncated_values() + 19_000);
}

#[test]
fn reentrant_serialiser_works_and_panic_loses_its_value() {
    struct Reentrant;
    impl serde::Serialize for Reentrant {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            whose::set_extra("again", 1);
            info!("during serialisation");
            whose::capture_error(&refused());
            serializer.collect_str(whose::current().user_id().unwrap_or("nobody"))
        }
    }
    struct Panics;
    impl serde::Serialize for Panics {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            panic!("on purpose")
        }
    }
    let rec = Recorder::start();
    whose::set_user("alice");
    let before = whose::stats().failed_values;
    let set = || {
        whose::set_extra("reentrant", Reentrant);
        whose::set_extra("panics", Panics);
        whose::set_context("panics", Panics);
        whose::add_breadcrumb(
            Breadcrumb::new("m")
                .with_data("panics", Panics)
                .with_data("n", 1),
        );
    };
    assert!(catch_unwind(AssertUnwindSafe(set)).is_ok());
    assert_eq!(
        (extra("reentrant"), extra("again")),
        (Some(json!("alice")), Some(json!(1)))
    );
    assert_eq!((extra("panics"), context("panics")), (None, None));
    assert_eq!(whose::stats().failed_values, before + 3);
    assert_eq!(rec.errors().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_sharing_scope_lose_no_writes() {
    let rec = Recorder::start();
    let shared = Scope::isolated();
    let write = |n: usize| async move {
        for round in 0..50 {
            whose::set_extra(format!("k{}", n % 40), json!({"n": n, "round": round}));
            whose::set_context("c", json!({"a": n, "b": n}));
            whose::add_breadcrumb(Breadcrumb::new(format!("{n}")));
            let attribution = current();
            let context = attribution.context("c").unwrap();
            assert_eq!(context["a"], context["b"], "torn");
            tokio::task::yield_now().await;
        }
    };
    let scope = shared.clone();
    let tasks: Vec<_> = (0..64)
        .map(|n| tokio::spawn(write(n).with_scope(scope.clone())))
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    shared.in_scope(|| {
        let attribution = current();
        assert_eq!(attribution.extras().count(), 40);
        assert!(attribution.extras().all(|(_, value)| value["round"] == 49));
    });
    drop(rec);
}

#[test]
fn breadcrumb_and_extra_outside_isolation_are_refused() {
    let _global = isolate_global();
    whose::add_breadcrumb(Breadcrumb::new("at the start"));
    Scope::isolated().in_scope(|| ());
    let before = whose::stats().refused_writes;
    whose::add_breadcrumb(Breadcrumb::new("without a scope"));
    whose::set_extra("key", "value");
    assert_eq!(whose::stats().refused_writes, before + 2);
    assert_eq!(extra("key"), None);
}

#[test]
fn new_tag_past_limit_is_dropped() {
    let _rec = Recorder::start();
    for n in 0..Limits::TAGS {
        whose::set_tag(format!("t{n:02}"), "v");
    }
    whose::set_tag("new", "v");
    whose::set_tag("t00", "changed");
    let attribution = current();
    assert_eq!(
        (attribution.tags().count(), attribution.tag("new")),
        (Limits::TAGS, None)
    );
    assert_eq!(
        (attribution.tag("t00"), attribution.tag("t49")),
        (Some("changed"), Some("v"))
    );
    let full = (0..Limits::TAGS).map(|n| (format!("s{n:02}"), "v"));
    Scope::new().tags(full).tag("new", "v").in_scope(|| {
        assert_eq!(
            (current().tag("s49"), current().tag("new")),
            (Some("v"), None)
        );
    });
}
