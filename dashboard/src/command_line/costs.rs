//! The commands `whose cost` and `whose graph`.

use serde::Serialize;
use whose_store::{CostOverTime, CostReport, GraphFilter, Queries, Query, Reader, Remaining};

use crate::command_line::cli::Options;
use crate::command_line::cost_args::CostArgs;
use crate::command_line::error::CommandError;
use crate::command_line::printer::{PrintedRows, Printer};
use crate::command_line::table::Table;
use crate::command_line::views;

/// Prints the cost of each group, or of each group over time.
pub(crate) fn cost(
    reader: &Reader,
    query: &Query,
    arguments: &CostArgs,
    options: &Options,
    printer: &mut Printer<'_>,
) -> Result<(), CommandError> {
    if arguments.over.is_some() {
        return over_time(reader, query, arguments, options, printer);
    }
    let CostReport {
        rows,
        unpriced,
        unattributed,
        total,
        ..
    } = reader.filtered_cost(&arguments.by, &arguments.filter(), query)?;
    if options.json {
        #[derive(Serialize)]
        struct Sums<U, N, T> {
            unpriced: U,
            unattributed: N,
            total: T,
        }
        let sums = Sums {
            unpriced,
            unattributed,
            total,
        };
        return printer.print_json_report(rows, sums);
    }
    let Some(printed) = printer.print_rows(rows, views::costs(&arguments.by))? else {
        return Ok(());
    };
    let notes = views::cost_notes(&total, &unpriced, &unattributed);
    printer.print_notes(notes, &printed)
}

fn over_time(
    reader: &Reader,
    query: &Query,
    arguments: &CostArgs,
    options: &Options,
    printer: &mut Printer<'_>,
) -> Result<(), CommandError> {
    let filter = arguments.filter();
    // The limit of the command counts rows, not series.
    let query = query.limit(CostOverTime::MAX_SERIES);
    let costs = reader.cost_over_time(&arguments.by, arguments.over, &filter, &query)?;
    if options.json {
        return printer.print_json_value(&costs, || None);
    }
    let rows = views::costs_over_time(&costs, &arguments.by);
    let table = views::cost_over_time(&arguments.by, costs.bucket);
    let printed = print_all(rows, table, options, printer)?;
    printer.print_notes(
        views::cost_over_time_notes(&costs, arguments.over),
        &printed,
    )
}

/// Prints the calls between nodes.
pub(crate) fn graph(
    reader: &Reader,
    query: &Query,
    filter: &GraphFilter,
    options: &Options,
    printer: &mut Printer<'_>,
) -> Result<(), CommandError> {
    let graph = reader.graph(filter, query)?;
    if options.json {
        return printer.print_json_value(&graph, || None);
    }
    let printed = print_all(views::named_edges(&graph), views::graph(), options, printer)?;
    printer.print_notes(views::graph_notes(&graph), &printed)
}

/// Prints rows that are in memory, up to the limit of the options.
fn print_all<T: 'static>(
    mut rows: Vec<T>,
    table: Table<T>,
    options: &Options,
    printer: &mut Printer<'_>,
) -> Result<PrintedRows<T>, CommandError> {
    let limit = match options.limit {
        0 => usize::MAX,
        limit => limit,
    };
    let more = rows.len().saturating_sub(limit) as u64;
    rows.truncate(limit);
    let (rows, last) = printer.print_table(rows.into_iter().map(Ok), table, |_| Ok(()))?;
    Ok(PrintedRows {
        rows,
        last,
        more: Remaining::from(more),
    })
}
