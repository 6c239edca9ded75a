//! From the bytes of OTLP to records: the inverse of `encode`, and what OpenTelemetry's SDKs send.

mod answer;
mod any_value;
mod attribute;
mod decoder;
mod error_parts;
mod fault;
mod log;
mod origin;
mod record_parts;
mod resend_key;
mod shared_names;
mod span;
mod span_event;
mod time;

pub use answer::{partial_success, status};
pub use decoder::{DecodeError, Decoded, Decoder, ReceivedItem};
pub use resend_key::ResendKey;
