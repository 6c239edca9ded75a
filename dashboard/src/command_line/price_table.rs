//! The price table of the options.

use std::path::Path;

use whose_store::Prices;

use crate::command_line::cli::Options;
use crate::command_line::error::CommandError;

/// The prices of the options, or the builtin ones.
pub(crate) fn prices(options: &Options) -> Result<Prices, CommandError> {
    match &options.prices {
        Some(path) => load_prices(path),
        None => Ok(Prices::builtin()),
    }
}

/// Loads a price table from a CSV file.
fn load_prices(path: &Path) -> Result<Prices, CommandError> {
    let unreadable = |source| CommandError::PriceFile {
        path: path.to_path_buf(),
        source,
    };
    let table = std::fs::read_to_string(path).map_err(unreadable)?;
    let invalid = |source| CommandError::PriceTable {
        path: path.to_path_buf(),
        source,
    };
    Prices::builtin().with_csv(&table).map_err(invalid)
}
