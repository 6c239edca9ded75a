//! The names that row ids stand for.

use rusqlite::{OptionalExtension, Transaction};

use super::column_reader::ColumnReader;

/// The id of a user, or the identity of a user without one.
pub(super) fn user_name(tx: &Transaction<'_>, id: i64) -> rusqlite::Result<String> {
    load_name(
        tx,
        "SELECT coalesce(uid, identity, 'deleted user #' || n.id)
         FROM (SELECT ?1 AS id) n LEFT JOIN users u ON u.id = n.id",
        id,
    )
}

/// A name in a table; empty if a damaged file does not contain it.
pub(super) fn load_name(tx: &Transaction<'_>, sql: &str, id: i64) -> rusqlite::Result<String> {
    let mut statement = tx.prepare_cached(sql)?;
    let name = statement.query_row([id], |row| ColumnReader::new(row).text());
    Ok(name.optional()?.unwrap_or_default())
}
