//! The subscriber of this program: what it exports stays in memory.

use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use opentelemetry::propagation::TextMapCompositePropagator;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use tracing_subscriber::prelude::*;
use whose::{Record, RecordSink, RecordType};

/// Reads and writes `traceparent`, `tracestate` and `baggage`.
pub(crate) static PROPAGATOR: LazyLock<TextMapCompositePropagator> = LazyLock::new(|| {
    TextMapCompositePropagator::new(vec![
        Box::new(TraceContextPropagator::new()),
        Box::new(BaggagePropagator::new()),
    ])
});

/// The spans of OpenTelemetry and the records of `whose`, of the same code.
pub(crate) struct Telemetry {
    spans: InMemorySpanExporter,
    records: Records,
}

impl Telemetry {
    pub(crate) fn install() -> Self {
        let spans = InMemorySpanExporter::default();
        let records = Records::default();
        let provider = SdkTracerProvider::builder()
            .with_simple_exporter(spans.clone())
            .build();
        let telemetry = tracing_opentelemetry::layer().with_tracer(provider.tracer("interop"));
        tracing_subscriber::registry()
            .with(whose::layer().with_sink(records.clone()))
            .with(whose_opentelemetry::layer(telemetry))
            .init();
        Self { spans, records }
    }

    /// The exported spans of this name.
    pub(crate) fn spans(&self, name: &str) -> Vec<SpanData> {
        let spans = self.spans.get_finished_spans().unwrap_or_default();
        spans.into_iter().filter(|span| span.name == name).collect()
    }

    /// The records of spans of this name.
    pub(crate) fn records(&self, name: &str) -> Vec<Arc<Record>> {
        let records = self
            .records
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let is_wanted = |record: &&Arc<Record>| {
            record.record_type() == RecordType::Span && record.name() == name
        };
        records.iter().filter(is_wanted).cloned().collect()
    }
}

#[derive(Clone, Default)]
struct Records(Arc<Mutex<Vec<Arc<Record>>>>);

impl RecordSink for Records {
    fn record(&self, record: &Arc<Record>) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(record.clone());
    }
}
