//! The tools, each as its users see it.

mod json;
mod lines;
mod opentelemetry;
mod otlp;
mod sentry;
mod shown;
mod text;
mod tools;

pub(crate) use shown::Shown;
pub(crate) use tools::Tools;
