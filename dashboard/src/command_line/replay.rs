//! The command `replay`.

use serde::Serialize;
use whose_store::{Queries, Query, Reader, RecordRow, Remaining, Timestamp};

use crate::command_line::args::ReplayArgs;
use crate::command_line::cli::Options;
use crate::command_line::error::CommandError;
use crate::command_line::log_view::ViewLog;
use crate::command_line::printer::{PrintedRows, Printer};
use crate::command_line::views;
use crate::command_line::wrap::wrap;
use crate::record_text::{current_at, trace_trees};
use crate::values::pluralize;

/// Prints the records of a session or a trace as waterfalls, or the record that was current at a time.
pub(crate) fn replay(
    reader: &Reader,
    query: &Query,
    arguments: &ReplayArgs,
    options: &Options,
    printer: &mut Printer<'_>,
) -> Result<(), CommandError> {
    let mut rows = reader.trail(&arguments.filter(), query)?;
    let records = rows.by_ref().collect::<Result<Vec<_>, _>>()?;
    let more = rows.remaining()?;
    let mut log = ViewLog::new(&options.db, "replay", &arguments.why);
    for record in &records {
        log.log(record.user.as_deref())?;
    }
    match arguments.at {
        Some(time) => moment(&records, time, options, printer),
        None if options.json => {
            printer.print_json_value(&records, || None)?;
            printer.warn_about_more(&more)
        }
        None => waterfalls(&records, more, printer),
    }
}

/// Prints a waterfall for each trace.
fn waterfalls(
    records: &[RecordRow],
    more: Remaining,
    printer: &mut Printer<'_>,
) -> Result<(), CommandError> {
    let trees = trace_trees(records);
    for (index, tree) in trees.iter().enumerate() {
        let gap = if index > 0 { "\n" } else { "" };
        let width = printer.width().unwrap_or(usize::MAX);
        let heading = wrap(&views::replay_heading(tree, records), width, 2);
        printer.print_text(&format!("{gap}{heading}\n"))?;
        let rows = views::replay_rows(tree, records).into_iter().map(Ok);
        printer.print_table(rows, views::replay(), |_| Ok(()))?;
    }
    let note = format!(
        "{} in {}",
        pluralize(records.len() as u64, "record"),
        pluralize(trees.len() as u64, "trace")
    );
    let printed = PrintedRows::<RecordRow> {
        rows: records.len() as u64,
        last: None,
        more,
    };
    printer.print_notes(vec![note], &printed)
}

/// Prints who was current at a time: the innermost span that was open, or the last record before.
fn moment(
    records: &[RecordRow],
    time: Timestamp,
    options: &Options,
    printer: &mut Printer<'_>,
) -> Result<(), CommandError> {
    /// The record that is current.
    #[derive(Serialize)]
    struct Moment<'a> {
        at: Timestamp,
        /// `None` without a record.
        current: Option<&'a RecordRow>,
    }
    let current = current_at(records, time).map(|index| &records[index]);
    if options.json {
        return printer.print_json_value(&Moment { at: time, current }, || None);
    }
    match current {
        Some(record) => {
            let width = printer.width().unwrap_or(usize::MAX);
            printer.print_text(&views::explanation(record, width))
        }
        None => printer.print_text("no record in this time range\n"),
    }
}
