//! Span events have the user of the event.

#![allow(clippy::unwrap_used)]

mod common;

use common::{Sdk, user};
use opentelemetry::trace::TraceContextExt;
use tracing::{Level, info, info_span};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::prelude::*;
use whose::Scope;
use whose_opentelemetry::Bridge;

fn in_subscriber(sdk: &Sdk, test: impl FnOnce()) {
    let telemetry = tracing_opentelemetry::layer().with_tracer(sdk.tracer());
    let subscriber = tracing_subscriber::registry()
        .with(whose::layer())
        .with(sdk.bridge.layer(telemetry));
    tracing::subscriber::with_default(subscriber, test);
}

/// The users of the events by their names.
fn users(sdk: &Sdk, span: &str) -> Vec<(String, Vec<String>)> {
    let events = sdk.span(span).events.events;
    events
        .iter()
        .map(|event| (event.name.to_string(), user(&event.attributes)))
        .collect()
}

#[test]
fn events_of_inner_scopes_have_their_own_users() {
    let sdk = Sdk::with_processor(Bridge::new());
    in_subscriber(&sdk, || {
        whose::user("alice").in_scope(|| {
            info_span!("shared").in_scope(|| {
                info!("one");
                whose::user("bob").in_scope(|| info!("two"));
                whose::anonymous().in_scope(|| info!("three"));
                info!(user.id = "carol", "four");
                info!("five");
            });
        });
    });
    let seen = users(&sdk, "shared");
    let seen: Vec<_> = seen
        .iter()
        .map(|(name, user)| (&**name, user.join("+")))
        .collect();
    let expected = [
        ("one", "alice"),
        ("two", "bob"),
        ("three", ""),
        ("four", "carol"),
        ("five", "alice"),
    ];
    assert_eq!(seen, expected.map(|(name, user)| (name, user.to_owned())));
}

#[test]
fn event_before_login_has_no_user() {
    let sdk = Sdk::with_processor(Bridge::new());
    in_subscriber(&sdk, || {
        Scope::isolated().in_scope(|| {
            info_span!("request").in_scope(|| {
                info!("before");
                whose::set_user("alice");
                info!("after");
            });
        });
    });
    let seen = users(&sdk, "request");
    assert_eq!(seen[0], ("before".into(), vec![]));
    assert_eq!(seen[1], ("after".into(), vec!["alice".into()]));
    assert_eq!(user(&sdk.span("request").attributes), ["alice"]);
}

#[test]
fn filtered_and_native_events_do_not_shift_users() {
    let sdk = Sdk::with_processor(Bridge::new());
    let telemetry = tracing_opentelemetry::layer().with_tracer(sdk.tracer());
    let telemetry = telemetry.with_filter(LevelFilter::from_level(Level::INFO));
    let subscriber = tracing_subscriber::registry()
        .with(whose::layer())
        .with(sdk.bridge.layer(telemetry));
    tracing::subscriber::with_default(subscriber, || {
        whose::user("alice").in_scope(|| {
            let span = info_span!("mixed");
            span.in_scope(|| {
                whose::user("bob").in_scope(|| tracing::debug!("hidden"));
                info!("one");
                span.context().span().add_event("native", vec![]);
                whose::user("bob").in_scope(|| tracing::debug!("hidden"));
                whose::user("carol").in_scope(|| info!("two"));
            });
        });
    });
    let seen = users(&sdk, "mixed");
    let seen: Vec<_> = seen
        .iter()
        .map(|(name, user)| (&**name, user.join("+")))
        .collect();
    assert_eq!(seen[0], ("one", "alice".to_owned()));
    assert_eq!(seen[1], ("native", "alice".to_owned()));
    assert_eq!(seen[2], ("two", "carol".to_owned()));
}

#[test]
fn event_with_explicit_parent_has_user_of_that_span() {
    let sdk = Sdk::with_processor(Bridge::new());
    in_subscriber(&sdk, || {
        let alice = whose::user("alice").in_scope(|| info_span!("of_alice"));
        whose::user("bob").in_scope(|| info!(parent: &alice, "sent"));
    });
    assert_eq!(
        users(&sdk, "of_alice"),
        [("sent".to_owned(), vec!["alice".to_owned()])]
    );
}

#[test]
fn events_past_the_limit_of_the_sdk_do_not_shift_users() {
    let sdk = Sdk::with_processor(Bridge::new());
    in_subscriber(&sdk, || {
        info_span!("long").in_scope(|| {
            for number in 0..300 {
                whose::user(format!("user-{number}")).in_scope(|| info!("event {number}"));
            }
        });
    });
    let seen = users(&sdk, "long");
    assert_eq!(seen.len(), 128);
    for (number, (name, user)) in seen.iter().enumerate() {
        assert_eq!(*name, format!("event {number}"));
        assert_eq!(*user, [format!("user-{number}")]);
    }
}

#[test]
fn event_that_panics_while_printed_leaves_no_user_behind() {
    struct Panics;
    impl std::fmt::Debug for Panics {
        fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            panic!("printed")
        }
    }
    let sdk = Sdk::with_processor(Bridge::new());
    in_subscriber(&sdk, || {
        info_span!("shared").in_scope(|| {
            let alice = || whose::user("alice").in_scope(|| info!(value = ?Panics, "first"));
            let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(alice));
            whose::user("bob").in_scope(|| info!("second"));
        });
    });
    let seen = users(&sdk, "shared");
    assert_eq!(
        seen.last().unwrap(),
        &("second".to_owned(), vec!["bob".to_owned()])
    );
}
