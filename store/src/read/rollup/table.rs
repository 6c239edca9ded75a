//! The rows of the table `rollups`.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::encode::{decode_calls, decode_owners, decode_sessions, encode, find_owners};
use super::owner::Owner;
use super::values::{OwnerOnDay, OwnerSums, Rollup};

/// The records of a rollup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) first: i64,
    pub(crate) last: i64,
    /// The earliest and the latest start; the first is greater than the last if there is no record.
    pub(crate) first_start: i64,
    pub(crate) last_start: i64,
}

impl Span {
    /// A range without records so far.
    pub(crate) fn new(first: i64, last: i64) -> Self {
        Self {
            first,
            last,
            first_start: i64::MAX,
            last_start: i64::MIN,
        }
    }

    pub(crate) fn add_start(&mut self, start: i64) {
        self.first_start = self.first_start.min(start);
        self.last_start = self.last_start.max(start);
    }

    /// Reads the columns `first_record`, `last_record`, `first_start` and `last_start`.
    pub(super) fn read(row: &Row<'_>, first: usize) -> rusqlite::Result<Self> {
        Ok(Self {
            first: row.get(first)?,
            last: row.get(first + 1)?,
            first_start: row.get(first + 2)?,
            last_start: row.get(first + 3)?,
        })
    }
}

const INSERT: &str = "INSERT OR FAIL INTO rollups
    (first_record, last_record, first_start, last_start, calls, owners, sessions)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

pub(crate) fn insert(connection: &Connection, span: Span, rollup: &Rollup) -> rusqlite::Result<()> {
    let encoded = encode(rollup);
    connection.prepare_cached(INSERT)?.execute(params![
        span.first,
        span.last,
        span.first_start,
        span.last_start,
        encoded.calls,
        encoded.owners,
        encoded.sessions
    ])?;
    Ok(())
}

/// The columns that a query reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Columns {
    /// The model calls.
    Calls,
    /// The owners and the sessions.
    Records,
    /// Both.
    All,
}

impl Columns {
    fn sql(self) -> &'static str {
        match self {
            Self::Calls => "SELECT calls, NULL, NULL FROM rollups WHERE id = ?1",
            Self::Records => "SELECT NULL, owners, sessions FROM rollups WHERE id = ?1",
            Self::All => "SELECT calls, owners, sessions FROM rollups WHERE id = ?1",
        }
    }
}

/// Loads columns of a rollup. A row that is gone is empty.
pub(crate) fn load(connection: &Connection, id: i64, columns: Columns) -> rusqlite::Result<Rollup> {
    let mut rollup = Rollup::default();
    let read = |row: &Row<'_>| {
        let bytes = |column| match row.get_ref(column)? {
            ValueRef::Blob(bytes) => Ok(bytes),
            _ => Ok::<_, rusqlite::Error>(&[][..]),
        };
        (rollup.calls, rollup.unowned_calls) = decode_calls(bytes(0)?);
        rollup.owners = decode_owners(bytes(1)?);
        (rollup.without_session, rollup.sessions) = decode_sessions(bytes(2)?);
        Ok(())
    };
    connection
        .prepare_cached(columns.sql())?
        .query_row([id], read)
        .optional()?;
    Ok(rollup)
}

/// Passes the sums of some owners of a rollup, by day, to `visit`. The owners are in order.
pub(crate) fn each_of_owners(
    connection: &Connection,
    id: i64,
    owners: &[Owner],
    visit: impl FnMut(OwnerOnDay, &OwnerSums),
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached("SELECT owners FROM rollups WHERE id = ?1")?;
    let mut rows = statement.query([id])?;
    if let Some(row) = rows.next()?
        && let ValueRef::Blob(bytes) = row.get_ref(0)?
    {
        find_owners(bytes, owners, visit);
    }
    Ok(())
}
