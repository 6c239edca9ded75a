//! The message `LogRecord`: an event, an error or a link.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::SystemTime;

use tracing::Level;
use whose::names::exception;
use whose::{ReceivedRecord, RecordType, SpanId, TraceId, Value};

use crate::decode::any_value::AnyValue;
use crate::decode::attribute::attributes;
use crate::decode::decoded::ReceivedItem;
use crate::decode::fault::Fault;
use crate::decode::field_value::field_value;
use crate::decode::ids::id;
use crate::decode::origin::Origin;
use crate::decode::record_parts::RecordParts;
use crate::decode::resend_key::ResendKey;
use crate::decode::time::moment;
use crate::names;
use crate::wire::{Fields, Malformed};

// The fields of the message.
const TIME: u32 = 1;
const SEVERITY_NUMBER: u32 = 2;
const BODY: u32 = 5;
const ATTRIBUTES: u32 = 6;
const TRACE_ID: u32 = 9;
const SPAN_ID: u32 = 10;
const OBSERVED_TIME: u32 = 11;
const EVENT_NAME: u32 = 12;

/// The name of a log record to which the sender gave none.
const UNNAMED: &str = "log";
/// The field of the text of a log line that reports an error with another message.
const LINE: &str = "message";

/// The parts of a log record that are no attributes.
struct Parts<'a> {
    time: u64,
    observed: u64,
    severity: u64,
    body: AnyValue<'a>,
    trace: &'a [u8],
    span: &'a [u8],
    event_name: &'a [u8],
}

impl<'a> Parts<'a> {
    fn read(message: &'a [u8]) -> Result<Self, Malformed> {
        let mut parts = Self {
            time: 0,
            observed: 0,
            severity: 0,
            body: AnyValue::Empty,
            trace: &[],
            span: &[],
            event_name: &[],
        };
        for read in Fields::new(message) {
            match read? {
                (TIME, wire) => parts.time = wire.number()?,
                (OBSERVED_TIME, wire) => parts.observed = wire.number()?,
                (SEVERITY_NUMBER, wire) => parts.severity = wire.number()?,
                (BODY, wire) => parts.body = AnyValue::read(wire.bytes()?)?,
                (TRACE_ID, wire) => parts.trace = wire.bytes()?,
                (SPAN_ID, wire) => parts.span = wire.bytes()?,
                (EVENT_NAME, wire) => parts.event_name = wire.bytes()?,
                _ => {}
            }
        }
        Ok(parts)
    }

    /// An error, a link or an event. A log record of another sender is an error under the rule for log
    /// lines of `tracing`: the level is `ERROR`, and an attribute has the type or the message.
    fn record_type(&self, message: &[u8], is_own: bool) -> Result<RecordType, Malformed> {
        if self.event_name == names::EXCEPTION_EVENT.as_bytes() {
            return Ok(RecordType::Error);
        }
        if is_own {
            let is_link = self.event_name == names::LINK_EVENT.as_bytes();
            return Ok(if is_link {
                RecordType::Link
            } else {
                RecordType::Event
            });
        }
        if level(self.severity) == Level::ERROR {
            for attribute in attributes(message, ATTRIBUTES) {
                let name = attribute?.name;
                if name == exception::TYPE.name || name == exception::MESSAGE.name {
                    return Ok(RecordType::Error);
                }
            }
        }
        Ok(RecordType::Event)
    }
}

/// The record. `now` stands for a time that the sender does not know.
pub(super) fn decode(
    message: &[u8],
    origin: &Origin<'_>,
    now: SystemTime,
) -> Result<ReceivedItem, Fault> {
    let parts = Parts::read(message)?;
    let record_type = parts.record_type(message, origin.is_own)?;
    let time = moment(parts.time).or_else(|| moment(parts.observed));
    let mut received = ReceivedRecord::new(record_type, time.unwrap_or(now));
    received.set_level(level(parts.severity));
    // Ids that are none do not make the log record useless.
    if let Some(trace) = id(parts.trace) {
        let span = id(parts.span).map(SpanId::from_bytes);
        received.set_ids(TraceId::from_bytes(trace), span, None);
    }
    let mut record = RecordParts::new(received, origin, record_type);
    let mut exception_message = None;
    for attribute in attributes(message, ATTRIBUTES) {
        let attribute = attribute?;
        let is_message =
            record_type == RecordType::Error && attribute.name == exception::MESSAGE.name;
        match attribute.value.text().filter(|_| is_message) {
            Some(text) => exception_message = Some(text),
            None => record.add(&attribute)?,
        }
    }
    set_message(&mut record, &parts, exception_message)?;
    set_name(&mut record, &parts, origin, record_type);
    let key = record.uid.as_deref().and_then(ResendKey::of_log);
    Ok(ReceivedItem {
        key,
        record: Arc::new(record.finish().finish()),
        events: Vec::new(),
    })
}

fn set_message(
    record: &mut RecordParts<'_, '_>,
    parts: &Parts<'_>,
    exception_message: Option<Cow<'_, str>>,
) -> Result<(), Fault> {
    let body = field_value(parts.body)?;
    let body = body.as_ref().map(Value::to_string);
    match (exception_message, body) {
        (Some(message), body) => {
            record.received.set_message(&message);
            if let Some(line) = body.filter(|line| *line != message) {
                record.received.add_attribute(LINE, line.into());
            }
        }
        (None, Some(body)) => record.received.set_message(&body),
        (None, None) => {}
    }
    Ok(())
}

fn set_name(
    record: &mut RecordParts<'_, '_>,
    parts: &Parts<'_>,
    origin: &Origin<'_>,
    record_type: RecordType,
) {
    let call_site = record.set_call_site();
    let name = match (parts.event_name, call_site) {
        _ if record.name.is_some() => None,
        _ if record_type == RecordType::Error => Some(exception::CAPTURED.into()),
        (b"", Some((file, line))) if origin.is_own => Some(format!("event {file}:{line}").into()),
        (b"", _) => Some(UNNAMED.into()),
        (name, _) => Some(String::from_utf8_lossy(name)),
    };
    let name = name.map(|name| origin.names.get(&name));
    if let Some(name) = name.or_else(|| record.name.take()) {
        record.received.set_name(name);
    }
}

/// The level of a range of severities. A log record without a severity has the level `INFO`.
fn level(severity: u64) -> Level {
    match severity {
        1..=4 => Level::TRACE,
        5..=8 => Level::DEBUG,
        13..=16 => Level::WARN,
        17.. => Level::ERROR,
        _ => Level::INFO,
    }
}
