//! What a call site is called.

use rusqlite::{OptionalExtension, Transaction};

use super::column_reader::ColumnReader;

/// The names of a call site; empty for a site whose row a damaged file lacks.
#[derive(Default)]
pub(super) struct SiteNames {
    pub(super) record_type: String,
    pub(super) name: String,
    pub(super) target: String,
    pub(super) file: Option<String>,
    pub(super) line: Option<u32>,
}

impl SiteNames {
    pub(super) fn load(tx: &Transaction<'_>, site: i64) -> rusqlite::Result<Self> {
        let names = tx
            .prepare_cached("SELECT type, name, target, file, line FROM sites WHERE id = ?1")?
            .query_row([site], |row| {
                let mut columns = ColumnReader::new(row);
                let (record_type, name) = (columns.text()?, columns.text()?);
                let target = columns.text()?;
                let (file, line) = columns.call_site()?;
                Ok(Self {
                    record_type,
                    name,
                    target,
                    file,
                    line,
                })
            });
        Ok(names.optional()?.unwrap_or_default())
    }
}
