//! The check-ins of monitored jobs.

use std::time::Duration;

use rusqlite::{Connection, params};
use whose::Record;

const INSERT_CHECK_IN: &str =
    "INSERT OR FAIL INTO check_ins (record, monitor, run, status, every, longest, duration)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

/// Inserts the check-in of a record, if the record is the start or the end of a run.
pub(super) fn insert(connection: &Connection, id: i64, record: &Record) -> rusqlite::Result<()> {
    let Some(check_in) = record.check_in() else {
        return Ok(());
    };
    connection
        .prepare_cached(INSERT_CHECK_IN)?
        .execute(params![
            id,
            check_in.monitor,
            check_in.run,
            check_in.status.as_str(),
            check_in.every.map(nanos),
            check_in.max.map(nanos),
            check_in.duration.map(nanos),
        ])?;
    Ok(())
}

fn nanos(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}
