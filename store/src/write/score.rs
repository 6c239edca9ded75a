//! The scores that records report.

use rusqlite::{Connection, params};
use whose::Record;

const INSERT_SCORE: &str =
    "INSERT OR FAIL INTO scores (record, name, value, label) VALUES (?1, ?2, ?3, ?4)";

/// Inserts the score of a record, if the record reports one. The comment stays a field.
pub(super) fn insert(connection: &Connection, id: i64, record: &Record) -> rusqlite::Result<()> {
    let Some(score) = record.score() else {
        return Ok(());
    };
    // SQLite stores a number that is no number as NULL.
    let row = params![id, score.name, score.value, score.label];
    connection.prepare_cached(INSERT_SCORE)?.execute(row)?;
    Ok(())
}
