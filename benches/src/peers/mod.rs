//! The peers, each configured as its own documentation recommends.

pub(crate) mod concurrency;
pub(crate) mod fastrace;
pub(crate) mod future_sizes;
pub(crate) mod otel;
pub(crate) mod pipelines;
pub(crate) mod sentry;
pub(crate) mod setups;
pub(crate) mod tokio;
pub(crate) mod tracing;
