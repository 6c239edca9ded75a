//! The files that people take away.

mod csv;
#[cfg(feature = "command-line")]
mod records;

#[cfg(feature = "command-line")]
pub(crate) use csv::CsvWriter;
pub(crate) use csv::{CsvCell, CsvTable, to_csv};
#[cfg(feature = "command-line")]
pub(crate) use records::{RECORD_COLUMNS, record_cells};
