//! The real SDK with an exporter in memory.

#![allow(dead_code, unreachable_pub, clippy::unwrap_used)] // Each test file uses a part.

use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::{
    InMemorySpanExporter, SdkTracer, SdkTracerProvider, SimpleSpanProcessor, SpanData,
};
use whose_opentelemetry::Bridge;

pub struct Sdk {
    pub exporter: InMemorySpanExporter,
    pub provider: SdkTracerProvider,
    pub bridge: Bridge,
}

impl Sdk {
    /// An SDK whose exporter is wrapped by a processor of the bridge.
    pub fn with_processor(bridge: Bridge) -> Self {
        let exporter = InMemorySpanExporter::default();
        let processor = bridge.span_processor(SimpleSpanProcessor::new(exporter.clone()));
        let provider = SdkTracerProvider::builder()
            .with_span_processor(processor)
            .build();
        Self {
            exporter,
            provider,
            bridge,
        }
    }

    /// An SDK without a processor of the bridge.
    pub fn plain() -> Self {
        let exporter = InMemorySpanExporter::default();
        let provider = SdkTracerProvider::builder()
            .with_simple_exporter(exporter.clone())
            .build();
        Self {
            exporter,
            provider,
            bridge: Bridge::new(),
        }
    }

    pub fn tracer(&self) -> SdkTracer {
        self.provider.tracer("test")
    }

    pub fn spans(&self) -> Vec<SpanData> {
        self.exporter.get_finished_spans().unwrap()
    }

    pub fn span(&self, name: &str) -> SpanData {
        let spans = self.spans();
        let names: Vec<_> = spans.iter().map(|span| span.name.clone()).collect();
        let span = spans.into_iter().find(|span| span.name == name);
        span.unwrap_or_else(|| panic!("no span {name} among {names:?}"))
    }
}

/// All values of a key, so that a key that is there twice is seen.
pub fn all(attributes: &[KeyValue], name: &str) -> Vec<String> {
    let of_name = attributes.iter().filter(|it| it.key.as_str() == name);
    of_name.map(|it| it.value.as_str().into_owned()).collect()
}

pub fn user(attributes: &[KeyValue]) -> Vec<String> {
    all(attributes, "user.id")
}
