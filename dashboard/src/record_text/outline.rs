//! Records as an indented text, for a model or for a message.

use std::fmt::Write as _;

use whose_store::RecordRow;

use super::chat::{ChatPart, chat};
use super::explanation::user;
use super::summary::summary;
use super::tree::{TraceTree, TreeRow};
use crate::values::{escape, format_duration, format_time};

/// The records of the trees as text: a heading for each trace, and a line for each record, indented by
/// the spans around it.
pub(crate) fn outline(trees: &[TraceTree], records: &[RecordRow]) -> String {
    let mut text = String::new();
    for tree in trees {
        let heading = tree.trace_id.as_deref().unwrap_or("none");
        _ = writeln!(text, "trace {heading}");
        write_rows(&mut text, &tree.rows, records);
        text.push('\n');
    }
    text
}

/// The rows as text, as in [`outline`].
pub(crate) fn rows_outline(rows: &[TreeRow], records: &[RecordRow]) -> String {
    let mut text = String::new();
    write_rows(&mut text, rows, records);
    text
}

fn write_rows(text: &mut String, rows: &[TreeRow], records: &[RecordRow]) {
    for row in rows {
        write_record(text, &"  ".repeat(row.depth), &records[row.index]);
    }
}

fn write_record(text: &mut String, indent: &str, record: &RecordRow) {
    let failed = if record.failed { " FAILED" } else { "" };
    let took = match record.duration_ns {
        Some(_) => format!(" {}", format_duration(record.duration_ns)),
        None => String::new(),
    };
    let time = format_time(record.time);
    let (class, what) = (record.class(), summary(record));
    _ = writeln!(text, "{indent}- {time} [{class}]{failed} {what}{took}");
    _ = writeln!(
        text,
        "{indent}    record {}; user {}",
        record.id,
        user(record)
    );
    if let Some(error_type) = &record.error_type {
        _ = writeln!(text, "{indent}    error type: {}", escape(error_type));
    }
    for cause in &record.causes {
        _ = writeln!(text, "{indent}    caused by: {}", escape(cause));
    }
    for (name, value) in &record.fields {
        if !whose::names::gen_ai::is_content(name) {
            let value = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            _ = writeln!(text, "{indent}    {}: {}", escape(name), escape(&value));
        }
    }
    for message in chat(record) {
        for part in &message.parts {
            let part = match part {
                ChatPart::Text(said) => escape(said).into_owned(),
                ChatPart::ToolCall { name, arguments } => {
                    format!("calls {}({})", escape(name), escape(arguments))
                }
                ChatPart::ToolResult(result) => format!("returns {}", escape(result)),
            };
            _ = writeln!(text, "{indent}    {} > {part}", escape(&message.role));
        }
    }
}
