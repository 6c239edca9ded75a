//! A dry run of `forget`.

use rusqlite::{Connection, OptionalExtension};
use serde::Serialize;
use whose::Timestamp;

use super::eraser::{Eraser, WithPathOrLocked};
use super::mentions::count_mentions;
use super::partitions_sql::with_parts;
use super::report::Mentions;
use crate::error::StoreError;
use crate::outbox;
use crate::read::{ANY_OF_ACTOR, find_user};
use crate::tombstone;

/// The number of rows that [`Eraser::forget`] would erase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ForgetPreview {
    /// The user's records.
    pub records: u64,
    /// Records without a user that a link attributes to the user.
    pub late_records: u64,
    /// Sessions with records of the user. Sessions without other users would be erased.
    pub sessions: u64,
    /// Mentions of the user in records of others, which are not erased. Tags, extra and contexts
    /// that only the user has are counted here too, but erased.
    pub mentions: Mentions,
    /// When the user was forgotten before, if ever.
    pub forgotten: Option<Timestamp>,
}

const COUNT_USER_RECORDS: &str = with_parts!(
    "SELECT count(*), count(DISTINCT r.session) FROM parts CROSS JOIN records r
    ON r.id >> 16 << 32 | r.user = parts.part | ?1 AND r.user = ?1"
);
const COUNT_LATE_RECORDS: &str =
    "SELECT count(*) FROM links l CROSS JOIN gaps n ON n.isolated = l.isolated
    CROSS JOIN records r ON r.id = n.record AND r.user IS NULL AND r.start < l.time
    WHERE l.user = ?1";

/// The user that is to be forgotten.
pub(super) struct ForgetTarget {
    /// The row id; `None` if the user was forgotten before and has no new records, and for who
    /// only acted for others.
    pub(super) user: Option<i64>,
    /// The identity; `None` if the user's row was deleted by hand, and for who only acted for others.
    pub(super) identity: Option<String>,
    /// The name by which others mention the user: the id, or the identity of a user without one.
    pub(super) name: String,
    pub(super) email: Option<String>,
    /// When the user was forgotten before, in nanoseconds since 1970.
    pub(super) forgotten: Option<i64>,
}

const SELECT_USER: &str =
    "SELECT identity, coalesce(uid, substr(identity, instr(identity, ':') + 1)), email
    FROM users WHERE id = ?1";
const SELECT_TOMBSTONE: &str = "SELECT before FROM forgotten_users WHERE identity = ?1";

impl ForgetTarget {
    /// Looks a user up by the id, or by the identity of a user without one, or else an actor.
    pub(super) fn find(connection: &Connection, id: &str) -> rusqlite::Result<Option<Self>> {
        let forgotten = |identity: &str| {
            connection
                .prepare_cached(SELECT_TOMBSTONE)?
                .query_row([tombstone::hash(connection, identity)?], |row| row.get(0))
                .optional()
        };
        let mut target = Self {
            user: find_user(connection, id)?,
            identity: None,
            name: id.to_owned(),
            email: None,
            forgotten: None,
        };
        if let Some(user) = target.user {
            let row = connection
                .prepare_cached(SELECT_USER)?
                .query_row([user], |row| {
                    Ok((row.get::<_, String>(0)?, row.get(1)?, row.get(2)?))
                });
            if let Some((identity, name, email)) = row.optional()? {
                target.forgotten = forgotten(&identity)?;
                (target.identity, target.name, target.email) = (Some(identity), name, email);
            }
            return Ok(Some(target));
        }
        for identity in [format!("id:{id}"), format!("hash:{id}"), id.to_owned()] {
            target.forgotten = forgotten(&identity)?;
            if target.forgotten.is_some() || outbox::has_user(connection, &identity)? {
                target.identity = Some(identity);
                return Ok(Some(target));
            }
        }
        // Who only acted for others has no records, but is mentioned.
        let acts = connection.prepare_cached(ANY_OF_ACTOR)?.exists([id])?;
        Ok(acts.then_some(target))
    }
}

impl Eraser {
    /// Counts what [`forget`](Self::forget) would erase. Use it to ask for confirmation.
    ///
    /// # Errors
    /// [`UnknownUser`](StoreError::UnknownUser); any error of SQLite.
    pub fn preview(&self, user_id: &str) -> Result<ForgetPreview, StoreError> {
        let connection = self.connection();
        let preview = || {
            let Some(target) = ForgetTarget::find(connection, user_id)? else {
                return Ok(None);
            };
            let count = |number: i64| number.unsigned_abs();
            let (records, sessions) = connection
                .prepare_cached(COUNT_USER_RECORDS)?
                .query_row([target.user], |row| {
                    Ok((count(row.get(0)?), count(row.get(1)?)))
                })?;
            let late_records = connection
                .prepare_cached(COUNT_LATE_RECORDS)?
                .query_row([target.user], |row| row.get(0).map(count))?;
            let (name, email) = (&target.name, target.email.as_deref());
            Ok(Some(ForgetPreview {
                records,
                late_records,
                sessions,
                mentions: count_mentions(connection, name, email, target.user)?,
                forgotten: target.forgotten.map(Timestamp::from_nanos),
            }))
        };
        preview()
            .with_path_or_locked(self.path())?
            .ok_or_else(|| StoreError::UnknownUser {
                id: user_id.to_owned(),
            })
    }
}
