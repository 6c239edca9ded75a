//! Baggage to peers, without a policy. The file is a process of its own: outside every subscriber, the
//! policies of all layers of the process apply.

#![allow(clippy::unwrap_used)]

use std::collections::HashMap;

use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::propagation::BaggagePropagator;
use whose_opentelemetry::OutboundBaggage;

#[test]
fn headers_have_ids_for_listed_hosts_only() {
    let outbound = OutboundBaggage::to_hosts(["billing.internal"]);
    let propagator = BaggagePropagator::new();
    let header = |host: &str, context: &Context| {
        let mut headers = HashMap::new();
        propagator.inject_context(&outbound.context_for(host, context), &mut headers);
        headers.remove("baggage").unwrap_or_default()
    };
    let alice = whose::User::new("alice")
        .with_email("alice@example.com")
        .with_username("al");
    whose::user(alice).session("s-1").in_scope(|| {
        let context = Context::new().with_baggage([
            KeyValue::new("tenant.id", "acme"),
            KeyValue::new("user.id", "mallory"),
        ]);
        let listed = header("billing.internal:443", &context);
        for part in ["user.id=alice", "session.id=s-1", "tenant.id=acme"] {
            assert!(listed.contains(part), "{listed}");
        }
        assert!(
            !listed.contains("mallory") && !listed.contains("example"),
            "{listed}"
        );
        let vendor = header("api.vendor.com", &context);
        assert!(vendor.contains("tenant.id=acme"), "{vendor}");
        assert!(
            !vendor.contains("user.id") && !vendor.contains("session.id"),
            "{vendor}"
        );
    });
}
