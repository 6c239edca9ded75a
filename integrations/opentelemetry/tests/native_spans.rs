//! Spans that are made through OpenTelemetry itself.

#![allow(clippy::unwrap_used)]

mod common;

use common::{Sdk, all, user};
use opentelemetry::trace::{Span as _, TraceContextExt, Tracer};
use opentelemetry::{Context, KeyValue};
use whose::Scope;
use whose_opentelemetry::{Bridge, ContextExt};

#[test]
fn native_span_has_user_of_its_start() {
    let sdk = Sdk::with_processor(Bridge::new());
    let mut span = whose::user("alice")
        .session("s-1")
        .in_scope(|| sdk.tracer().start("native"));
    whose::user("bob").in_scope(|| {
        span.add_event("done", vec![KeyValue::new("user.email", "bob@example.com")]);
        span.end();
    });
    let span = sdk.span("native");
    assert_eq!(user(&span.attributes), ["alice"]);
    assert_eq!(all(&span.attributes, "session.id"), ["s-1"]);
    assert_eq!(user(&span.events[0].attributes), ["alice"]);
    assert_eq!(all(&span.events[0].attributes, "user.email"), [""; 0]);
}

#[test]
fn native_span_before_login_has_late_user() {
    let sdk = Sdk::with_processor(Bridge::new());
    let mut span = None;
    let request = Scope::isolated();
    request.clone().in_scope(|| {
        span = Some(sdk.tracer().start("native"));
        whose::set_user("alice");
    });
    whose::user("bob").in_scope(|| drop(span));
    assert_eq!(user(&sdk.span("native").attributes), ["alice"]);
}

#[test]
fn native_span_beside_attribute_of_a_user_has_one_user() {
    let sdk = Sdk::with_processor(Bridge::new());
    whose::user("alice").in_scope(|| {
        let mut span = sdk.tracer().start("native");
        span.set_attribute(KeyValue::new("user.id", "mallory"));
        span.set_attribute(KeyValue::new("user.email", "mallory@example.com"));
        span.set_attribute(KeyValue::new("user.theme", "dark"));
    });
    let span = sdk.span("native");
    assert_eq!(user(&span.attributes), ["alice"]);
    assert_eq!(all(&span.attributes, "user.email"), [""; 0]);
    assert_eq!(all(&span.attributes, "user.theme"), ["dark"]);
}

#[test]
fn context_carries_the_scope_to_another_thread() {
    let sdk = Sdk::with_processor(Bridge::new());
    let context = whose::user("alice").in_scope(|| Context::new().with_current_scope());
    let tracer = sdk.tracer();
    std::thread::spawn(move || {
        let attached = context.clone().attach();
        drop(tracer.start("attached"));
        whose::user("bob").in_scope(|| drop(tracer.start("inner")));
        drop(attached);
        drop(tracer.start("outside"));
        // An explicit parent counts more than the scope around it.
        whose::user("bob").in_scope(|| drop(tracer.start_with_context("explicit", &context)));
        context
            .scope()
            .in_scope(|| assert_eq!(whose::current().user_id(), Some("alice")));
    })
    .join()
    .unwrap();
    assert_eq!(user(&sdk.span("attached").attributes), ["alice"]);
    assert_eq!(user(&sdk.span("inner").attributes), ["bob"]);
    assert_eq!(user(&sdk.span("outside").attributes), [""; 0]);
    assert_eq!(user(&sdk.span("explicit").attributes), ["alice"]);
}

#[test]
fn context_without_scope_is_of_nobody() {
    whose::user("host").in_scope(|| {
        Context::new()
            .scope()
            .in_scope(|| assert_eq!(whose::current().user_id(), None));
    });
}

#[test]
fn two_wrapped_processors_stamp_each_span_once() {
    use opentelemetry::trace::TracerProvider as _;
    use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SimpleSpanProcessor};
    use tracing_subscriber::prelude::*;

    let exporters = [
        InMemorySpanExporter::default(),
        InMemorySpanExporter::default(),
    ];
    let mut builder = SdkTracerProvider::builder();
    for exporter in &exporters {
        let next = SimpleSpanProcessor::new(exporter.clone());
        builder = builder.with_span_processor(whose_opentelemetry::SpanProcessor::new(next));
    }
    let provider = builder.build();
    let telemetry = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
    let subscriber = tracing_subscriber::registry()
        .with(whose::layer())
        .with(whose_opentelemetry::layer(telemetry));
    tracing::subscriber::with_default(subscriber, || {
        whose::user("alice").in_scope(|| {
            tracing::info_span!("traced").in_scope(|| {
                whose::user("bob").in_scope(|| drop(provider.tracer("test").start("native")));
                tracing::info!("event");
            });
        });
    });
    for exporter in &exporters {
        let spans = exporter.get_finished_spans().unwrap();
        for span in &spans {
            let expected = if span.name == "traced" {
                "alice"
            } else {
                "bob"
            };
            assert_eq!(user(&span.attributes), [expected]);
        }
        let traced = spans.iter().find(|span| span.name == "traced").unwrap();
        assert_eq!(user(&traced.events[0].attributes), ["alice"]);
    }
}

#[test]
fn native_child_of_a_tracing_span_has_user() {
    use tracing_subscriber::prelude::*;

    let sdk = Sdk::with_processor(Bridge::new());
    let telemetry = tracing_opentelemetry::layer().with_tracer(sdk.tracer());
    let subscriber = tracing_subscriber::registry()
        .with(whose::layer())
        .with(sdk.bridge.layer(telemetry));
    tracing::subscriber::with_default(subscriber, || {
        let span = whose::user("alice").in_scope(|| tracing::info_span!("traced"));
        span.in_scope(|| {
            let native = sdk.tracer().start("native");
            assert!(Context::current().has_active_span());
            drop(native);
        });
    });
    let (native, traced) = (sdk.span("native"), sdk.span("traced"));
    assert_eq!(user(&native.attributes), ["alice"]);
    assert_eq!(native.parent_span_id, traced.span_context.span_id());
}
