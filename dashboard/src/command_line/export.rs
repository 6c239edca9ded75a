//! The command `export`.

use std::io::{self, Write};

use whose_store::{Queries, Query, Reader};

use crate::api::write_json_line;
use crate::command_line::args::{ExportArgs, ExportFormat};
use crate::command_line::error::CommandError;
use crate::export::{CsvCell, CsvWriter, RECORD_COLUMNS, record_cells};

/// Writes every record of a user, oldest first, each when it is read.
pub(crate) fn export(
    reader: &Reader,
    query: &Query,
    arguments: &ExportArgs,
    out: &mut dyn Write,
) -> Result<(), CommandError> {
    let records = reader.audit(&arguments.user, &query.unlimited())?;
    match arguments.format {
        ExportFormat::Jsonl => {
            for record in records {
                write_json_line(out, &record?).map_err(io::Error::from)?;
            }
        }
        ExportFormat::Csv => {
            let mut writer = CsvWriter::new(out);
            let titles = RECORD_COLUMNS.iter().map(|title| (*title).to_owned());
            writer.row(&titles.map(CsvCell::Text).collect::<Vec<_>>())?;
            for record in records {
                let cells = record_cells(&record?).map_err(io::Error::from)?;
                writer.row(&cells)?;
            }
            writer.flush()?;
        }
    }
    Ok(())
}
