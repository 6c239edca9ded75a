//! The message `Span.Event`: an exception of a span, or another event.

use std::time::SystemTime;

use whose::names::attribution::is_attribution;
use whose::names::exception;
use whose::{ReceivedRecord, Record, RecordType, SpanId, TraceId};

use crate::decode::attribute::{SPAN_ATTRIBUTES, attributes};
use crate::decode::fault::Fault;
use crate::decode::ids::SpanIds;
use crate::decode::origin::Origin;
use crate::decode::record_parts::RecordParts;
use crate::decode::time::moment;
use crate::names;
use crate::wire::Fields;

// The fields of the message.
const TIME: u32 = 1;
const NAME: u32 = 2;
const ATTRIBUTES: u32 = 3;

/// The event as a record of its own, which belongs to the user of its span. `span` is the message of the
/// span.
pub(super) fn decode(
    message: &[u8],
    span: &[u8],
    ids: SpanIds,
    origin: &Origin<'_>,
    now: SystemTime,
) -> Result<Record, Fault> {
    let (mut time, mut name) = (0, &[][..]);
    for read in Fields::new(message) {
        match read? {
            (TIME, wire) => time = wire.number()?,
            (NAME, wire) => name = wire.bytes()?,
            _ => {}
        }
    }
    let record_type = match name == names::EXCEPTION_EVENT.as_bytes() {
        true => RecordType::Error,
        false => RecordType::Event,
    };
    let mut received = ReceivedRecord::new(record_type, moment(time).unwrap_or(now));
    received.set_ids(
        TraceId::from_bytes(ids.trace),
        Some(SpanId::from_bytes(ids.span)),
        None,
    );
    received.set_name(origin.names.get(&String::from_utf8_lossy(name)));
    let mut record = RecordParts::new(received, origin, record_type);
    for attribute in attributes(span, SPAN_ATTRIBUTES) {
        let attribute = attribute?;
        let is_of_span = names::OF_ONE_RECORD.contains(&&*attribute.name);
        if is_attribution(&attribute.name) && !is_of_span {
            record.add(&attribute)?;
        }
    }
    for attribute in attributes(message, ATTRIBUTES) {
        let attribute = attribute?;
        match attribute.value.text() {
            Some(text) if attribute.name == exception::MESSAGE.name => {
                record.received.set_message(&text);
            }
            _ => record.add(&attribute)?,
        }
    }
    Ok(record.finish().finish())
}
