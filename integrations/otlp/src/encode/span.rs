//! The message `Span`.

use tracing::Level;
use whose::names::{gen_ai, http};
use whose::{Kind, Record, Status, Value};

use crate::encode::attribute::Attributes;
use crate::encode::dialects::Dialects;
use crate::encode::time::unix_nanos;
use crate::encode::{attribution, call_site};
use crate::span_kind;
use crate::{names, wire};

// The fields of the message.
const TRACE_ID: u32 = 1;
const SPAN_ID: u32 = 2;
const PARENT_SPAN_ID: u32 = 4;
const NAME: u32 = 5;
const KIND: u32 = 6;
const START: u32 = 7;
const END: u32 = 8;
const ATTRIBUTES: u32 = 9;
const STATUS: u32 = 15;
const FLAGS: u32 = 16;

// The fields of the message `Status`.
const STATUS_MESSAGE: u32 = 2;
const STATUS_CODE: u32 = 3;

/// The trace flag `sampled`.
const SAMPLED: u32 = 1;

/// Writes the fields of the message.
pub(crate) fn write(out: &mut Vec<u8>, record: &Record, dialects: Dialects) {
    // A span of whose always has both ids.
    if let (Some(trace_id), Some(span_id)) = (record.trace_id(), record.span_id()) {
        wire::bytes(out, TRACE_ID, &trace_id.to_bytes());
        wire::bytes(out, SPAN_ID, &span_id.to_bytes());
    }
    if let Some(parent_id) = record.parent_id() {
        wire::bytes(out, PARENT_SPAN_ID, &parent_id.to_bytes());
    }
    let directives = Directives::of(record);
    write_name(out, record, &directives);
    let kind = record.kind();
    let span_kind = directives.kind.unwrap_or_else(|| side_of(record, kind));
    wire::number(out, KIND, span_kind);
    let start = unix_nanos(record.start());
    wire::fixed64(out, START, start);
    let duration = record.duration().unwrap_or_default().as_nanos();
    let duration = u64::try_from(duration).unwrap_or(u64::MAX);
    wire::fixed64(out, END, start.saturating_add(duration));
    wire::fixed32(out, FLAGS, SAMPLED);
    let mut attributes = Attributes::new(out, ATTRIBUTES);
    let taken = attribution::write(&mut attributes, record);
    call_site::write(&mut attributes, record);
    if record.level() != Level::INFO {
        attributes.text(names::LEVEL, record.level().as_str());
    }
    if let Some(kind) = kind {
        write_kind(&mut attributes, record, kind, dialects);
    }
    for (name, value) in record.last_fields() {
        if !names::is_directive(name) && !taken.has(name) {
            attributes.field(name, value);
        }
    }
    // A tool that shows spans only would not see the tokens otherwise.
    let inside = || {
        let inside = record.usage_inside();
        inside.filter(|(name, _)| record.field(name).is_none())
    };
    // In front of the values, so that a receiver does not count the tokens of a call twice.
    attributes.texts(names::USAGE_INSIDE, inside().map(|(name, _)| name));
    for (name, value) in inside() {
        attributes.field(name, value);
    }
    write_status(out, record, &directives);
}

/// The fields of a span that direct the export, as `tracing-opentelemetry` reads them.
#[derive(Default)]
struct Directives<'a> {
    name: Option<&'a str>,
    kind: Option<u64>,
    status: Option<u64>,
    message: Option<&'a str>,
}

impl<'a> Directives<'a> {
    fn of(record: &'a Record) -> Self {
        let mut found = Self::default();
        for (name, value) in record.fields() {
            if !names::is_directive(name) {
                continue;
            }
            let text = value.as_str();
            match name {
                names::OTEL_NAME => found.name = text.filter(|text| !text.is_empty()),
                names::OTEL_KIND => found.kind = text.and_then(named_kind),
                names::OTEL_STATUS_CODE => found.status = text.and_then(named_status),
                _ => found.message = text,
            }
        }
        found
    }
}

fn named_kind(name: &str) -> Option<u64> {
    let mut kinds = span_kind::ALL.iter();
    let known = kinds.find(|(known, _)| name.eq_ignore_ascii_case(known));
    known.map(|(_, kind)| *kind)
}

fn named_status(name: &str) -> Option<u64> {
    match name {
        _ if name.eq_ignore_ascii_case("ok") => Some(names::STATUS_OK),
        _ if name.eq_ignore_ascii_case("error") => Some(names::STATUS_ERROR),
        _ => None,
    }
}

/// The kind of OpenTelemetry, which states the side of a call: the kind of whose states the work.
fn side_of(record: &Record, kind: Option<Kind>) -> u64 {
    match (record.target(), record.name()) {
        (http::TARGET, http::SERVER_SPAN) => span_kind::SERVER,
        (http::TARGET, http::CLIENT_SPAN) => span_kind::CLIENT,
        _ => span_kind::of_work(kind),
    }
}

/// The name: the one that a field gives, for a request the method and the route, or else the name in
/// the code.
fn write_name(out: &mut Vec<u8>, record: &Record, directives: &Directives<'_>) {
    if let Some(name) = directives.name {
        return wire::bytes(out, NAME, name.as_bytes());
    }
    let method = match record.target() {
        http::TARGET => record.field(http::METHOD.name).and_then(Value::as_str),
        _ => None,
    };
    let Some(method) = method else {
        return wire::bytes(out, NAME, record.name().as_bytes());
    };
    // The conventions: `HTTP` stands for a method that they do not know.
    let method = Some(method).filter(|method| *method != http::OTHER_METHOD);
    let method = method.unwrap_or("HTTP");
    match record.field(http::ROUTE.name).and_then(Value::as_str) {
        Some(route) => wire::bytes(out, NAME, format!("{method} {route}").as_bytes()),
        None => wire::bytes(out, NAME, method.as_bytes()),
    }
}

fn write_kind(attributes: &mut Attributes<'_>, record: &Record, kind: Kind, dialects: Dialects) {
    // What follows from the kind stands before the kind, so that a receiver can tell it from a field.
    if record.field(gen_ai::OPERATION.name).is_none()
        && let Some(operation) = kind.operation()
    {
        attributes.text(gen_ai::OPERATION.name, operation);
    }
    let [openinference, _] = gen_ai::KIND_ALIASES;
    if dialects.openinference && record.field(openinference).is_none() {
        let name = match kind {
            Kind::Task => "CHAIN".to_owned(),
            kind => kind.as_str().to_ascii_uppercase(),
        };
        attributes.text(openinference, &name);
    }
    if record.field(names::KIND).is_none() {
        attributes.text(names::KIND, kind.as_str());
    }
}

fn write_status(out: &mut Vec<u8>, record: &Record, directives: &Directives<'_>) {
    let failed = (record.status() == Status::Error).then_some(names::STATUS_ERROR);
    let Some(code) = failed.or(directives.status) else {
        return;
    };
    wire::message(out, STATUS, |out| {
        let message = record.message().or(directives.message);
        if let Some(message) = message.filter(|_| code == names::STATUS_ERROR) {
            wire::bytes(out, STATUS_MESSAGE, message.as_bytes());
        }
        wire::number(out, STATUS_CODE, code);
    });
}
