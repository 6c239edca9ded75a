//! The waterfall of a trace on a terminal.

use whose_store::RecordRow;

use crate::command_line::table::Table;
use crate::record_text::{TraceTree, end_of, summary};
use crate::values::{escape, format_duration, format_time, or_dash, pluralize};

/// The columns of a bar.
const BAR_WIDTH: i64 = 10;
/// The deepest indentation.
const MAX_INDENT: usize = 8;

/// A record of a waterfall.
pub(crate) struct ReplayRow {
    record: RecordRow,
    depth: usize,
    /// The time since the start of the trace, in nanoseconds.
    offset: u64,
    bar: String,
}

/// The rows of a trace, each record below the span around it.
pub(crate) fn replay_rows(tree: &TraceTree, records: &[RecordRow]) -> Vec<ReplayRow> {
    let rows = tree.rows.iter().map(|row| {
        let record = &records[row.index];
        let offset = record.time.as_nanos().saturating_sub(tree.start);
        ReplayRow {
            record: record.clone(),
            depth: row.depth,
            offset: offset.max(0).unsigned_abs(),
            bar: bar(tree, record),
        }
    });
    rows.collect()
}

/// The heading of a trace: the id, the number of records, the failures, and how long the trace took.
pub(crate) fn replay_heading(tree: &TraceTree, records: &[RecordRow]) -> String {
    let id = tree.trace_id.as_deref();
    let id = id.map_or_else(
        || "outside every trace".to_owned(),
        |id| format!("trace {}", escape(id)),
    );
    let first = tree
        .rows
        .first()
        .map(|row| format_time(records[row.index].time));
    let took = tree.end.saturating_sub(tree.start).max(0).unsigned_abs();
    let failed = tree
        .rows
        .iter()
        .filter(|row| records[row.index].failed)
        .count();
    let failed = match failed {
        0 => String::new(),
        failed => format!(", {failed} failed"),
    };
    format!(
        "{id}: {}{failed}, {} from {}",
        pluralize(tree.rows.len() as u64, "record"),
        format_duration(Some(took)),
        first.unwrap_or_default()
    )
}

/// The columns of a waterfall. In 80 columns, a record is one line.
pub(crate) fn replay() -> Table<ReplayRow> {
    Table::new()
        .number("record", |row: &ReplayRow| row.record.id.to_string())
        .if_wide()
        .number("at", |row| {
            format!("+{}", format_duration(Some(row.offset)))
        })
        .number("took", |row| format_duration(row.record.duration_ns))
        .text("when", |row| row.bar.clone())
        .message("what", what)
        .at_most(32)
        .id("user", |row| or_dash(row.record.user.as_deref()))
        .at_most(13)
        .text("user from", |row| {
            let from = row.record.user_source.as_deref();
            or_dash(from.or(row.record.unattributed.as_deref()))
        })
        .if_wide()
        .id("actor", |row| or_dash(row.record.actor.as_deref()))
        .if_wide()
}

/// The class and the summary of a record, indented by the spans around it.
fn what(row: &ReplayRow) -> String {
    let indent = "  ".repeat(row.depth.min(MAX_INDENT));
    let failed = if row.record.failed { "FAILED " } else { "" };
    format!(
        "{indent}{failed}{}: {}",
        row.record.class(),
        summary(&row.record)
    )
}

/// A line over the time of a span, or a point at the time of an event, in the time of the trace.
fn bar(tree: &TraceTree, record: &RecordRow) -> String {
    let length = tree.end.saturating_sub(tree.start).max(1);
    let at = |time: i64| {
        let offset = time.saturating_sub(tree.start).clamp(0, length);
        let column = i128::from(offset) * i128::from(BAR_WIDTH) / i128::from(length);
        usize::try_from(column).unwrap_or_default()
    };
    let last = at(tree.end).saturating_sub(1);
    let start = at(record.time.as_nanos()).min(last);
    let end = at(end_of(record)).clamp(start + 1, last + 1);
    let mark = if record.duration_ns.is_some() {
        "━"
    } else {
        "•"
    };
    let columns = if record.duration_ns.is_some() {
        end - start
    } else {
        1
    };
    let after = last + 1 - start - columns;
    format!(
        "{}{}{}",
        " ".repeat(start),
        mark.repeat(columns),
        " ".repeat(after)
    )
}
