//! Prints the spans of three requests, as OpenTelemetry exports them.
//!
//! `cargo run -p whose-opentelemetry --example requests`

use std::error::Error;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SimpleSpanProcessor};
use tracing_subscriber::prelude::*;
use whose::Scope;
use whose_opentelemetry::Bridge;

#[whose::trace]
fn pay(amount: u32) {
    tracing::info!(amount, "paid");
}

fn request(user: Option<&str>) {
    // What a tower layer of `whose` does for each request.
    Scope::isolated().in_scope(|| {
        tracing::info_span!("request").in_scope(|| {
            if let Some(user) = user {
                whose::set_user(user);
            }
            pay(5);
        });
    });
}

fn main() -> Result<(), Box<dyn Error>> {
    let bridge = Bridge::new().with_sources();
    let exporter = InMemorySpanExporter::default();
    let export = SimpleSpanProcessor::new(exporter.clone());
    let provider = SdkTracerProvider::builder()
        .with_span_processor(bridge.span_processor(export))
        .build();
    let telemetry = tracing_opentelemetry::layer().with_tracer(provider.tracer("example"));
    tracing_subscriber::registry()
        .with(whose::layer())
        .with(bridge.layer(telemetry))
        .init();

    for user in [Some("alice"), None, Some("bob")] {
        request(user);
    }

    for span in exporter.get_finished_spans()? {
        let value = |name: &str| {
            let found = span.attributes.iter().find(|it| it.key.as_str() == name);
            found.map_or_else(|| "-".to_owned(), |it| it.value.to_string())
        };
        println!(
            "{:8} user.id={:6} whose.source={:10} whose.unattributed={} events={}",
            span.name,
            value("user.id"),
            value("whose.source"),
            value("whose.unattributed"),
            span.events.len(),
        );
    }
    provider.shutdown()?;
    Ok(())
}
