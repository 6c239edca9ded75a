//! The command `health`.

use serde::Serialize;
use whose_store::{LostRecords, Queries, Query, Reader, StoreHealth};

use crate::command_line::cli::Options;
use crate::command_line::error::CommandError;
use crate::command_line::printer::Printer;
use crate::command_line::views;

/// Prints the sizes of the store, its lost records, and what the processes counted.
pub(crate) fn health(
    reader: &Reader,
    query: &Query,
    options: &Options,
    printer: &mut Printer<'_>,
) -> Result<(), CommandError> {
    /// The state of the store, and each range of lost records.
    #[derive(Serialize)]
    struct Report {
        #[serde(flatten)]
        store: StoreHealth,
        losses: Vec<LostRecords>,
    }
    let store = reader.health()?;
    let losses = reader.losses(&query.unlimited())?;
    if options.json {
        return printer.print_json_value(&Report { store, losses }, || None);
    }
    let width = printer.width().unwrap_or(usize::MAX);
    printer.print_text(&views::health(&store, &losses, width))
}
