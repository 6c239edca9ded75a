//! The rows of lists of users and sessions.

use rusqlite::{OptionalExtension, Row, Transaction};

use whose::Timestamp;

use super::activity::Activity;
use super::column_reader::ColumnReader;
use super::names::user_name;
use super::rows::{Counts, SessionRow, UserRow};
use super::usage::Usage;

/// The sums of one user.
pub(super) struct UserSums {
    pub(super) first: Timestamp,
    pub(super) last: Timestamp,
    pub(super) sessions: u64,
    pub(super) counts: Counts,
    pub(super) late: u64,
    pub(super) usage: Usage,
}

/// The row of one user of a list.
pub(super) fn user_row(
    tx: &Transaction<'_>,
    id: i64,
    activity: Activity,
) -> rusqlite::Result<UserRow> {
    let sums = UserSums {
        first: activity.first,
        last: activity.last,
        sessions: activity.related.len(),
        counts: activity.counts,
        late: activity.late,
        usage: activity.usage,
    };
    user_with_sums(tx, id, sums)
}

/// The row of one user with these sums.
pub(super) fn user_with_sums(
    tx: &Transaction<'_>,
    id: i64,
    sums: UserSums,
) -> rusqlite::Result<UserRow> {
    // A row that was deleted by hand leaves its records, which show the row id.
    const USER: &str = "SELECT iif(u.id IS NULL, 'deleted user #' || n.id, u.uid),
          coalesce(u.uid, u.identity, 'deleted user #' || n.id), u.email, u.username,
          u.full_name, u.ip_address, u.segment, u.attrs
        FROM (SELECT ?1 AS id) n LEFT JOIN users u ON u.id = n.id";
    let mut row = UserRow {
        id: None,
        key: String::new(),
        email: None,
        username: None,
        full_name: None,
        ip_address: None,
        segment: None,
        attrs: serde_json::Map::new(),
        first_seen: sums.first,
        last_seen: sums.last,
        sessions: sums.sessions,
        counts: sums.counts,
        late: sums.late,
        usage: sums.usage,
    };
    let fill = |stored: &Row<'_>| {
        let mut columns = ColumnReader::new(stored);
        row.id = columns.optional_text()?;
        row.key = columns.text()?;
        row.email = columns.optional_text()?;
        row.username = columns.optional_text()?;
        row.full_name = columns.optional_text()?;
        row.ip_address = columns.optional_text()?;
        row.segment = columns.optional_text()?;
        row.attrs = columns.json()?;
        Ok(())
    };
    tx.prepare_cached(USER)?.query_row([id], fill).optional()?;
    Ok(row)
}

/// The row of one session.
pub(super) fn session_row(
    tx: &Transaction<'_>,
    id: i64,
    activity: Activity,
) -> rusqlite::Result<SessionRow> {
    const SESSION: &str = "SELECT coalesce(sid, 'deleted session #' || n.id) AS sid, previous
        FROM (SELECT ?1 AS id) n LEFT JOIN sessions s ON s.id = n.id";
    let mut users: Vec<_> = activity.related.iter().collect();
    users.sort_unstable();
    users.truncate(SessionRow::USERS);
    let users = users.into_iter().map(|user| user_name(tx, user));
    let users = users.collect::<rusqlite::Result<Vec<_>>>()?;
    let read = |stored: &Row<'_>| {
        let mut columns = ColumnReader::new(stored);
        Ok((columns.text()?, columns.optional_text()?))
    };
    let stored = tx
        .prepare_cached(SESSION)?
        .query_row([id], read)
        .optional()?;
    let (id, previous) = stored.unwrap_or_default();
    Ok(SessionRow {
        id,
        previous,
        users,
        user_count: activity.related.len(),
        first_seen: activity.first,
        last_seen: activity.last,
        counts: activity.counts,
        usage: activity.usage,
    })
}
