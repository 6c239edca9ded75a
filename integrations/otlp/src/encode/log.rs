//! The message `LogRecord`: an event, an error or a link.

use tracing::Level;
use whose::{Record, RecordType};

use crate::encode::attribute::{Attributes, text_value};
use crate::encode::time::unix_nanos;
use crate::encode::{attribution, call_site, error};
use crate::{names, wire};

// The fields of the message.
const TIME: u32 = 1;
const SEVERITY_NUMBER: u32 = 2;
const SEVERITY_TEXT: u32 = 3;
const BODY: u32 = 5;
const ATTRIBUTES: u32 = 6;
const FLAGS: u32 = 8;
const TRACE_ID: u32 = 9;
const SPAN_ID: u32 = 10;
const OBSERVED_TIME: u32 = 11;
const EVENT_NAME: u32 = 12;

/// The trace flag `sampled`.
const SAMPLED: u32 = 1;
/// The beginning of the name that `tracing` gives to an event without one: `event src/main.rs:12`.
const UNNAMED: &str = "event ";

/// Writes the fields of the message.
pub(crate) fn write(out: &mut Vec<u8>, record: &Record) {
    let time = unix_nanos(record.start());
    wire::fixed64(out, TIME, time);
    wire::fixed64(out, OBSERVED_TIME, time);
    wire::number(out, SEVERITY_NUMBER, severity(record.level()));
    wire::bytes(out, SEVERITY_TEXT, record.level().as_str().as_bytes());
    if let Some(message) = record.message() {
        text_value(out, BODY, message);
    }
    if let Some(trace_id) = record.trace_id() {
        wire::bytes(out, TRACE_ID, &trace_id.to_bytes());
        wire::fixed32(out, FLAGS, SAMPLED);
        if let Some(span_id) = record.span_id() {
            wire::bytes(out, SPAN_ID, &span_id.to_bytes());
        }
    }
    if let Some(name) = event_name(record) {
        wire::bytes(out, EVENT_NAME, name.as_bytes());
    }
    let mut attributes = Attributes::new(out, ATTRIBUTES);
    // The receiver can tell a record that is sent again by this id. A span has an id of its own.
    if record.field(names::RECORD_UID).is_none() {
        attributes.hex(names::RECORD_UID, fastrand::u128(..));
    }
    let taken = attribution::write(&mut attributes, record);
    call_site::write(&mut attributes, record);
    let is_error = record.record_type() == RecordType::Error;
    if is_error {
        error::write(&mut attributes, record);
    }
    for (name, value) in record.last_fields() {
        let is_written = is_error && error::writes(record, name);
        if !is_written && !taken.has(name) {
            attributes.field(name, value);
        }
    }
}

/// The number of a level, the first of its range.
fn severity(level: Level) -> u64 {
    match level {
        Level::TRACE => 1,
        Level::DEBUG => 5,
        Level::INFO => 9,
        Level::WARN => 13,
        Level::ERROR => 17,
    }
}

/// The name of the event, if the code gave one.
fn event_name(record: &Record) -> Option<&str> {
    match record.record_type() {
        RecordType::Error => Some(names::EXCEPTION_EVENT),
        RecordType::Link => Some(names::LINK_EVENT),
        _ => Some(record.name()).filter(|name| !name.is_empty() && !name.starts_with(UNNAMED)),
    }
}
