//! Keeping the records of a user under a pseudonym, without their content.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::eraser::{Eraser, MAX_BATCH};
use super::partitions_sql::with_parts;

/// Adds the user who takes the records of the row id `?1`. Until all records are moved, the identity has
/// that row id, so that an interrupted run can be completed.
const ADD_PSEUDONYM: &str = "INSERT INTO users (identity, uid)
    VALUES ('pseudonym:' || ?1, 'pseudonym-' || lower(hex(randomblob(8)))) RETURNING uid";
/// The users whose records are being moved, each with the pseudonym.
const PENDING: &str = "SELECT e.user, p.id FROM erasing e
    JOIN users p ON p.identity = 'pseudonym:' || e.user";
const NEXT_RECORDS: &str = with_parts!(
    "SELECT r.id, r.site, r.session FROM parts CROSS JOIN records r
    ON r.id >> 16 << 32 | r.user = parts.part | ?1 AND r.user = ?1 LIMIT ?2"
);
/// Until the end, the new session has the row id of the old one as the id of the session before.
const FIND_SESSION: &str = "SELECT id FROM sessions WHERE previous = ?1";
const ADD_SESSION: &str = "INSERT INTO sessions (sid, previous)
    VALUES ('pseudonym-' || lower(hex(randomblob(8))), ?1) RETURNING id";
const ADD_TEXT: &str = "INSERT INTO texts (id, name) VALUES (
    max(coalesce((SELECT max(id) FROM texts), 0), coalesce((SELECT max(text) FROM records), 0)) + 1,
    coalesce((SELECT name FROM sites WHERE id = ?1), ''))
    RETURNING id";
const INDEX_TEXT: &str = "INSERT INTO search (rowid, name, message, rest)
    SELECT id, name, message, rest FROM searched WHERE id = ?1";
const MOVE_RECORD: &str =
    "UPDATE records SET user = ?2, session = ?3, text = ?4, scope = NULL, fields = NULL
    WHERE id = ?1";
/// What the records have in other tables: only what counts and costs are made of stays.
const ERASE_DETAILS: [&str; 4] = [
    "UPDATE usages SET agent = '', tool = '' WHERE record = ?1 AND (agent <> '' OR tool <> '')",
    "UPDATE failures SET path = NULL, backtrace = NULL, breadcrumbs = NULL, flags = NULL
     WHERE record = ?1",
    "DELETE FROM scores WHERE record = ?1",
    "DELETE FROM check_ins WHERE record = ?1",
];
const NAME_SESSIONS: &str = "UPDATE sessions SET previous = NULL
    WHERE previous >= 'pseudonym:' || ?1 || ':' AND previous < 'pseudonym:' || ?1 || ';'";
const NAME_PSEUDONYM: &str = "UPDATE users SET identity = 'id:' || uid WHERE id = ?1";
/// Records from before a login become records of the user.
const ADOPT: &str = "UPDATE records SET user = ?1 WHERE id = ?2";
const DELETE_GAP: &str = "DELETE FROM gaps WHERE record = ?1";
const LATE_RECORDS: &str = "SELECT r.id FROM links l CROSS JOIN gaps n ON n.isolated = l.isolated
    CROSS JOIN records r ON r.id = n.record AND r.user IS NULL AND r.start < l.time
    WHERE l.user = ?1 LIMIT ?2";

/// Adds the user who takes the records of a user. Returns the id: a random pseudonym.
pub(super) fn add_pseudonym(connection: &Connection, user: i64) -> rusqlite::Result<String> {
    connection.query_row(ADD_PSEUDONYM, [user], |row| row.get(0))
}

/// A record to be moved.
struct NextRecord {
    id: i64,
    site: i64,
    session: Option<i64>,
}

