//! The table of the waiting rows, and its statements.

use rusqlite::{Connection, params};

use super::owner::OutboxOwner;
use crate::tombstone::Tombstones;

/// The table is no part of the schema of a store: a file gets the table when an outbox is opened.
pub(super) const CREATE: &str = "CREATE TABLE IF NOT EXISTS outbox (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        channel INTEGER NOT NULL,
        identity TEXT,
        isolated INTEGER,
        start INTEGER NOT NULL,
        context BLOB NOT NULL,
        payload BLOB NOT NULL
    ) STRICT;
    CREATE INDEX IF NOT EXISTS outbox_channel ON outbox (channel);
    CREATE INDEX IF NOT EXISTS outbox_identity ON outbox (identity) WHERE identity IS NOT NULL;
    CREATE INDEX IF NOT EXISTS outbox_isolated ON outbox (isolated) WHERE isolated IS NOT NULL;";
const INSERT: &str = "INSERT INTO outbox (channel, identity, isolated, start, context, payload)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
const OLDEST: &str = "SELECT id, context, payload FROM outbox
    WHERE channel = ?1 ORDER BY id LIMIT ?2";
const DELETE: &str = "DELETE FROM outbox WHERE id = ?1 RETURNING length(payload)";

/// A record that is to be sent.
#[derive(Clone, Copy, Debug)]
pub struct OutboxItem<'a> {
    /// Whose record it is.
    pub owner: &'a OutboxOwner,
    /// What the sender needs beside the record, such as the service. Empty if there is nothing.
    pub context: &'a [u8],
    /// The encoded record.
    pub payload: &'a [u8],
}

/// A record that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OutboxEntry {
    /// The number of the row. Numbers grow, and no number is used twice.
    pub id: i64,
    /// [`OutboxItem::context`].
    pub context: Vec<u8>,
    /// [`OutboxItem::payload`].
    pub payload: Vec<u8>,
}

/// What became of the records that were pushed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct OutboxPushed {
    /// Records that wait in the file now.
    pub stored: u64,
    /// Records of users who were forgotten since the records began. They are not stored.
    pub forgotten: u64,
    /// The oldest records of the file, which were dropped to make room.
    pub dropped: u64,
}

/// Inserts the records. Returns what became of them, and their bytes.
pub(super) fn insert(
    connection: &Connection,
    channel: u8,
    items: &[OutboxItem<'_>],
) -> rusqlite::Result<(OutboxPushed, u64)> {
    let tombstones = Tombstones::load(connection)?;
    let mut statement = connection.prepare_cached(INSERT)?;
    let (mut pushed, mut bytes) = (OutboxPushed::default(), 0);
    for item in items {
        if is_forgotten(connection, &tombstones, item.owner)? {
            pushed.forgotten += 1;
            continue;
        }
        let OutboxOwner {
            identity,
            isolated,
            start,
        } = item.owner;
        let (context, payload) = (item.context, item.payload);
        statement.execute(params![
            channel, identity, isolated, start, context, payload
        ])?;
        pushed.stored += 1;
        bytes += payload.len() as u64;
    }
    Ok((pushed, bytes))
}

fn is_forgotten(
    connection: &Connection,
    tombstones: &Tombstones,
    owner: &OutboxOwner,
) -> rusqlite::Result<bool> {
    let before = match (&owner.identity, owner.isolated) {
        (Some(identity), _) => tombstones.user(connection, identity)?,
        (None, Some(isolated)) => tombstones.scope(connection, isolated)?,
        (None, None) => None,
    };
    Ok(before.is_some_and(|before| owner.start < before))
}

/// The oldest rows, at most `rows` of them and `bytes` of payload, but at least one.
pub(super) fn oldest(
    connection: &Connection,
    channel: u8,
    rows: usize,
    bytes: usize,
) -> rusqlite::Result<Vec<OutboxEntry>> {
    let mut statement = connection.prepare_cached(OLDEST)?;
    let mut found = statement.query(params![channel, rows as i64])?;
    let (mut entries, mut sum) = (Vec::new(), 0);
    while let Some(row) = found.next()? {
        let entry = OutboxEntry {
            id: row.get(0)?,
            context: row.get(1)?,
            payload: row.get(2)?,
        };
        sum += entry.payload.len();
        if sum > bytes && !entries.is_empty() {
            break;
        }
        entries.push(entry);
    }
    Ok(entries)
}

/// Deletes the rows. Returns how many there were, and their bytes.
pub(super) fn delete(connection: &Connection, ids: &[i64]) -> rusqlite::Result<(u64, u64)> {
    let mut statement = connection.prepare_cached(DELETE)?;
    let (mut rows, mut bytes) = (0, 0);
    for id in ids {
        let mut deleted = statement.query([id])?;
        while let Some(row) = deleted.next()? {
            rows += 1;
            bytes += row.get::<_, i64>(0)?.unsigned_abs();
        }
    }
    Ok((rows, bytes))
}
