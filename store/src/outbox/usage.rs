//! How much an outbox holds.

use rusqlite::Connection;

const SUM: &str = "SELECT count(*), coalesce(sum(length(payload)), 0) FROM outbox";
const COUNT_CHANNEL: &str = "SELECT count(*) FROM outbox WHERE channel = ?1";
const OLDEST: &str = "SELECT id, length(payload) FROM outbox ORDER BY id";

/// The rows and the bytes of payload of all channels.
pub(super) fn usage(connection: &Connection) -> rusqlite::Result<(u64, u64)> {
    let mut statement = connection.prepare_cached(SUM)?;
    statement.query_row((), |row| {
        let number = |index| row.get::<_, i64>(index).map(i64::unsigned_abs);
        Ok((number(0)?, number(1)?))
    })
}

/// The rows of one channel.
pub(super) fn count(connection: &Connection, channel: u8) -> rusqlite::Result<u64> {
    let mut statement = connection.prepare_cached(COUNT_CHANNEL)?;
    let rows = statement.query_row([channel], |row| row.get::<_, i64>(0));
    rows.map(i64::unsigned_abs)
}

/// The oldest rows of all channels that have at least that many bytes together.
pub(super) fn oldest_of_bytes(connection: &Connection, bytes: u64) -> rusqlite::Result<Vec<i64>> {
    let mut statement = connection.prepare_cached(OLDEST)?;
    let mut found = statement.query(())?;
    let (mut ids, mut sum) = (Vec::new(), 0);
    while sum < bytes
        && let Some(row) = found.next()?
    {
        ids.push(row.get(0)?);
        sum += row.get::<_, i64>(1)?.unsigned_abs();
    }
    Ok(ids)
}
