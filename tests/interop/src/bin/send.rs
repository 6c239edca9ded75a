//! Makes the visits of several users, and sends their spans the way that the first argument names. The
//! second argument is the name of the run. The environment sets the receiver, as in any program that
//! exports by OTLP (`OTEL_EXPORTER_OTLP_ENDPOINT` and others).

use std::process::ExitCode;
use std::time::Duration;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::trace::{BatchSpanProcessor, SdkTracerProvider};
use sentry::integrations::tracing::SpanLayer;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::prelude::*;
use whose_interop::sender::Way;
use whose_interop::visit;
use whose_opentelemetry::{Bridge, Dialect};

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [way, run] = &arguments[..] else {
        eprintln!("usage: interop-send WAY RUN");
        return ExitCode::FAILURE;
    };
    let Some(way) = Way::ALL.into_iter().find(|known| known.name() == way) else {
        eprintln!("no way {way}");
        return ExitCode::FAILURE;
    };
    match way {
        Way::Otlp => by_whose_otlp(run),
        Way::OpenTelemetry => by_whose_opentelemetry(run),
        Way::Sentry => by_whose_sentry(run),
    }
    ExitCode::SUCCESS
}

/// The time that a receiver has to take the last spans.
const SHUTDOWN: Duration = Duration::from_secs(60);

fn by_whose_otlp(run: &str) {
    let sink = whose_otlp::builder().openinference().build();
    tracing_subscriber::registry()
        .with(whose::layer().with_sink(sink))
        .init();
    visit::run(run);
    let outcome = whose::shutdown(SHUTDOWN);
    assert!(
        outcome.is_complete(),
        "not all spans were sent: {outcome:?}"
    );
}

fn by_whose_opentelemetry(run: &str) {
    let exporter = SpanExporter::builder().with_http().build();
    let exporter = exporter.unwrap_or_else(|error| panic!("no exporter: {error}"));
    let bridge = Bridge::new().with_dialect(Dialect::OpenInference);
    let batch = BatchSpanProcessor::builder(exporter).build();
    let provider = SdkTracerProvider::builder()
        .with_span_processor(bridge.span_processor(batch))
        .build();
    let telemetry = tracing_opentelemetry::layer().with_tracer(provider.tracer("interop"));
    tracing_subscriber::registry()
        .with(whose::layer())
        .with(bridge.layer(telemetry))
        .init();
    visit::run(run);
    let ended = provider.shutdown_with_timeout(SHUTDOWN);
    ended.unwrap_or_else(|error| panic!("not all spans were sent: {error}"));
}

fn by_whose_sentry(run: &str) {
    let options = sentry::ClientOptions::new()
        .traces_sample_rate(1.0)
        .add_integration(whose_sentry::Integration::new());
    let client = sentry::init(whose_sentry::spotlight(options));
    let spans = SpanLayer::new().with_filter(LevelFilter::INFO);
    tracing_subscriber::registry()
        .with(whose::layer().with_sink(whose_sentry::sink()))
        .with(whose_sentry::layer(spans))
        .init();
    visit::run(run);
    assert!(client.flush(Some(SHUTDOWN)), "not all envelopes were sent");
}
