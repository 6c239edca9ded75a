//! The senders.

use std::time::Duration;

use cpu_time::ProcessTime;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{SpanExporter, WithExportConfig};
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, SdkTracer, SdkTracerProvider,
};
use tracing::{Subscriber, info_span};
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::prelude::*;
use tracing_subscriber::registry::LookupSpan;
use whose_benches::failure::Failure;

/// The spans of a run.
pub(crate) const SPANS: usize = 200_000;
const SPANS_PER_REQUEST: usize = 10;
const TIMEOUT: Duration = Duration::from_secs(60);
/// The size of a batch of `whose-otlp`.
const BATCH: usize = 4_096;

/// The senders: ours, then the peers.
pub(crate) const NAMES: [&str; 4] = [
    "whose-otlp",
    "tracing-opentelemetry, same batches",
    "tracing-opentelemetry, batches of 512",
    WITH_OURS,
];

/// The layer of OpenTelemetry with the user by `whose-opentelemetry`, in batches of 512.
pub(crate) const WITH_OURS: &str = "tracing-opentelemetry with ours, 512";

/// Runs a sender, and prints its CPU time in nanoseconds.
pub(crate) fn run(name: &str, url: &str) -> Result<(), Failure> {
    let used = match NAMES.iter().position(|known| *known == name) {
        Some(0) => whose(url)?,
        Some(1) => opentelemetry(url, BATCH)?,
        Some(2) => opentelemetry(url, 512)?,
        Some(3) => opentelemetry_with_ours(url)?,
        _ => return Err(format!("there is no sender {name:?}").into()),
    };
    println!("{}", used.as_nanos());
    Ok(())
}

fn whose(url: &str) -> Result<Duration, Failure> {
    let sink = whose_otlp::builder()
        .endpoint(url)
        .without_logs()
        .queue_bytes(1 << 30)
        .build();
    let subscriber = tracing_subscriber::registry().with(whose::layer().with_sink(sink));
    tracing::subscriber::set_global_default(subscriber)?;
    let start = ProcessTime::try_now()?;
    make_spans_in_scopes();
    match whose::flush(TIMEOUT).is_complete() {
        true => Ok(start.try_elapsed()?),
        false => Err("spans were lost".into()),
    }
}

/// Makes the spans of all requests, each request in the scope of its user.
fn make_spans_in_scopes() {
    for number in 0..SPANS / SPANS_PER_REQUEST {
        let (user, session) = ids(number);
        whose::user(&*user).session(&*session).in_scope(|| {
            let _request = info_span!("request", number).entered();
            for step in 1..SPANS_PER_REQUEST {
                info_span!("step", step).in_scope(|| ());
            }
        });
    }
}

/// The layer without the attributes that `whose-otlp` does not write: threads, times of inactivity and
/// the level.
fn opentelemetry(url: &str, batch: usize) -> Result<Duration, Failure> {
    let provider = provider(url, batch)?;
    let layer = layer(&provider);
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(layer))?;
    let start = ProcessTime::try_now()?;
    for number in 0..SPANS / SPANS_PER_REQUEST {
        let (user, session) = ids(number);
        let (user, session) = (&*user, &*session);
        let _request =
            info_span!("request", user.id = user, session.id = session, number).entered();
        for step in 1..SPANS_PER_REQUEST {
            info_span!("step", user.id = user, session.id = session, step).in_scope(|| ());
        }
    }
    // `force_flush` gives up after 5 seconds.
    provider.shutdown_with_timeout(TIMEOUT)?;
    Ok(start.try_elapsed()?)
}

/// As [`opentelemetry()`], where the user comes from the scope and not from fields.
fn opentelemetry_with_ours(url: &str) -> Result<Duration, Failure> {
    let provider = provider(url, 512)?;
    let subscriber = tracing_subscriber::registry()
        .with(whose::layer())
        .with(whose_opentelemetry::layer(layer(&provider)));
    tracing::subscriber::set_global_default(subscriber)?;
    let start = ProcessTime::try_now()?;
    make_spans_in_scopes();
    provider.shutdown_with_timeout(TIMEOUT)?;
    Ok(start.try_elapsed()?)
}

fn layer<S>(provider: &SdkTracerProvider) -> OpenTelemetryLayer<S, SdkTracer>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    tracing_opentelemetry::layer()
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_level(false)
        .with_tracer(provider.tracer("bench"))
}

fn provider(url: &str, batch: usize) -> Result<SdkTracerProvider, Failure> {
    let exporter = SpanExporter::builder()
        .with_http()
        .with_endpoint(format!("{url}/v1/traces"))
        .build()?;
    let config = BatchConfigBuilder::default()
        .with_max_queue_size(SPANS + 1)
        .with_max_export_batch_size(batch)
        .with_scheduled_delay(Duration::from_secs(1));
    let processor = BatchSpanProcessor::builder(exporter).with_batch_config(config.build());
    Ok(SdkTracerProvider::builder()
        .with_span_processor(processor.build())
        .build())
}

/// The ids of the user and the session of a request.
fn ids(number: usize) -> (String, String) {
    let session = number % 10_000;
    (
        format!("usr_{:014}", session / 10),
        format!("conversation-{session:06}"),
    )
}
