//! The names that row ids stand for.

use rusqlite::{Connection, OptionalExtension, Transaction};

use super::column_reader::ColumnReader;
use super::id_map::IdMap;

/// The reason of a record in an anonymous scope.
pub(crate) const ANONYMOUS: &str = "anonymous";

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

/// The name of a model.
pub(super) fn model_name(tx: &Transaction<'_>, id: i64) -> rusqlite::Result<String> {
    load_name(tx, "SELECT model FROM models WHERE id = ?1", id)
}

/// Loads the names in a small table, by row id.
pub(super) fn load_names(tx: &Connection, sql: &str) -> rusqlite::Result<IdMap<String>> {
    let mut statement = tx.prepare_cached(sql)?;
    let names = statement.query_map((), |row| {
        let name = row.get_ref(1)?.as_bytes().unwrap_or_default();
        Ok((row.get(0)?, String::from_utf8_lossy(name).into_owned()))
    })?;
    names.collect()
}
