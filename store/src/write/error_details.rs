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
    let fingerprint = record.fingerprint().map(|print| print.to_bytes());
    let texts = [
        json::array(record.span_path()),
        record.backtrace().map(str::to_owned),
        json::array(record.breadcrumbs()),
        json::array(record.flags().map(|(key, value)| Flag { key, value })),
    ];
    if fingerprint.is_some() || texts.iter().any(Option::is_some) {
        let [path, backtrace, breadcrumbs, flags] = texts;
        connection.prepare_cached(INSERT_FAILURE)?.execute(params![
            id,
            fingerprint,
            path,
            backtrace,
            breadcrumbs,
            flags
        ])?;
    }
    Ok(())
}
