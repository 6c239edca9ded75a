//! From a record to the bytes of a span or a log record.

mod attribute;
mod attribution;
mod call_site;
mod dialects;
mod envelope;
mod error;
mod log;
mod record;
mod resource;
mod span;
mod time;

pub(crate) use dialects::Dialects;
pub(crate) use envelope::Envelope;
pub(crate) use record::{encode, signal_of};
pub(crate) use resource::Resource;