impl Eraser {
    /// Gives the records that a link attributes to the user to the user, in short transactions. Returns
    /// how many.
    pub(super) fn adopt_late_records(&self, user: i64) -> rusqlite::Result<u64> {
        let mut adopted = 0;
        loop {
            let found = self.write(|transaction| {
                let mut statement = transaction.prepare_cached(LATE_RECORDS)?;
                let ids = statement.query_map((user, MAX_BATCH as i64), |row| row.get(0))?;
                let ids = ids.collect::<rusqlite::Result<Vec<i64>>>()?;
                for id in &ids {
                    transaction.prepare_cached(ADOPT)?.execute((user, id))?;
                    transaction.prepare_cached(DELETE_GAP)?.execute([id])?;
                }
                Ok(ids.len() as u64)
            })?;
            if found == 0 {
                return Ok(adopted);
            }
            adopted += found;
        }
    }

    /// Moves the records of every user that is to keep a pseudonym, including interrupted runs. Returns
    /// how many.
    pub(super) fn move_to_pseudonyms(&self) -> rusqlite::Result<u64> {
        let mut statement = self.connection().prepare_cached(PENDING)?;
        let pending = statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?)))?;
        let pending = pending.collect::<rusqlite::Result<Vec<(i64, i64)>>>()?;
        let mut moved = 0;
        for (user, pseudonym) in pending {
            let mut texts = HashMap::new();
            loop {
                let batch =
                    self.write(|transaction| move_batch(transaction, user, pseudonym, &mut texts));
                match batch? {
                    0 => break,
                    records => moved += records,
                }
            }
            self.write(|transaction| {
                transaction.execute(NAME_SESSIONS, [user])?;
                transaction.execute(NAME_PSEUDONYM, [pseudonym])?;
                transaction.execute("DELETE FROM erasing WHERE user = ?1", [user])
            })?;
        }
        Ok(moved)
    }
}

/// Moves the next records of a user. `texts` has the text of each call site.
fn move_batch(
    transaction: &Transaction<'_>,
    user: i64,
    pseudonym: i64,
    texts: &mut HashMap<i64, i64>,
) -> rusqlite::Result<u64> {
    let mut statement = transaction.prepare_cached(NEXT_RECORDS)?;
    let records = statement.query_map((user, MAX_BATCH as i64), |row| {
        Ok(NextRecord {
            id: row.get(0)?,
            site: row.get(1)?,
            session: row.get(2)?,
        })
    })?;
    let records = records.collect::<rusqlite::Result<Vec<_>>>()?;
    for record in &records {
        let session = match record.session {
            Some(session) => Some(pseudonym_of_session(transaction, user, session)?),
            None => None,
        };
        let text = match texts.get(&record.site) {
            Some(text) => *text,
            None => add_text(transaction, record.site)?,
        };
        texts.insert(record.site, text);
        for erase in ERASE_DETAILS {
            transaction.prepare_cached(erase)?.execute([record.id])?;
        }
        transaction
            .prepare_cached(MOVE_RECORD)?
            .execute(params![record.id, pseudonym, session, text])?;
    }
    Ok(records.len() as u64)
}

/// The row id of the session that takes the place of a session of the user. Other users of the session
/// keep theirs.
fn pseudonym_of_session(
    transaction: &Transaction<'_>,
    user: i64,
    session: i64,
) -> rusqlite::Result<i64> {
    let mark = format!("pseudonym:{user}:{session}");
    let found = transaction
        .prepare_cached(FIND_SESSION)?
        .query_row([&mark], |row| row.get(0));
    match found.optional()? {
        Some(id) => Ok(id),
        None => transaction
            .prepare_cached(ADD_SESSION)?
            .query_row([&mark], |row| row.get(0)),
    }
}

/// Adds a text that has the name of a call site alone.
fn add_text(transaction: &Transaction<'_>, site: i64) -> rusqlite::Result<i64> {
    let text = transaction
        .prepare_cached(ADD_TEXT)?
        .query_row([site], |row| row.get(0))?;
    transaction.prepare_cached(INDEX_TEXT)?.execute([text])?;
    Ok(text)
}
