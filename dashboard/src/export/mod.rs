//! The files that people take away.

mod csv;

pub(crate) use csv::{CsvCell, CsvTable, to_csv};
