//! The command `backup`.

use std::path::Path;

use whose_store::{Query, Reader, StoreError};

/// Copies the store and returns a line about the copy.
pub(crate) fn backup(reader: &Reader, to: &Path) -> Result<String, StoreError> {
    let bytes = reader.backup(to)?;
    let records = Reader::open(to)?.totals(&Query::all())?.counts.records();
    Ok(format!(
        "{}: {records} records, {:.1} MB\n",
        to.display(),
        megabytes(bytes)
    ))
}

#[allow(clippy::cast_precision_loss)] // One digit after the point is shown.
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
