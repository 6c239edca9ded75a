//! Lines of JSON.

use live_service::{Observation, Seen};
use serde_json::Value;
use whose::TraceId;

/// The observation of a line; `pointer` finds a field by its name.
pub(crate) fn observation(
    line: &Value,
    is_span: bool,
    text: &str,
    trace: Option<TraceId>,
    has_reasons: bool,
) -> Observation {
    let read = |name: &str| {
        let field = line.get("fields").and_then(|fields| fields.get(name));
        // The lines of `fmt` show no trace, but the spans around an event.
        let of_span = || {
            (name == "request")
                .then(|| request_of_spans(line))
                .flatten()
        };
        let value = line.get(name).or(field).or_else(of_span)?;
        Some(match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        })
    };
    Observation::seen(&Seen {
        is_span,
        text,
        target: line
            .get("target")
            .and_then(Value::as_str)
            .unwrap_or_default(),
        trace,
        value: &read,
        has_reasons,
    })
}

/// The request of the span of the server around an event.
fn request_of_spans(line: &Value) -> Option<&Value> {
    let spans = line.get("spans")?.as_array()?.iter();
    spans.rev().find_map(|span| span.get("request"))
}
