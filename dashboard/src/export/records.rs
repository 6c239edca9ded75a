//! Records as rows of a CSV file.

use serde_json::Value;
use whose_store::RecordRow;

use super::csv::CsvCell;
use crate::values::escape_lines;

/// The columns: the names of the values in JSON.
pub(crate) const RECORD_COLUMNS: &[&str] = &[
    "id",
    "type",
    "time",
    "duration_ns",
    "name",
    "message",
    "level",
    "kind",
    "failed",
    "user",
    "user_source",
    "unattributed",
    "session",
    "session_source",
    "conversation",
    "actor",
    "actor_source",
    "actors",
    "trace_id",
    "span_id",
    "parent_id",
    "model",
    "provider",
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "cache_write_1h_tokens",
    "reasoning_tokens",
    "audio_input_tokens",
    "audio_output_tokens",
    "service_tier",
    "agent",
    "tool",
    "cost_usd",
    "error_type",
    "causes",
    "fingerprint",
    "path",
    "backtrace",
    "tags",
    "fields",
    "extra",
    "contexts",
    "breadcrumbs",
    "flags",
    "service",
    "target",
    "file",
    "line",
    "user_site",
    "session_site",
    "weight",
];

/// The cells of a record. Characters that a terminal obeys are escaped; JSON has the exact texts.
///
/// # Errors
/// A value that is no JSON, such as a number that is not finite.
pub(crate) fn record_cells(record: &RecordRow) -> serde_json::Result<Vec<CsvCell>> {
    let values = serde_json::to_value(record)?;
    let cells = RECORD_COLUMNS.iter().map(|column| cell(&values[*column]));
    Ok(cells.collect())
}

fn cell(value: &Value) -> CsvCell {
    match value {
        Value::Null => CsvCell::Empty,
        Value::Array(values) if values.is_empty() => CsvCell::Empty,
        Value::Object(values) if values.is_empty() => CsvCell::Empty,
        Value::Bool(_) | Value::Number(_) => CsvCell::Number(value.to_string()),
        Value::String(text) => CsvCell::Text(escape_lines(text).into_owned()),
        Value::Array(_) | Value::Object(_) => {
            CsvCell::Text(escape_lines(&value.to_string()).into_owned())
        }
    }
}
