//! Puts the user and the session of `whose` on OpenTelemetry spans, span events, log records and metrics.

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
