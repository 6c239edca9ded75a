//! The sweep phase: deleting rows that no record refers to.

use rusqlite::{Connection, OptionalExtension};

use super::eraser::{Eraser, MAX_BATCH, delete};
use super::marks::{MarkedIds, Marks};
use super::partitions_sql::with_parts;

/// A pseudonymisation in another process gives records other texts, sessions and users. Marks from before
/// do not know them, so the indexes are searched for records that refer to such a row.
const UNUSED_TEXT: &str = "AND (message IS NOT NULL
    OR NOT EXISTS (SELECT 1 FROM records r WHERE r.text = texts.id))";
/// Links refer to users and sessions too.
const UNUSED_SESSION: &str = concat!(
    "AND NOT EXISTS (SELECT 1 FROM links WHERE links.session = sessions.id)
    AND (sid NOT LIKE 'pseudonym-%' OR NOT EXISTS (",
    with_parts!(
        "SELECT 1 FROM parts CROSS JOIN records r
        ON r.id >> 16 << 32 | r.session = parts.part | sessions.id AND r.session = sessions.id"
    ),
    "))"
);
const UNUSED_USER: &str = concat!(
    "AND NOT EXISTS (SELECT 1 FROM links WHERE links.user = users.id)
    AND identity NOT LIKE 'pseudonym:%' AND (uid IS NULL OR uid NOT LIKE 'pseudonym-%'
      OR NOT EXISTS (",
    with_parts!(
        "SELECT 1 FROM parts CROSS JOIN records r
        ON r.id >> 16 << 32 | r.user = parts.part | users.id AND r.user = users.id"
    ),
    "))"
);
const SELECT_UNUSED_MODEL: &str =
    "SELECT 1 FROM models WHERE id NOT IN (SELECT model FROM usages) LIMIT 1";
const DELETE_MODELS: &str = "DELETE FROM models WHERE id NOT IN (SELECT model FROM usages)";

/// The numbers of deleted rows that no record referred to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct SweptRows {
    /// Names, messages, errors and fields, with their words in the full-text index.
    pub texts: u64,
    /// Sets of tags, extra and contexts.
    pub scopes: u64,
    /// Sessions.
    pub sessions: u64,
    /// Users.
    pub users: u64,
}

impl SweptRows {
    pub(super) fn add(&mut self, other: Self) {
        self.texts += other.texts;
        self.scopes += other.scopes;
        self.sessions += other.sessions;
        self.users += other.users;
    }
}

impl Eraser {
    /// Deletes every unmarked row, in short transactions.
    pub(super) fn sweep(&self, mut marks: Marks) -> rusqlite::Result<SweptRows> {
        let marks = &mut marks;
        let swept = SweptRows {
            texts: self.sweep_table(marks, "texts", UNUSED_TEXT, |marks| &marks.texts)?,
            scopes: self.sweep_table(marks, "scopes", "", |marks| &marks.scopes)?,
            sessions: self
                .sweep_table(marks, "sessions", UNUSED_SESSION, |marks| &marks.sessions)?,
            users: self.sweep_table(marks, "users", UNUSED_USER, |marks| &marks.users)?,
        };
        self.sweep_table(marks, "sites", "", |marks| &marks.sites)?;
        self.sweep_table(marks, "traits", "", |marks| &marks.traits)?;
        let unused = self
            .connection()
            .query_row(SELECT_UNUSED_MODEL, (), |_| Ok(()));
        if unused.optional()?.is_some() {
            self.write(|transaction| transaction.execute(DELETE_MODELS, ()))?;
        }
        Ok(swept)
    }

    fn sweep_table(
        &self,
        marks: &mut Marks,
        table: &str,
        condition: &str,
        marked: fn(&Marks) -> &MarkedIds,
    ) -> rusqlite::Result<u64> {
        let (mut swept, mut last_scanned) = (0, i64::MIN);
        loop {
            // Outside the transaction, so that the transaction has little to scan.
            marks.catch_up(self.connection())?;
            let found = unmarked(self.connection(), table, marked(marks), &mut last_scanned)?;
            if found.is_empty() {
                return Ok(swept);
            }
            swept += self.write(|transaction| {
                // A record that was written meanwhile may refer to an older row.
                marks.catch_up(transaction)?;
                let mut found = found;
                found.retain(|id| !marked(marks).contains(*id));
                delete(transaction, table, &found, condition)
            })?;
        }
    }
}

/// Returns the next unmarked rows of a table.
fn unmarked(
    connection: &Connection,
    table: &str,
    marked: &MarkedIds,
    last_scanned: &mut i64,
) -> rusqlite::Result<Vec<i64>> {
    let sql = format!("SELECT id FROM {table} WHERE id > ?1 ORDER BY id");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([*last_scanned])?;
    let mut found = Vec::new();
    while found.len() < MAX_BATCH
        && let Some(row) = rows.next()?
    {
        *last_scanned = row.get(0)?;
        if !marked.contains(*last_scanned) {
            found.push(*last_scanned);
        }
    }
    Ok(found)
}
