//! The statements that every cache uses.

use rusqlite::{Connection, OptionalExtension, Params};

/// Returns the row id that `sql` finds. The transaction holds the write lock, so the caller can
/// insert a missing row.
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

/// Inserts a row and returns its row id.
///
/// Callers use `OR FAIL`, so that SQLite keeps no statement journal. A failure rolls the whole
/// transaction back anyway.
pub(super) fn insert_row(
    connection: &Connection,
    sql: &str,
    params: impl Params,
) -> rusqlite::Result<i64> {
    connection.prepare_cached(sql)?.execute(params)?;
    Ok(connection.last_insert_rowid())
}
