//! The details of errors that are no texts.

use rusqlite::{Connection, params};
use serde::Serialize;
use whose::{Record, Value};

use super::json;

const INSERT_FAILURE: &str =
    "INSERT OR FAIL INTO failures (record, fingerprint, path, backtrace, breadcrumbs, flags)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

/// A feature flag, as the column `flags` holds it.
#[derive(Serialize)]
struct Flag<'a> {
    key: &'a str,
    value: &'a Value,
}

/// Inserts the fingerprint, span path, backtrace, breadcrumbs and flags of a record, if there are any.
pub(super) fn insert(connection: &Connection, id: i64, record: &Record) -> rusqlite::Result<()> {
    // Most records have none of these. To ask is cheaper than to write empty texts.
    let has_details = record.fingerprint().is_some()
        || record.backtrace().is_some()
        || record.span_path().next().is_some()
        || record.breadcrumbs().next().is_some()
        || record.flags().next().is_some();
    if !has_details {
        return Ok(());
    }
    let fingerprint = record.fingerprint().map(|print| print.to_bytes());
    let flags = record.flags().map(|(key, value)| Flag { key, value });
    connection.prepare_cached(INSERT_FAILURE)?.execute(params![
        id,
        fingerprint,
        json::array(record.span_path()),
        record.backtrace(),
        json::array(record.breadcrumbs()),
        json::array(flags)
    ])?;
    Ok(())
}
