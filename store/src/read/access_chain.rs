//! Checking the chain of the access log.

use std::fmt;

use rusqlite::types::ValueRef;
use rusqlite::{OptionalExtension, Row, Transaction};
use serde::Serialize;

use super::accesses::hex;
use super::reader::Reader;
use crate::access::{ChainedRow, FIRST_HASH, reason_hash};
use crate::error::StoreError;
use crate::schema_version::SCHEMA;

/// The state of the access log; see [`Queries::access_chain`](super::Queries::access_chain).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct AccessChain {
    /// The rows that were checked. A fault ends the check.
    pub rows: u64,
    /// The rows whose reason was erased: `forget` erases reasons.
    pub erased_reasons: u64,
    /// The hash of the last row that was checked, in hexadecimal digits; `None` if the log is empty.
    /// Keep the hash elsewhere: a log that was made again as a whole has another one.
    pub last_hash: Option<String>,
    /// The first fault; `None` if every row is as it was written.
    pub fault: Option<AccessFault>,
}

/// What is wrong with the access log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum AccessFault {
    /// A row that was written is not in the file.
    Missing {
        /// The number of the row.
        row: i64,
    },
    /// A row is not as it was written, or a row before it is another one.
    Changed {
        /// The number of the row.
        row: i64,
    },
    /// The reason of a row is not as it was written.
    ReasonChanged {
        /// The number of the row.
        row: i64,
    },
    /// The triggers that refuse changes are not in the file. All rows are as they were written.
    Unprotected,
}

impl fmt::Display for AccessFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { row } => write!(f, "row {row} is missing"),
            Self::Changed { row } => {
                write!(f, "row {row} was changed, or a row before it was")
            }
            Self::ReasonChanged { row } => write!(f, "the reason of row {row} was changed"),
            Self::Unprotected => f.write_str("the triggers that refuse changes were removed"),
        }
    }
}

/// The rows of one query. A longer read would block checkpoints of the log of SQLite.
const CHUNK: i64 = 10_000;

const SELECT_ROWS: &str =
    "SELECT a.id, a.time, a.viewer, a.way, a.view, a.user, a.subject, a.reason,
      a.hash, r.salt, r.text
    FROM accesses a LEFT JOIN access_reasons r ON r.access = a.id
    WHERE a.id > ?1 ORDER BY a.id LIMIT ?2";
const LAST_ID: &str = "SELECT seq FROM main.sqlite_sequence WHERE name = 'accesses'";
const TRIGGERS: &str = "SELECT sql FROM main.sqlite_schema
    WHERE type = 'trigger' AND tbl_name IN ('accesses', 'access_reasons')";
/// The triggers of the two tables.
const TRIGGER_COUNT: usize = 4;

impl Reader {
    pub(super) fn access_chain(&self) -> Result<AccessChain, StoreError> {
        let mut check = Check {
            last_id: 0,
            previous: FIRST_HASH.to_vec(),
            chain: AccessChain {
                rows: 0,
                erased_reasons: 0,
                last_hash: None,
                fault: None,
            },
        };
        while self.read_tx(|tx| check.next_chunk(tx))? {}
        Ok(check.chain)
    }
}

struct Check {
    last_id: i64,
    previous: Vec<u8>,
    chain: AccessChain,
}

impl Check {
    /// Checks the next rows. Returns whether more rows can follow.
    fn next_chunk(&mut self, tx: &Transaction<'_>) -> rusqlite::Result<bool> {
        let before = self.last_id;
        let mut statement = tx.prepare_cached(SELECT_ROWS)?;
        let mut rows = statement.query((self.last_id, CHUNK))?;
        while let Some(row) = rows.next()? {
            self.chain.fault = self.check_row(row)?;
            if self.chain.fault.is_some() {
                return Ok(false);
            }
        }
        if self.last_id > before {
            return Ok(true);
        }
        self.chain.fault = self.check_end(tx)?;
        Ok(false)
    }

    fn check_row(&mut self, row: &Row<'_>) -> rusqlite::Result<Option<AccessFault>> {
        let id: i64 = row.get(0)?;
        if id != self.last_id + 1 {
            return Ok(Some(AccessFault::Missing {
                row: self.last_id + 1,
            }));
        }
        let chained = ChainedRow {
            id,
            time: row.get(1)?,
            viewer: bytes(row, 2)?,
            way: bytes(row, 3)?,
            view: bytes(row, 4)?,
            user: row.get(5)?,
            subject: bytes(row, 6)?,
            reason: optional_bytes(row, 7)?,
        };
        let hash = chained.hash(&self.previous);
        if bytes(row, 8)? != hash {
            return Ok(Some(AccessFault::Changed { row: id }));
        }
        let (salt, text) = (optional_bytes(row, 9)?, optional_bytes(row, 10)?);
        match (chained.reason, salt.zip(text)) {
            (None, None) => {}
            (Some(_), None) => self.chain.erased_reasons += 1,
            (Some(expected), Some((salt, text))) if reason_hash(salt, text) == expected => {}
            (_, Some(_)) => return Ok(Some(AccessFault::ReasonChanged { row: id })),
        }
        self.last_id = id;
        self.previous = hash.to_vec();
        self.chain.rows += 1;
        self.chain.last_hash = Some(hex(&hash));
        Ok(None)
    }

    /// Checks that no row was removed from the end, and that the triggers are in the file.
    fn check_end(&self, tx: &Transaction<'_>) -> rusqlite::Result<Option<AccessFault>> {
        let ever: Option<i64> = tx
            .prepare_cached(LAST_ID)?
            .query_row((), |row| row.get(0))
            .optional()?;
        if ever.unwrap_or(0) != self.last_id {
            return Ok(Some(AccessFault::Missing {
                row: self.last_id + 1,
            }));
        }
        let mut statement = tx.prepare_cached(TRIGGERS)?;
        let triggers = statement.query_map((), |row| row.get::<_, String>(0))?;
        let triggers = triggers.collect::<rusqlite::Result<Vec<_>>>()?;
        let found = triggers.iter().filter(|sql| SCHEMA.contains(&***sql));
        Ok((found.count() != TRIGGER_COUNT).then_some(AccessFault::Unprotected))
    }
}

fn optional_bytes<'r>(row: &'r Row<'_>, column: usize) -> rusqlite::Result<Option<&'r [u8]>> {
    Ok(match row.get_ref(column)? {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Some(bytes),
        _ => None,
    })
}

fn bytes<'r>(row: &'r Row<'_>, column: usize) -> rusqlite::Result<&'r [u8]> {
    optional_bytes(row, column).map(Option::unwrap_or_default)
}
