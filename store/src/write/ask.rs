//! What every dictionary of the file is asked.

use rusqlite::{Connection, OptionalExtension, Params};

/// The number in the file. Nobody else writes to it before the transaction ends, so what is not
/// found can be added.
pub(super) fn find(
    file: &Connection,
    find: &str,
    by: impl Params,
) -> rusqlite::Result<Option<i64>> {
    file.prepare_cached(find)?
        .query_row(by, |row| row.get(0))
        .optional()
}

/// Adds a row.
///
/// By `OR FAIL` SQLite need not be able to undo the statement alone, which costs it copies of
/// pages; a failure takes the whole transaction back anyway.
pub(super) fn add(file: &Connection, add: &str, row: impl Params) -> rusqlite::Result<i64> {
    file.prepare_cached(add)?.execute(row)?;
    Ok(file.last_insert_rowid())
}
