//! The command `backup`.

use std::path::Path;

use serde::Serialize;
use whose_store::{Queries, Query, Reader, StoreError};

use crate::values::ByteSize;
use crate::values::{escape, pluralize};

/// The copy of a store.
#[derive(Serialize)]
pub(crate) struct BackupReport {
    path: String,
    records: u64,
    bytes: u64,
}

impl BackupReport {
    pub(crate) fn text(&self) -> String {
        let records = pluralize(self.records, "record");
        let size = ByteSize(self.bytes);
        format!("{}: {records}, {size}\n", escape(&self.path))
    }
}

/// Copies the store.
pub(crate) fn backup(reader: &Reader, to: &Path) -> Result<BackupReport, StoreError> {
    let bytes = reader.backup(to)?;
    let records = Reader::open(to)?.totals(&Query::all())?.counts.records();
    Ok(BackupReport {
        path: to.display().to_string(),
        records,
        bytes,
    })
}
