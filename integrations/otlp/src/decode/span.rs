//! The message `Span`.

use std::sync::Arc;
use std::time::SystemTime;

use whose::names::http;
use whose::{ReceivedRecord, Record, RecordType, SpanId, TraceId};

use crate::decode::attribute::{SPAN_ATTRIBUTES, attributes};
use crate::decode::decoded::ReceivedItem;
use crate::decode::fault::Fault;
use crate::decode::ids::{SpanIds, id};
use crate::decode::origin::Origin;
use crate::decode::record_parts::RecordParts;
use crate::decode::resend_key::ResendKey;
use crate::decode::span_event;
use crate::decode::time::moment;
use crate::wire::{Fields, Malformed};
use crate::{names, span_kind};

// The fields of the message.
const TRACE_ID: u32 = 1;
const SPAN_ID: u32 = 2;
const PARENT_SPAN_ID: u32 = 4;
const NAME: u32 = 5;
const KIND: u32 = 6;
const START: u32 = 7;
const END: u32 = 8;
const EVENTS: u32 = 11;
const STATUS: u32 = 15;

// The fields of the message `Status`.
const STATUS_MESSAGE: u32 = 2;
const STATUS_CODE: u32 = 3;

/// The parts of a span that are no attributes and no events.
#[derive(Default)]
struct Parts<'a> {
    trace: &'a [u8],
    span: &'a [u8],
    parent: &'a [u8],
    name: &'a [u8],
    kind: u64,
    start: u64,
    end: u64,
    status: u64,
    message: &'a [u8],
}

impl<'a> Parts<'a> {
    fn read(message: &'a [u8]) -> Result<Self, Malformed> {
        let mut parts = Self::default();
        for read in Fields::new(message) {
            match read? {
                (TRACE_ID, wire) => parts.trace = wire.bytes()?,
                (SPAN_ID, wire) => parts.span = wire.bytes()?,
                (PARENT_SPAN_ID, wire) => parts.parent = wire.bytes()?,
                (NAME, wire) => parts.name = wire.bytes()?,
                (KIND, wire) => parts.kind = wire.number()?,
                (START, wire) => parts.start = wire.number()?,
                (END, wire) => parts.end = wire.number()?,
                (STATUS, wire) => {
                    for read in Fields::new(wire.bytes()?) {
                        match read? {
                            (STATUS_MESSAGE, wire) => parts.message = wire.bytes()?,
                            (STATUS_CODE, wire) => parts.status = wire.number()?,
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(parts)
    }
}

/// The span and its events. `now` stands for a time that the sender does not know.
pub(super) fn decode(
    message: &[u8],
    origin: &Origin<'_>,
    now: SystemTime,
) -> Result<ReceivedItem, Fault> {
    let parts = Parts::read(message)?;
    let ids = SpanIds {
        trace: id(parts.trace).ok_or(Fault::Rejected(
            "the id of a trace is not 16 bytes, or is zero",
        ))?,
        span: id(parts.span).ok_or(Fault::Rejected(
            "the id of a span is not 8 bytes, or is zero",
        ))?,
    };
    let record = span(message, &parts, ids, origin, now)?;
    let mut more = Vec::new();
    for event in Fields::new(message).all(EVENTS) {
        let event = span_event::decode(event?, message, ids, origin, now)?;
        more.push(Arc::new(event));
    }
    Ok(ReceivedItem {
        key: Some(ResendKey::of_span(ids.trace, ids.span)),
        record: Arc::new(record),
        events: more,
    })
}

fn span(
    message: &[u8],
    parts: &Parts<'_>,
    ids: SpanIds,
    origin: &Origin<'_>,
    now: SystemTime,
) -> Result<Record, Fault> {
    let end = moment(parts.end);
    let start = moment(parts.start).or(end).unwrap_or(now);
    let mut received = ReceivedRecord::new(RecordType::Span, start);
    let duration = end.and_then(|end| end.duration_since(start).ok());
    received.set_duration(duration.unwrap_or_default());
    let parent = match parts.parent {
        // Some senders write zeros where there is no parent.
        parent if parent.iter().all(|byte| *byte == 0) => None,
        parent => Some(id(parent).ok_or(Fault::Rejected("the id of a parent is not 8 bytes"))?),
    };
    received.set_ids(
        TraceId::from_bytes(ids.trace),
        Some(SpanId::from_bytes(ids.span)),
        parent.map(SpanId::from_bytes),
    );
    set_status(&mut received, parts);
    let mut record = RecordParts::new(received, origin, RecordType::Span);
    for attribute in attributes(message, SPAN_ATTRIBUTES) {
        record.add(&attribute?)?;
    }
    name_and_side(&mut record, parts, origin);
    Ok(record.finish().finish())
}

fn set_status(received: &mut ReceivedRecord, parts: &Parts<'_>) {
    match parts.status {
        names::STATUS_ERROR => {
            received.set_failed();
            if !parts.message.is_empty() {
                received.set_message(&String::from_utf8_lossy(parts.message));
            }
        }
        names::STATUS_OK => received.add_attribute(names::OTEL_STATUS_CODE, "OK".into()),
        _ => {}
    }
}

/// Sets the name, and the side of the call, where it does not follow from the rest.
fn name_and_side(record: &mut RecordParts<'_, '_>, parts: &Parts<'_>, origin: &Origin<'_>) {
    let is_http = record.target.as_deref() == Some(http::TARGET);
    let name = match parts.kind {
        // On the wire, the span of a request is called after its method and its route.
        span_kind::SERVER if is_http => http::SERVER_SPAN.into(),
        span_kind::CLIENT if is_http => http::CLIENT_SPAN.into(),
        _ => String::from_utf8_lossy(parts.name),
    };
    record.received.set_name(origin.names.get(&name));
    let follows = match origin.is_own {
        true => is_http || parts.kind == span_kind::of_work(record.kind),
        false => parts.kind == span_kind::INTERNAL,
    };
    let mut kinds = span_kind::ALL.iter();
    if let Some((side, _)) = kinds.find(|(_, kind)| *kind == parts.kind && !follows) {
        let side = (*side).into();
        record.received.add_attribute(names::OTEL_KIND, side);
    }
}
