//! The details of errors that are no texts.

use rusqlite::{Connection, params};
use whose::Record;

use super::json;

const INSERT_FAILURE: &str =
    "INSERT OR FAIL INTO failures (record, fingerprint, path, backtrace, breadcrumbs)
    VALUES (?1, ?2, ?3, ?4, ?5)";

/// Inserts the fingerprint, span path, backtrace and breadcrumbs of a record, if there are any.
pub(super) fn insert(connection: &Connection, id: i64, record: &Record) -> rusqlite::Result<()> {
    let fingerprint = record.fingerprint().map(|print| print.to_bytes());
    let path = json::array(record.span_path());
    let breadcrumbs = json::array(record.breadcrumbs());
    let backtrace = record.backtrace();
    if fingerprint.is_some() || path.is_some() || breadcrumbs.is_some() || backtrace.is_some() {
        connection.prepare_cached(INSERT_FAILURE)?.execute(params![
            id,
            fingerprint,
            path,
            backtrace,
            breadcrumbs
        ])?;
    }
    Ok(())
}
