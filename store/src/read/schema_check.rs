//! Checking that a file has the tables that the queries expect.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::Connection;

use crate::error::{StoreError, WithPath};
use crate::schema_version::SCHEMA;

/// Everything that a query reads. Views are for users of a shell: a query reads none, since a view
/// in a forged file may never end.
const OBJECTS: &str = "SELECT type || ' ' || name, sql FROM sqlite_schema
    WHERE type IN ('table', 'index')";

/// Rejects a file whose tables and indexes differ from the schema of this version. Ignores
/// additional objects.
pub(super) fn check(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let mut found = objects(connection).with_path(path)?;
    let expected = expected().with_path(path)?;
    for (name, sql) in expected {
        if found.remove(&name) != Some(sql) {
            return Err(StoreError::NotAStore {
                path: path.to_path_buf(),
                found: format!("a file whose {name} differs from the schema of this version"),
            });
        }
    }
    Ok(())
}

fn expected() -> rusqlite::Result<BTreeMap<String, Option<String>>> {
    let made = Connection::open_in_memory()?;
    made.execute_batch(SCHEMA)?;
    objects(&made)
}

fn objects(connection: &Connection) -> rusqlite::Result<BTreeMap<String, Option<String>>> {
    let mut statement = connection.prepare(OBJECTS)?;
    let objects = statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?)))?;
    objects.collect()
}
