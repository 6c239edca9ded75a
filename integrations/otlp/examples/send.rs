//! Sends the records of two users to a receiver of OTLP, such as Phoenix, Jaeger or a collector.
//!
//! ```text
//! cargo run -p whose-otlp --example send
//! OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:6006 cargo run -p whose-otlp --example send
//! ```
//!
//! Without a receiver, the program warns once and ends as usual.

use std::time::Duration;

use tracing::{info, info_span};
use tracing_subscriber::fmt;
use tracing_subscriber::prelude::*;
use whose::Service;

#[whose::trace(user_id, kind = llm)]
fn answer(user_id: &str, question: &str) {
    info!(question, "asks the model");
    whose::usage("gpt-4o-mini")
        .input_tokens(1_000)
        .output_tokens(200)
        .record();
}

fn main() {
    let sink = whose_otlp::builder().openinference().build();
    let layer = whose::layer()
        .with_service(Service::from_env())
        .with_sink(sink.clone());
    tracing_subscriber::registry()
        .with(layer)
        .with(fmt::layer().compact())
        .init();

    for user in ["alice", "bob"] {
        let request = info_span!("request");
        request.in_scope(|| answer(user, "why is the sky blue?"));
    }
    let outcome = whose::shutdown(Duration::from_secs(2));
    let stats = sink.stats();
    println!(
        "{} records were sent, {} were lost, all are safe: {}",
        stats.sent,
        stats.dropped + stats.rejected,
        outcome.is_complete()
    );
}
