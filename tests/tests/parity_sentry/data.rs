//! Tags, extra, contexts and breadcrumbs.

use std::time::{Duration, SystemTime};

use serde_json::json;
use tracing::{Level, info};
use tracing_subscriber::layer::SubscriberExt as _;
use whose::testing::Recorder;
use whose::{Breadcrumb, Limits, Scope};

use crate::{captured, messages, refused};

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
fn tag_follows_sentry_key_and_value_rules() {
    let rec = Recorder::start();
    let before = whose::stats();
    whose::set_tag("k".repeat(32), "v".repeat(200));
    whose::set_tag("k".repeat(33), "too long a key");
    whose::set_tag("no spaces", "v");
    whose::set_tag("long", "v".repeat(201));
    let error = captured(&rec);
    assert_eq!(error.tags().count(), 2);
    assert_eq!(error.tag(&"k".repeat(32)), Some(&*"v".repeat(200)));
    let long = error.tag("long").unwrap();
    assert!(long.chars().count() == 200 && long.ends_with('…'), "{long}");
    assert_eq!(whose::stats().invalid_tags, before.invalid_tags + 2);
}

/// In Sentry the tags, extra and contexts of a scope overwrite those of the event. In `whose` the
/// data of the record wins, as the user of the record does.
#[test]
fn record_data_wins_over_scope() {
    let rec = Recorder::start();
    whose::set_tag("k", "scope");
    whose::set_extra("k", "scope");
    let report = whose::error(&refused());
    report.tag("k", "record").extra("k", "record").capture();
    let error = &rec.errors()[0];
    assert_eq!(error.tag("k"), Some("record"));
    assert_eq!(error.extra("k"), Some(&json!("record")));
}

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
    // As in Sentry, a context replaces the context of the same name in the same scope.
    let contexts: Vec<_> = error.contexts().collect();
    let expected = json!({"name": "Other", "weapon": "sword"});
    assert_eq!(contexts, [("character", &expected)]);
}

/// In Sentry an inner context hides the whole outer context of the same name. `whose` merges both
/// by key, as it merges tags and extra, so adding one value loses none.
#[test]
fn inner_context_merges_with_outer_context() {
    let rec = Recorder::start();
    whose::set_context("app", json!({"name": "shop", "version": 1}));
    let scope = Scope::new().context("app", json!({"version": 2}));
    let error = scope.in_scope(|| captured(&rec));
    let merged = json!({"name": "shop", "version": 2});
    assert_eq!(error.context("app"), Some(&merged));
}

/// Sentry's scrubber changes the objects of the application in place. `whose` serialises each value
/// at the call, so neither a limit nor a hook changes the value of the caller.
#[test]
fn caller_values_are_unchanged() {
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
fn breadcrumb_defaults_to_info_and_now() {
    let rec = Recorder::start();
    let before = SystemTime::now();
    whose::add_breadcrumb(Breadcrumb::new("m"));
    let error = captured(&rec);
    let crumb = error.breadcrumbs().next().unwrap();
    assert_eq!(crumb.level(), Level::INFO);
    assert!(crumb.timestamp() >= before && crumb.timestamp() <= SystemTime::now());
}

#[test]
fn max_breadcrumbs_is_hundred_and_oldest_is_dropped() {
    let rec = Recorder::start();
    for n in 0..Limits::BREADCRUMBS + 7 {
        whose::add_breadcrumb(Breadcrumb::new(n.to_string()));
    }
    let error = captured(&rec);
    let crumbs = messages(&error);
    assert_eq!(crumbs.len(), 100);
    assert_eq!((crumbs[0], crumbs[99]), ("7", "106"));
}

/// A Sentry hook that raises passes the breadcrumb on unchanged. Most such hooks remove data, so
/// `whose` drops the breadcrumb of a hook that panics, and counts the panic.
#[test]
fn before_breadcrumb_edits_drops_or_panics() {
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
