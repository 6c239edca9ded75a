//! The subscriber of the process: `whose`, and one line for each tool.

use std::error::Error;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use sentry::integrations::tracing::{LogLayer, SpanLayer};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::fmt;
use tracing_subscriber::prelude::*;

use crate::tools::Tools;

pub(crate) fn install(tools: &Tools) -> Result<(), Box<dyn Error>> {
    let whose = whose::layer()
        .with_sink(tools.recorder().clone())
        .with_sink(tools.otlp.sink())
        .with_sink(tools.lines.sink())
        .with_sink(whose_sentry::sink());
    let tracer = tools.opentelemetry.traces().tracer("every-tool");
    let spans = tracing_opentelemetry::layer().with_tracer(tracer);
    let logs = OpenTelemetryTracingBridge::new(tools.opentelemetry.logs());
    let sentry = SpanLayer::new().and_then(LogLayer::new());
    let lines = fmt::layer().json().with_writer(tools.text.clone());
    let subscriber = tracing_subscriber::registry()
        .with(whose)
        .with(whose_opentelemetry::layer(spans))
        .with(whose_opentelemetry::layer(logs))
        .with(whose_sentry::layer(sentry).with_filter(LevelFilter::INFO))
        .with(lines.map_event_format(whose::fmt::attributed))
        .with(live_service::filter());
    tracing::subscriber::set_global_default(subscriber)?;
    tools.recorder().install_logger();
    Ok(())
}
