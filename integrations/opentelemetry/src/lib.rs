//! Puts the user and the session of `whose` on OpenTelemetry spans, span events, log records and
//! metrics.
//!
//! [`layer`](layer()) wraps the layer of `tracing-opentelemetry`; [`SpanProcessor`] and
//! [`LogProcessor`] wrap the processors that export. [`Bridge`] makes all three with
//! [dialects](Dialect).
//!
//! ```
//! use opentelemetry::trace::TracerProvider as _;
//! use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SimpleSpanProcessor};
//! use tracing_subscriber::prelude::*;
//!
//! let export = SimpleSpanProcessor::new(InMemorySpanExporter::default());
//! let provider = SdkTracerProvider::builder()
//!     .with_span_processor(whose_opentelemetry::SpanProcessor::new(export))
//!     .build();
//! let telemetry = tracing_opentelemetry::layer().with_tracer(provider.tracer("shop"));
//! tracing_subscriber::registry()
//!     .with(whose::layer())
//!     .with(whose_opentelemetry::layer(telemetry))
//!     .init();
//! ```

mod attributes;
mod baggage;
mod bridge;
mod dialect;
mod dialect_names;
mod event_log;
mod exceptions;
mod in_progress;
mod interned;
mod layer;
mod log_processor;
mod metrics;
mod model_call;
mod names;
mod native;
mod readers;
mod scope_context;
mod settings;
mod span_ids;
mod span_processor;
mod warn;

pub use baggage::{BaggageProcessor, OutboundBaggage, remote_scope};
pub use bridge::{Attributed, Bridge, layer};
pub use dialect::Dialect;
pub use exceptions::{ExceptionSignal, Exceptions, exceptions};
pub use layer::{After, Before};
pub use log_processor::LogProcessor;
pub use metrics::{Metrics, metrics};
pub use scope_context::ContextExt;
pub use span_processor::SpanProcessor;

/// Compiles the page of the documentation and the README, and runs their examples.
#[cfg(doctest)]
mod pages {
    #[doc = include_str!(concat!("../../../", "docs/opentelemetry.md"))]
    struct WithOpenTelemetry;
    #[doc = include_str!("../README.md")]
    struct Readme;
}
