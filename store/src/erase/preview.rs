//! What `forget` would erase.

use rusqlite::{Connection, OptionalExtension};
use serde::Serialize;
use whose::Timestamp;

use super::eraser::{Eraser, WithPathOrLocked};
use super::mentions::count_mentions;
use super::partitions_sql::with_parts;
use super::report::Mentions;
use crate::error::StoreError;
use crate::read::find_user;
use crate::tombstone;

/// What [`Eraser::forget`] would erase of a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ForgetPreview {
    /// Records of the user.
    pub records: u64,
    /// Records without a user that are the user's by a link.
    pub late_records: u64,
    /// Sessions with records of the user; the ones that are of nobody else would be erased.
    pub sessions: u64,
    /// Where others mention the user: that is not erased. Sets of tags, extra and contexts that only
    /// the user has are counted here too, and erased.
    pub mentions: Mentions,
    /// The moment at which the user was forgotten before, if that has happened.
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

/// A user as the file knows the user.
pub(super) struct ForgetTarget {
    /// The number of the user; `None` where the user was forgotten before and is not in the file.
    pub(super) user: Option<i64>,
    /// The identity of the user; `None` where the row of the user was deleted by hand.
    pub(super) identity: Option<String>,
    /// What others would call the user: the id, or what stands in for it.
    pub(super) name: String,
    pub(super) email: Option<String>,
    /// The moment at which the user was forgotten before.
    pub(super) forgotten: Option<i64>,
}

const SELECT_USER: &str =
    "SELECT identity, coalesce(uid, substr(identity, instr(identity, ':') + 1)), email
    FROM users WHERE id = ?1";
const SELECT_TOMBSTONE: &str = "SELECT before FROM forgotten_users WHERE identity = ?1";

impl ForgetTarget {
    /// Looks a user up by the id, or what stands in for it.
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
            if target.forgotten.is_some() {
                return Ok(Some(target));
            }
        }
        Ok(None)
    }
}

impl Eraser {
    /// What [`forget`](Self::forget) would erase, without erasing it.
    ///
    /// # Errors
    /// [`UnknownUser`](StoreError::UnknownUser), and those of SQLite.
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
