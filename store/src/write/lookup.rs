//! What every dictionary of the file is asked.

use rusqlite::{Connection, OptionalExtension, Params};

/// The number in the file. Nobody else writes to it before the transaction ends, so what is not
/// found can be added.
pub(super) fn select_id(
    connection: &Connection,
    sql: &str,
    params: impl Params,
) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached(sql)?
        .query_row(params, |row| row.get(0))
        .optional()
}

/// Adds a row.
///
/// By `OR FAIL` SQLite need not be able to undo the statement alone, which costs it copies of
/// pages; a failure takes the whole transaction back anyway.
pub(super) fn insert_row(
    connection: &Connection,
    sql: &str,
    params: impl Params,
) -> rusqlite::Result<i64> {
    connection.prepare_cached(sql)?.execute(params)?;
    Ok(connection.last_insert_rowid())
}
