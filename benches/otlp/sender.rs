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
const TIMEOUT: Duration = Duration::from_secs(600);
/// The size of a batch of `whose-otlp`.
const BATCH: usize = 4_096;

/// The senders: ours, the peers, and the layer of OpenTelemetry without and with `whose-opentelemetry`.
pub(crate) const NAMES: [&str; 6] = [
    "whose-otlp",
    "tracing-opentelemetry, same batches",
    LEAN,
    LEAN_WITH_OURS,
    DEFAULT,
    DEFAULT_WITH_OURS,
];

/// The layer without the attributes that `whose-otlp` does not write, in batches of 512.
pub(crate) const LEAN: &str = "tracing-opentelemetry, batches of 512";
/// The same, with the user by `whose-opentelemetry`.
pub(crate) const LEAN_WITH_OURS: &str = "tracing-opentelemetry with ours, 512";
/// The layer with its default attributes, in batches of 512.
pub(crate) const DEFAULT: &str = "tracing-opentelemetry, default layer";
/// The same, with the user by `whose-opentelemetry`.
pub(crate) const DEFAULT_WITH_OURS: &str = "tracing-opentelemetry with ours, default layer";

/// Runs a sender, and prints its CPU time in nanoseconds.
pub(crate) fn run(name: &str, url: &str) -> Result<(), Failure> {
    let used = match NAMES.iter().position(|known| *known == name) {
        Some(0) => whose(url)?,
        Some(1) => opentelemetry(url, BATCH, Fields::Lean)?,
        Some(2) => opentelemetry(url, 512, Fields::Lean)?,
        Some(3) => opentelemetry_with_ours(url, Fields::Lean)?,
        Some(4) => opentelemetry(url, 512, Fields::Default)?,
        Some(5) => opentelemetry_with_ours(url, Fields::Default)?,
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

/// The attributes that the layer of OpenTelemetry writes beside the fields.
#[derive(Clone, Copy)]
enum Fields {
    Default,
    /// Without threads, times of inactivity and the level, which `whose-otlp` does not write.
    Lean,
}

fn opentelemetry(url: &str, batch: usize, fields: Fields) -> Result<Duration, Failure> {
    let provider = provider(url, batch)?;
    let layer = layer(&provider, fields);
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
fn opentelemetry_with_ours(url: &str, fields: Fields) -> Result<Duration, Failure> {
    let provider = provider(url, 512)?;
    let subscriber = tracing_subscriber::registry()
        .with(whose::layer())
        .with(whose_opentelemetry::layer(layer(&provider, fields)));
    tracing::subscriber::set_global_default(subscriber)?;
    let start = ProcessTime::try_now()?;
    make_spans_in_scopes();
    provider.shutdown_with_timeout(TIMEOUT)?;
    Ok(start.try_elapsed()?)
}

fn layer<S>(provider: &SdkTracerProvider, fields: Fields) -> OpenTelemetryLayer<S, SdkTracer>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("bench"));
    match fields {
        Fields::Default => layer,
        Fields::Lean => layer
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_level(false),
    }
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
