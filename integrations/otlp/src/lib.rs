//! A sink of [`whose`] that sends records by OTLP, without the OpenTelemetry SDK.

mod builder;
mod config;
mod encode;
mod queue;
mod signal;
mod sink;
#[cfg(feature = "spool")]
mod spool;
mod start;
mod startup;
mod stats;
mod transport;
mod worker;

pub use builder::{OtlpBuilder, builder, sink};
pub use config::{Compression, Protocol};
pub use sink::OtlpSink;
pub use stats::OtlpStats;
