//! The state of a store: its size, its time range, and what is missing from it.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension, Transaction};
use serde::Serialize;
use whose::Timestamp;

use super::reader::Reader;
use crate::error::StoreError;
use crate::log::{held_since, log_size};
use crate::owner_only;

/// The state of a store; see [`Queries::health`](super::Queries::health).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct StoreHealth {
    /// The size of the data, in bytes.
    pub bytes: u64,
    /// The part of `bytes` that is free for new records.
    pub free_bytes: u64,
    /// The size of the log that is not merged into the data yet, in bytes.
    pub log_bytes: u64,
    /// Since when another connection reads from the store, at the latest, and so keeps a large log from
    /// being merged. Close that connection: writers stop at
    /// [`StoreBuilder::max_log_bytes`](crate::StoreBuilder::max_log_bytes).
    pub log_held_since: Option<Timestamp>,
    /// The start of the first record.
    pub first_record: Option<Timestamp>,
    /// The start of the last record.
    pub last_record: Option<Timestamp>,
    /// Records that were ever written, with those that were erased since.
    pub records_written: u64,
    /// Records that were lost before they were written, by the reason.
    pub lost: BTreeMap<String, u64>,
    /// Records that wait to be sent to another service.
    pub waiting: u64,
    /// What the processes counted beside their records, by the name of the counter, such as
    /// `truncated.fields`: see [`Stats::iter`](whose::Stats::iter).
    pub counters: BTreeMap<String, u64>,
    /// The permissions of the file, such as `644`, if other users of the machine can read the file.
    pub open_to_others: Option<String>,
}

const TIMES: &str = "SELECT min(first_start), max(last_start) FROM part_times";
const WRITTEN: &str = "SELECT seq FROM main.sqlite_sequence WHERE name = 'records'";
const LOST: &str = "SELECT reason, sum(records) FROM losses GROUP BY reason LIMIT 1000";
const COUNTERS: &str = "SELECT name, sum(count) FROM counters GROUP BY name LIMIT 1000";
const HAS_OUTBOX: &str =
    "SELECT 1 FROM main.sqlite_schema WHERE type = 'table' AND name = 'outbox'";
const WAITING: &str = "SELECT count(*) FROM outbox";

impl Reader {
    pub(super) fn health(&self) -> Result<StoreHealth, StoreError> {
        let mut health = self.read_tx(read)?;
        health.log_bytes = log_size(self.path());
        health.log_held_since = held_since(self.path()).map(Timestamp::from);
        health.open_to_others =
            owner_only::mode_open_to_others(self.path()).map(|mode| format!("{mode:o}"));
        Ok(health)
    }
}

fn read(tx: &Transaction<'_>) -> rusqlite::Result<StoreHealth> {
    let pragma = |name| tx.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let page = pragma("page_size")?.unsigned_abs();
    let (first, last): (Option<i64>, Option<i64>) =
        tx.query_row(TIMES, (), |row| Ok((row.get(0)?, row.get(1)?)))?;
    let written: Option<i64> = tx.query_row(WRITTEN, (), |row| row.get(0)).optional()?;
    // The table exists where an outbox was opened.
    let has_outbox = tx.query_row(HAS_OUTBOX, (), |_| Ok(())).optional()?;
    let waiting = match has_outbox {
        Some(()) => tx.query_row(WAITING, (), |row| row.get::<_, i64>(0))?,
        None => 0,
    };
    Ok(StoreHealth {
        bytes: page * pragma("page_count")?.unsigned_abs(),
        free_bytes: page * pragma("freelist_count")?.unsigned_abs(),
        first_record: first.map(Timestamp::from_nanos),
        last_record: last.map(Timestamp::from_nanos),
        records_written: written.unwrap_or_default().unsigned_abs(),
        lost: sums(tx, LOST)?,
        waiting: waiting.unsigned_abs(),
        counters: sums(tx, COUNTERS)?,
        ..StoreHealth::default()
    })
}

/// The sums of a statement, by name.
fn sums(tx: &Transaction<'_>, sql: &str) -> rusqlite::Result<BTreeMap<String, u64>> {
    let mut statement = tx.prepare_cached(sql)?;
    let sums = statement.query_map((), |row| {
        Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs()))
    })?;
    sums.collect()
}
