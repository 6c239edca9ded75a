//! The row ids that a condition stands for.

use rusqlite::{OptionalExtension, Row, Transaction};

use super::super::column_reader::ColumnReader;
use super::super::reader::find_user;

/// The rows of a small table whose text passes.
fn matching(
    tx: &Transaction<'_>,
    sql: &str,
    passes: impl Fn(Option<&str>) -> bool,
) -> rusqlite::Result<Vec<i64>> {
    let mut statement = tx.prepare_cached(sql)?;
    let mut rows = statement.query(())?;
    let mut ids = Vec::new();
    while let Some(row) = rows.next()? {
        let mut columns = ColumnReader::new(row);
        let (id, text) = (columns.number()?, columns.optional_text()?);
        if passes(text.as_deref()) {
            ids.push(id);
        }
    }
    Ok(ids)
}

/// The call sites whose `column` passes.
pub(super) fn sites(
    tx: &Transaction<'_>,
    column: &str,
    passes: impl Fn(Option<&str>) -> bool,
) -> rusqlite::Result<Vec<i64>> {
    matching(tx, &format!("SELECT id, {column} FROM sites"), passes)
}

/// The traits whose `column` passes. An empty column is no value.
pub(super) fn traits(
    tx: &Transaction<'_>,
    column: &str,
    passes: impl Fn(Option<&str>) -> bool,
) -> rusqlite::Result<Vec<i64>> {
    let sql = format!("SELECT id, nullif({column}, '') FROM traits");
    matching(tx, &sql, passes)
}

/// The models whose `column` passes. An empty provider is no value.
pub(super) fn models(
    tx: &Transaction<'_>,
    column: &str,
    passes: impl Fn(Option<&str>) -> bool,
) -> rusqlite::Result<Vec<i64>> {
    let sql = format!("SELECT id, nullif({column}, '') FROM models");
    matching(tx, &sql, passes)
}

/// The users with this name: those with the id, with its hash, or with the identity.
pub(super) fn users(tx: &Transaction<'_>, name: &str) -> rusqlite::Result<Vec<i64>> {
    let mut statement = tx.prepare_cached(
        "SELECT id FROM users WHERE identity IN ('id:' || ?1, 'hash:' || ?1, ?1)",
    )?;
    let ids = statement.query_map([name], |row| row.get(0))?;
    let ids: Vec<i64> = ids.collect::<rusqlite::Result<_>>()?;
    match ids.is_empty() {
        // The name of a user whose row was deleted by hand.
        true => Ok(find_user(tx, name)?.into_iter().collect()),
        false => Ok(ids),
    }
}

/// The session with this id.
pub(super) fn session(tx: &Transaction<'_>, id: &str) -> rusqlite::Result<Option<i64>> {
    let mut statement = tx.prepare_cached("SELECT id FROM sessions WHERE sid = ?1")?;
    let first = |row: &Row<'_>| row.get(0);
    statement.query_row([id], first).optional()
}

/// Whether a scope has this conversation.
pub(super) fn has_conversation(tx: &Transaction<'_>, id: &str) -> rusqlite::Result<bool> {
    let mut statement = tx.prepare_cached("SELECT 1 FROM conversations WHERE cid = ?1")?;
    statement.exists([id])
}

/// Whether any record was identified later.
pub(super) fn has_links(tx: &Transaction<'_>) -> rusqlite::Result<bool> {
    let mut statement = tx.prepare_cached("SELECT 1 FROM links WHERE user IS NOT NULL")?;
    statement.exists(())
}

/// The names of call sites, each once.
pub(super) fn site_names(tx: &Transaction<'_>, sites: &[i64]) -> rusqlite::Result<Vec<String>> {
    let mut statement = tx.prepare_cached(
        "SELECT DISTINCT name FROM sites WHERE id IN (SELECT value FROM json_each(?1))",
    )?;
    let list = serde_json::to_string(sites).unwrap_or_default();
    let names = statement.query_map([list], |row| ColumnReader::new(row).text())?;
    names.collect()
}
