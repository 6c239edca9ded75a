//! From the bytes of OTLP to records: the inverse of `encode`, and what OpenTelemetry's SDKs send.

mod answer;
mod any_value;
mod attribute;
mod decoded;
mod decoder;
mod error_parts;
mod fault;
mod field_value;
mod ids;
mod log;
mod origin;
mod record_parts;
mod resend_key;
mod shared_names;
mod span;
mod span_event;
mod time;

pub use answer::{partial_success, status};
pub use decoded::{Decoded, ReceivedItem};
pub use decoder::{DecodeError, Decoder};
pub use resend_key::ResendKey;
