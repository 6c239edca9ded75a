//! The kinds of spans of OpenTelemetry: the side of a call.

use whose::Kind;

pub(crate) const INTERNAL: u64 = 1;
pub(crate) const SERVER: u64 = 2;
pub(crate) const CLIENT: u64 = 3;
const PRODUCER: u64 = 4;
const CONSUMER: u64 = 5;

/// Each kind with the name that the field `otel.kind` has for it.
pub(crate) const ALL: [(&str, u64); 5] = [
    ("internal", INTERNAL),
    ("server", SERVER),
    ("client", CLIENT),
    ("producer", PRODUCER),
    ("consumer", CONSUMER),
];

/// The side that follows from the work: calls of models go to another service.
pub(crate) const fn of_work(kind: Option<Kind>) -> u64 {
    match kind {
        Some(Kind::Llm | Kind::Embedding) => CLIENT,
        _ => INTERNAL,
    }
}
