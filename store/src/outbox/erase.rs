//! Erasing the waiting rows of a user.

use rusqlite::{Connection, params};

const HAS_TABLE: &str =
    "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'outbox')";
const HAS_USER: &str = "SELECT EXISTS (SELECT 1 FROM outbox WHERE identity = ?1)";
/// A link names the user of an isolated scope: rows of the scope without a user belong to the user.
const ADD_SCOPE_TOMBSTONES: &str = "INSERT INTO forgotten_scopes (isolated, before)
    SELECT isolated, start FROM outbox WHERE identity = ?1 AND isolated IS NOT NULL
    ON CONFLICT (isolated) DO UPDATE SET before = max(before, excluded.before)";
const DELETE_USER: &str = "DELETE FROM outbox WHERE id IN
    (SELECT id FROM outbox WHERE identity = ?1 AND start < ?2 LIMIT ?3)";
const DELETE_SCOPES: &str = "DELETE FROM outbox WHERE id IN
    (SELECT o.id FROM forgotten_scopes f CROSS JOIN outbox o ON o.isolated = f.isolated
    AND o.identity IS NULL AND o.start < f.before LIMIT ?1)";

fn has_table(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row(HAS_TABLE, (), |row| row.get(0))
}

/// Whether rows of the user wait.
pub(crate) fn has_user(connection: &Connection, identity: &str) -> rusqlite::Result<bool> {
    if !has_table(connection)? {
        return Ok(false);
    }
    connection.query_row(HAS_USER, [identity], |row| row.get(0))
}

/// Adds the tombstones of the scopes that waiting links attribute to the user.
pub(crate) fn add_scope_tombstones(
    connection: &Connection,
    identity: &str,
) -> rusqlite::Result<()> {
    if has_table(connection)? {
        connection.execute(ADD_SCOPE_TOMBSTONES, [identity])?;
    }
    Ok(())
}

/// Deletes at most `limit` rows of the user that began before a time, and as many of forgotten
/// scopes. Returns how many there were.
pub(crate) fn delete_rows(
    connection: &Connection,
    identity: Option<&str>,
    before: i64,
    limit: usize,
) -> rusqlite::Result<u64> {
    if !has_table(connection)? {
        return Ok(0);
    }
    let limit = limit as i64;
    let mut deleted = 0;
    if let Some(identity) = identity {
        deleted += connection.execute(DELETE_USER, params![identity, before, limit])?;
    }
    deleted += connection.execute(DELETE_SCOPES, [limit])?;
    Ok(deleted as u64)
}
