//! Baggage: on spans and logs, to peers under a policy, and from peers.

#![allow(clippy::unwrap_used)]

mod common;

use std::collections::HashMap;

use common::all;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::logs::{Logger, LoggerProvider};
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{Tracer, TracerProvider};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::logs::{InMemoryLogExporter, SdkLoggerProvider};
use opentelemetry_sdk::propagation::BaggagePropagator;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
use tracing_subscriber::prelude::*;
use whose::{Policy, Source};
use whose_opentelemetry::{BaggageProcessor, OutboundBaggage, remote_scope};

fn members() -> Context {
    Context::new().with_baggage([
        KeyValue::new("tenant.id", "acme"),
        KeyValue::new("secret", "s3cret"),
        KeyValue::new("user.id", "mallory"),
    ])
}

#[test]
fn listed_members_are_on_spans_and_logs_and_identity_is_refused() {
    let baggage = BaggageProcessor::new(["tenant.id", "user.id", "tenant.id"]);
    let spans = InMemorySpanExporter::default();
    let traces = SdkTracerProvider::builder()
        .with_span_processor(baggage.clone())
        .with_simple_exporter(spans.clone())
        .build();
    let records = InMemoryLogExporter::default();
    let logs = SdkLoggerProvider::builder()
        .with_log_processor(baggage)
        .with_simple_exporter(records.clone())
        .build();
    let guard = members().attach();
    drop(traces.tracer("test").start("span"));
    let logger = logs.logger("test");
    logger.emit(logger.create_log_record());
    drop(guard);

    let span = &spans.get_finished_spans().unwrap()[0];
    assert_eq!(all(&span.attributes, "tenant.id"), ["acme"]);
    let log = &records.get_emitted_logs().unwrap()[0].record;
    let keys: Vec<_> = log.attributes_iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys, ["tenant.id"]);
    let all_of_it = format!("{span:?} {log:?}");
    assert!(!all_of_it.contains("mallory") && !all_of_it.contains("s3cret"));
}

#[test]
fn policy_holds_for_headers() {
    let outbound = OutboundBaggage::to_hosts(["billing.internal"]);
    let layer = whose::layer()
        .with_policy(Policy::new().drop("user.id"))
        .unwrap();
    let subscriber = tracing_subscriber::registry().with(layer);
    tracing::subscriber::with_default(subscriber, || {
        whose::user("alice").session("s-1").in_scope(|| {
            let context = outbound.context_for("billing.internal", &Context::new());
            assert!(context.baggage().get("user.id").is_none());
            assert_eq!(context.baggage().get("session.id").unwrap().as_str(), "s-1");
        });
    });
}

#[test]
fn trusted_peer_names_a_remote_user_that_authentication_replaces() {
    let mut headers = HashMap::new();
    headers.insert(
        "baggage".to_owned(),
        "user.id=alice,session.id=s%2D1".to_owned(),
    );
    let context = BaggagePropagator::new().extract(&headers);
    remote_scope(&context).in_scope(|| {
        let at = whose::current();
        assert_eq!(
            (at.user_id(), at.session_id()),
            (Some("alice"), Some("s-1"))
        );
        assert_eq!(at.user_source(), Some(Source::Remote));
        whose::set_user("bob");
        assert_eq!(whose::current().user_id(), Some("bob"));
    });
    whose::user("carol").in_scope(|| {
        remote_scope(&context).in_scope(|| assert_eq!(whose::current().user_id(), Some("carol")));
    });
    remote_scope(&Context::new()).in_scope(|| assert_eq!(whose::current().user_id(), None));
}
