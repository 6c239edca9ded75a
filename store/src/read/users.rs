//! Who is in the file, and in which sessions.

use rusqlite::{Row, Transaction, params};

use super::Reader;
use super::rows::{Counts, SessionRow, Totals, UserRow};
use crate::error::StoreError;
use crate::time::Timestamp;

const USERS: &str = "SELECT u.id, u.uid, u.email, u.username, u.full_name, u.ip_address, u.segment,
      u.attrs, a.*
    FROM users u JOIN (
      SELECT r.user, min(r.start) AS first, max(r.start + coalesce(r.duration, 0)) AS last,
        sum(s.type = 'span') AS spans, sum(s.type = 'event') AS events,
        sum(s.type = 'error') AS errors, count(DISTINCT r.session) AS sessions
      FROM records r JOIN sites s ON s.id = r.site WHERE r.user IS NOT NULL GROUP BY r.user
    ) a ON a.user = u.id
    ORDER BY a.last DESC, u.id";

const SESSIONS: &str = "SELECT r.session, se.sid, se.previous,
      json_group_array(DISTINCT coalesce(u.uid, u.identity)) FILTER (WHERE u.id IS NOT NULL)
        AS users,
      min(r.start) AS first, max(r.start + coalesce(r.duration, 0)) AS last,
      sum(s.type = 'span') AS spans, sum(s.type = 'event') AS events,
      sum(s.type = 'error') AS errors
    FROM records r
    JOIN sites s ON s.id = r.site
    JOIN sessions se ON se.id = r.session
    LEFT JOIN users u ON u.id = r.user
    WHERE r.session IS NOT NULL
      AND (?1 IS NULL OR r.session IN (SELECT session FROM records WHERE user = ?1))
    GROUP BY r.session
    ORDER BY last DESC, r.session";

const TOTALS: &str = "SELECT count(DISTINCT r.user), count(DISTINCT r.session),
      coalesce(sum(r.user IS NULL AND r.unattributed IS NOT 'masked'), 0),
      coalesce(sum(r.unattributed IS 'masked'), 0), coalesce(sum(r.session IS NULL), 0),
      coalesce(sum(s.type = 'span'), 0) AS spans, coalesce(sum(s.type = 'event'), 0) AS events,
      coalesce(sum(s.type = 'error'), 0) AS errors
    FROM records r JOIN sites s ON s.id = r.site";

impl Reader {
    /// The users that have records, the one last seen first.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn users(&self) -> Result<Vec<UserRow>, StoreError> {
        self.ask(|moment| {
            let usage = self.usage_by::<Option<i64>>(moment, "r.user", None)?;
            let mut statement = moment.prepare_cached(USERS)?;
            let users = statement.query_map((), |row| {
                let attrs: String = row.get("attrs")?;
                Ok(UserRow {
                    id: row.get("uid")?,
                    email: row.get("email")?,
                    username: row.get("username")?,
                    full_name: row.get("full_name")?,
                    ip_address: row.get("ip_address")?,
                    segment: row.get("segment")?,
                    attrs: serde_json::from_str(&attrs).unwrap_or_default(),
                    first_seen: Timestamp::from_nanos(row.get("first")?),
                    last_seen: Timestamp::from_nanos(row.get("last")?),
                    sessions: count(row, "sessions")?,
                    counts: counts(row)?,
                    usage: usage.get(&row.get("id")?).copied().unwrap_or_default(),
                })
            })?;
            users.collect()
        })
    }

    /// The sessions that have records, or those that have records of one user; the one last seen
    /// first. The figures are those of the whole session.
    ///
    /// # Errors
    /// [`UnknownUser`](StoreError::UnknownUser), and those of SQLite.
    pub fn sessions(&self, user_id: Option<&str>) -> Result<Vec<SessionRow>, StoreError> {
        let user = user_id.map(|id| self.user_key(id)).transpose()?;
        self.ask(|moment| {
            let usage = self.usage_by::<Option<i64>>(moment, "r.session", None)?;
            let mut statement = moment.prepare_cached(SESSIONS)?;
            let sessions = statement.query_map(params![user], |row| {
                let users: String = row.get("users")?;
                Ok(SessionRow {
                    id: row.get("sid")?,
                    previous: row.get("previous")?,
                    users: serde_json::from_str(&users).unwrap_or_default(),
                    first_seen: Timestamp::from_nanos(row.get("first")?),
                    last_seen: Timestamp::from_nanos(row.get("last")?),
                    counts: counts(row)?,
                    usage: usage.get(&row.get("session")?).copied().unwrap_or_default(),
                })
            })?;
            sessions.collect()
        })
    }

    /// The whole file in a few numbers.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn totals(&self) -> Result<Totals, StoreError> {
        self.ask(|moment| self.totals_at(moment))
    }

    fn totals_at(&self, moment: &Transaction<'_>) -> rusqlite::Result<Totals> {
        let usage = self.usage_by::<Option<i64>>(moment, "NULL", None)?;
        moment.query_row(TOTALS, (), |row| {
            Ok(Totals {
                users: count(row, 0)?,
                sessions: count(row, 1)?,
                without_user: count(row, 2)?,
                anonymous: count(row, 3)?,
                without_session: count(row, 4)?,
                counts: counts(row)?,
                usage: usage.into_values().next().unwrap_or_default(),
            })
        })
    }
}

fn counts(row: &Row<'_>) -> rusqlite::Result<Counts> {
    Ok(Counts {
        spans: count(row, "spans")?,
        events: count(row, "events")?,
        errors: count(row, "errors")?,
    })
}

/// A number that is never negative.
pub(super) fn count(row: &Row<'_>, column: impl rusqlite::RowIndex) -> rusqlite::Result<u64> {
    row.get::<_, i64>(column).map(i64::unsigned_abs)
}
