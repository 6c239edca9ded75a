//! Who is in the file, and in which sessions.

use std::cmp::Reverse;

use rusqlite::{Row, Transaction};

use super::Reader;
use super::rows::{SessionRow, Totals, UserRow};
use super::scan::{ALL, ByNumber, Types, activity, records_of, records_with, scan, words};
use crate::error::StoreError;

// Where somebody has deleted the row, the records are still there, and show the number.
const USER: &str = "SELECT iif(u.id IS NULL, 'deleted user #' || n.id, u.uid) AS uid,
    email, username, full_name, ip_address, segment, coalesce(attrs, '{}') AS attrs
    FROM (SELECT ?1 AS id) n LEFT JOIN users u ON u.id = n.id";
const USER_ID: &str = "SELECT coalesce(uid, identity, 'deleted user #' || n.id)
    FROM (SELECT ?1 AS id) n LEFT JOIN users u ON u.id = n.id";
const SESSION: &str = "SELECT coalesce(sid, 'deleted session #' || n.id) AS sid, previous
    FROM (SELECT ?1 AS id) n LEFT JOIN sessions s ON s.id = n.id";

/// The records of the sessions that one user took part in.
fn records_of_sessions_of_user() -> String {
    let sessions = format!(
        "SELECT DISTINCT r.session AS number FROM {}",
        records_of("user")
    );
    format!(
        "({sessions}) one CROSS JOIN {}",
        records_with("session", "one.number")
    )
}

impl Reader {
    /// The users that have records, the one last seen first.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn users(&self) -> Result<Vec<UserRow>, StoreError> {
        self.ask(|moment| {
            let usage = self.usage_by::<Option<i64>>(moment, "r.user", None)?;
            let active = activity(moment, ALL, (), |seen| (seen.user, seen.session))?;
            let late = self.late_by_user(moment)?;
            let mut active: Vec<_> = active.into_iter().collect();
            active.sort_by_key(|(user, activity)| (Reverse(activity.last), *user));
            let mut statement = moment.prepare_cached(USER)?;
            let users = active.into_iter().map(|(user, activity)| {
                statement.query_row([user], |row| {
                    let attrs: String = row.get("attrs")?;
                    Ok(UserRow {
                        id: row.get("uid")?,
                        email: row.get("email")?,
                        username: row.get("username")?,
                        full_name: row.get("full_name")?,
                        ip_address: row.get("ip_address")?,
                        segment: row.get("segment")?,
                        attrs: serde_json::from_str(&attrs).unwrap_or_default(),
                        first_seen: activity.first,
                        last_seen: activity.last,
                        sessions: activity.others.len() as u64,
                        counts: activity.counts,
                        late: late.get(&user).copied().unwrap_or_default(),
                        usage: usage.get(&Some(user)).copied().unwrap_or_default(),
                    })
                })
            });
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
            let from = user.map_or(ALL.to_owned(), |_| records_of_sessions_of_user());
            let user = rusqlite::params_from_iter(user);
            let active = activity(moment, &from, user, |seen| (seen.session, seen.user))?;
            let mut active: Vec<_> = active.into_iter().collect();
            active.sort_by_key(|(session, activity)| (Reverse(activity.last), *session));
            let mut statement = moment.prepare_cached(SESSION)?;
            let mut names = moment.prepare_cached(USER_ID)?;
            let sessions = active.into_iter().map(|(session, activity)| {
                let mut name = |user| names.query_row([user], |row| row.get(0));
                let users: rusqlite::Result<_> = activity.others.iter().map(&mut name).collect();
                let users = users?;
                statement.query_row([session], |row| {
                    Ok(SessionRow {
                        id: row.get("sid")?,
                        previous: row.get("previous")?,
                        users,
                        first_seen: activity.first,
                        last_seen: activity.last,
                        counts: activity.counts,
                        usage: usage.get(&Some(session)).copied().unwrap_or_default(),
                    })
                })
            });
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
        let types = Types::of(moment)?;
        let masked = words(
            moment,
            "SELECT id, unattributed FROM traits WHERE unattributed = 'masked'",
        )?;
        let mut totals = Totals {
            usage: usage.into_values().next().unwrap_or_default(),
            ..Totals::default()
        };
        let (mut users, mut sessions) = (ByNumber::default(), ByNumber::default());
        scan(moment, ALL, (), |seen| {
            types.count(&mut totals.counts, seen);
            match seen.user {
                Some(user) => drop(users.insert(user, ())),
                None if masked.contains_key(&seen.traits) => totals.anonymous += 1,
                None => totals.without_user += 1,
            }
            match seen.session {
                Some(session) => drop(sessions.insert(session, ())),
                None => totals.without_session += 1,
            }
        })?;
        totals.users = users.len() as u64;
        totals.sessions = sessions.len() as u64;
        Ok(totals)
    }
}

/// A number that is never negative.
pub(super) fn count(row: &Row<'_>, column: impl rusqlite::RowIndex) -> rusqlite::Result<u64> {
    row.get::<_, i64>(column).map(i64::unsigned_abs)
}
