//! What errors have beside their texts.

use rusqlite::{Connection, params};
use serde::Serialize;
use whose::{Breadcrumb, Record};

use super::json;
use crate::time::Timestamp;

const FAILURE: &str =
    "INSERT OR FAIL INTO failures (record, fingerprint, path, backtrace, breadcrumbs)
    VALUES (?1, ?2, ?3, ?4, ?5)";

/// Inserts it, if there is any, for the record of that number.
pub(super) fn insert(file: &Connection, id: i64, record: &Record) -> rusqlite::Result<()> {
    let fingerprint = record.fingerprint().map(|print| print.to_bytes());
    let path = json::array(record.path());
    let breadcrumbs = json::array(record.breadcrumbs().map(Crumb::from));
    let backtrace = record.backtrace();
    if fingerprint.is_some() || path.is_some() || breadcrumbs.is_some() || backtrace.is_some() {
        file.prepare_cached(FAILURE)?.execute(params![
            id,
            fingerprint,
            path,
            backtrace,
            breadcrumbs
        ])?;
    }
    Ok(())
}

/// A breadcrumb as it is kept.
#[derive(Serialize)]
struct Crumb<'a> {
    time: Timestamp,
    message: &'a str,
    level: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<&'a str>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    breadcrumb_type: Option<&'a str>,
    #[serde(skip_serializing_if = "serde_json::Map::is_empty")]
    data: &'a serde_json::Map<String, serde_json::Value>,
}

impl<'a> From<&'a Breadcrumb> for Crumb<'a> {
    fn from(crumb: &'a Breadcrumb) -> Self {
        Self {
            time: Timestamp::from(crumb.timestamp()),
            message: crumb.message(),
            level: crumb.level().as_str().to_lowercase(),
            category: crumb.category(),
            breadcrumb_type: crumb.breadcrumb_type(),
            data: crumb.all_data(),
        }
    }
}
