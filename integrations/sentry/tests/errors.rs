//! The sink: errors of `whose` as events of Sentry, each once.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod common;

use std::collections::BTreeMap;
use std::fmt;

use common::{Sent, attributed, captured, id, options};
use sentry::Level;
use sentry::integrations::panic::PanicIntegration;
use sentry::integrations::tracing::{ErrorLayer, SpanLayer};
use sentry::protocol::{Context, Event};
use tracing::Dispatch;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::prelude::*;
use whose::{Breadcrumb, Scope, Service};

#[derive(Debug)]
struct Declined(std::io::Error);

impl fmt::Display for Declined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("card declined")
    }
}

impl std::error::Error for Declined {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

fn declined() -> Declined {
    Declined(std::io::Error::other("bank is down"))
}

#[whose::trace(err)]
fn charge() -> Result<(), Declined> {
    Err(declined())
}

#[whose::trace(err, level = error)]
fn charge_loudly() -> Result<(), Declined> {
    Err(declined())
}

fn layer() -> whose::Layer {
    whose::layer().with_sink(whose_sentry::sink())
}

fn sink_alone() -> Dispatch {
    tracing_subscriber::registry().with(layer()).into()
}

/// The sink and the `ErrorLayer`, which report the same errors.
fn both() -> Dispatch {
    let spans = SpanLayer::new().with_filter(LevelFilter::INFO);
    let errors = ErrorLayer::new().with_filter(LevelFilter::ERROR);
    tracing_subscriber::registry()
        .with(layer())
        .with(whose_sentry::layer(spans.and_then(errors)))
        .into()
}

fn both_in_other_order() -> Dispatch {
    let errors = ErrorLayer::new().with_filter(LevelFilter::ERROR);
    tracing_subscriber::registry()
        .with(whose_sentry::layer(errors))
        .with(layer())
        .into()
}

fn context<'a>(event: &'a Event<'_>, name: &str) -> &'a BTreeMap<String, serde_json::Value> {
    match &event.contexts[name] {
        Context::Other(map) => map,
        other => panic!("{other:?}"),
    }
}

#[test]
fn error_arrives_with_all_its_parts() {
    let service = Service::new("shop")
        .with_version("1.2")
        .with_environment("staging");
    let subscriber = tracing_subscriber::registry().with(layer().with_service(service));
    let sent = captured(attributed(), subscriber, || {
        Scope::isolated().in_scope(|| {
            whose::set_user("alice");
            whose::set_session("s-1");
            for n in 0..120 {
                let crumb = Breadcrumb::new(format!("step {n}")).with_category("ui");
                whose::add_breadcrumb(crumb.with_data("n", n));
            }
            whose::flag("new-checkout", true);
            let _span = tracing::info_span!("checkout").entered();
            whose::error(&declined())
                .tag("plan", "pro")
                .extra("cart", 3)
                .capture();
        });
    });
    let event = &sent.events[0];
    assert_eq!((sent.events.len(), event.level), (1, Level::Error));
    assert_eq!(id(&event.user), Some("alice"));
    assert_eq!(event.tags["session.id"], "s-1");
    assert_eq!(event.tags["plan"], "pro");
    assert_eq!(event.extra["cart"], 3);
    let values: Vec<_> = event
        .exception
        .iter()
        .map(|it| it.value.as_deref())
        .collect();
    assert_eq!(values, [Some("bank is down"), Some("card declined")]);
    assert!(event.exception.last().unwrap().ty.contains("Declined"));
    let frames = &event
        .exception
        .last()
        .unwrap()
        .stacktrace
        .as_ref()
        .unwrap()
        .frames;
    assert!(
        frames[0]
            .filename
            .as_deref()
            .unwrap()
            .ends_with("errors.rs")
    );
    assert_eq!(
        (event.fingerprint.len(), event.fingerprint[0].len()),
        (1, 32)
    );
    assert_eq!(event.breadcrumbs.len(), 100);
    let crumb = event.breadcrumbs.iter().last().unwrap();
    assert_eq!(crumb.message.as_deref(), Some("step 119"));
    assert_eq!(
        (crumb.category.as_deref(), &crumb.data["n"]),
        (Some("ui"), &119.into())
    );
    let flag = serde_json::json!({ "flag": "new-checkout", "result": true });
    assert_eq!(context(event, "flags")["values"], serde_json::json!([flag]));
    assert_eq!(event.transaction.as_deref(), Some("checkout"));
    assert_eq!(event.release.as_deref(), Some("shop@1.2"));
    assert_eq!(event.environment.as_deref(), Some("staging"));
    assert!(matches!(event.contexts["trace"], Context::Trace(_)));
}

#[test]
fn errors_of_one_kind_have_one_fingerprint() {
    let sent = captured(attributed(), sink_alone(), || {
        whose::capture_message("order 17 has no items");
        whose::capture_message("order 99 has no items");
        whose::capture_message("order 99 has no address");
    });
    let prints: Vec<_> = sent.events.iter().map(|event| &event.fingerprint).collect();
    assert_eq!(prints[0], prints[1]);
    assert_ne!(prints[1], prints[2]);
    assert_eq!(
        sent.events[0].message.as_deref(),
        Some("order 17 has no items")
    );
    assert!(sent.events[0].exception.is_empty());
}

#[test]
fn sink_works_without_the_integration() {
    let sent = captured(options(), sink_alone(), || {
        whose::user("alice")
            .tag("plan", "pro")
            .in_scope(|| whose::capture_error(&declined()));
    });
    assert_eq!(id(&sent.events[0].user), Some("alice"));
    assert_eq!(sent.events[0].tags["plan"], "pro");
}

#[test]
fn release_of_the_options_wins() {
    let service = Service::new("shop").with_version("1.2");
    let subscriber = tracing_subscriber::registry().with(layer().with_service(service));
    let sent = captured(attributed().release("of-options"), subscriber, || {
        whose::capture_error(&declined());
    });
    assert_eq!(sent.events[0].release.as_deref(), Some("of-options"));
}

/// The ways in which a program reports an error, each of which is one error.
fn report_all() {
    let _span = tracing::info_span!("request").entered();
    whose::user("alice").in_scope(|| {
        whose::capture_error(&declined());
        tracing::error!(error = &declined() as &dyn std::error::Error, "log line");
        tracing::error!("plain log line");
        let _ = charge();
        let _ = charge_loudly();
    });
}

fn check_once(sent: &Sent) {
    let shown: Vec<_> = sent
        .events
        .iter()
        .map(|event| {
            event
                .message
                .clone()
                .or(event.exception.last()?.value.clone())
        })
        .collect();
    assert_eq!(shown.len(), 5, "{shown:?}");
    assert!(
        sent.events
            .iter()
            .all(|event| id(&event.user) == Some("alice"))
    );
}

#[test]
fn sink_reports_each_error_once() {
    check_once(&captured(attributed(), sink_alone(), report_all));
}

#[test]
fn sink_and_error_layer_report_each_error_once() {
    let sent = captured(attributed(), both(), report_all);
    check_once(&sent);
    // The event of the sink is the one that is sent.
    let fingerprinted = |event: &&Event<'_>| event.fingerprint[0] != "{{ default }}";
    assert_eq!(sent.events.iter().filter(fingerprinted).count(), 4);
}

#[test]
fn sink_and_error_layer_in_other_order_report_each_error_once() {
    check_once(&captured(attributed(), both_in_other_order(), report_all));
}

#[test]
fn error_of_a_sampled_span_is_in_its_trace() {
    let sent = captured(attributed(), both(), || {
        tracing::info_span!("request").in_scope(|| whose::capture_error(&declined()));
    });
    let trace = |contexts: &BTreeMap<String, Context>| match &contexts["trace"] {
        Context::Trace(trace) => (trace.trace_id, trace.span_id),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        trace(&sent.events[0].contexts),
        trace(&sent.transactions[0].contexts)
    );
}

#[test]
fn panic_is_reported_once() {
    let options = attributed().add_integration(PanicIntegration::new());
    let sent = captured(options, sink_alone(), || {
        whose::panic::install();
        whose::user("alice").in_scope(|| {
            let _ = std::panic::catch_unwind(|| panic!("broken"));
        });
    });
    assert_eq!(sent.events.len(), 1);
    assert_eq!(id(&sent.events[0].user), Some("alice"));
}

#[test]
fn policy_applies_to_errors() {
    let policy = whose::Policy::new().drop("user.email");
    let layer = layer().with_policy(policy).unwrap();
    let subscriber = tracing_subscriber::registry().with(layer);
    let sent = captured(attributed(), subscriber, || {
        let alice = whose::User::new("alice").with_email("a@example.com");
        whose::user(alice).in_scope(|| whose::capture_error(&declined()));
    });
    let user = sent.events[0].user.as_ref().unwrap();
    assert_eq!(
        (user.id.as_deref(), user.email.as_deref()),
        (Some("alice"), None)
    );
}
