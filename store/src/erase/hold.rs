//! Users on hold: their records are not erased.

use std::time::SystemTime;

use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;
use whose::Timestamp;

use super::eraser::{Eraser, WithPathOrLocked};
use crate::error::StoreError;

/// A user whose records are not erased; see [`Eraser::hold`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Hold {
    /// The id of the user, or the identity of a user without one.
    pub user: String,
    /// Why, such as the number of a case.
    pub reason: String,
    /// Since when.
    pub since: Timestamp,
}

const FIND: &str = "SELECT identity FROM users WHERE identity IN ('id:' || ?1, 'hash:' || ?1, ?1)
    ORDER BY uid IS NULL LIMIT 1";
const ADD: &str = "INSERT INTO holds (identity, name, reason, since) VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT (identity) DO UPDATE SET reason = excluded.reason";
const RELEASE: &str = "DELETE FROM holds WHERE name = ?1";
const LIST: &str = "SELECT name, reason, since FROM holds ORDER BY since, name";

impl Eraser {
    /// Puts a user on hold: [`keep`](Self::keep) does not erase the records of the user, and
    /// [`forget`](Self::forget) fails, until the [release](Self::release).
    ///
    /// Use it for a legal hold. A second hold of the same user replaces the reason.
    ///
    /// ```
    /// use whose_store::{Eraser, StoreError};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// # let _store = whose_store::init(&path)?;
    /// whose::user("alice").in_scope(|| tracing::info!("hello"));
    /// whose::flush(std::time::Duration::from_secs(5));
    ///
    /// let eraser = Eraser::open(&path)?;
    /// eraser.hold("alice", "case 17")?;
    /// assert!(matches!(eraser.forget("alice"), Err(StoreError::OnHold { .. })));
    /// assert!(eraser.release("alice")?);
    /// assert_eq!(eraser.forget("alice")?.records, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`UnknownUser`](StoreError::UnknownUser) if the file has no such user;
    /// [`Locked`](StoreError::Locked) if another connection locks the file for a minute; any error
    /// of SQLite.
    pub fn hold(&self, user_id: &str, reason: &str) -> Result<(), StoreError> {
        let since = Timestamp::from(SystemTime::now()).as_nanos();
        let added = self.write(|transaction| {
            let identity = transaction.query_row(FIND, [user_id], |row| row.get(0));
            let identity: Option<String> = identity.optional()?;
            match identity {
                Some(identity) => {
                    transaction.execute(ADD, params![identity, user_id, reason, since])
                }
                None => Ok(0),
            }
        });
        match added.with_path_or_locked(self.path())? {
            0 => Err(StoreError::UnknownUser {
                id: user_id.to_owned(),
            }),
            _ => Ok(()),
        }
    }

    /// Ends the hold of a user. Returns whether the user was on hold.
    ///
    /// # Errors
    /// [`Locked`](StoreError::Locked) if another connection locks the file for a minute; any error
    /// of SQLite.
    pub fn release(&self, user_id: &str) -> Result<bool, StoreError> {
        let released = self.write(|transaction| transaction.execute(RELEASE, [user_id]));
        Ok(released.with_path_or_locked(self.path())? > 0)
    }

    /// The users on hold, oldest hold first.
    ///
    /// # Errors
    /// Any error of SQLite.
    pub fn holds(&self) -> Result<Vec<Hold>, StoreError> {
        let list = || {
            let mut statement = self.connection().prepare(LIST)?;
            let holds = statement.query_map((), |row| {
                Ok(Hold {
                    user: row.get(0)?,
                    reason: row.get(1)?,
                    since: Timestamp::from_nanos(row.get(2)?),
                })
            })?;
            holds.collect::<rusqlite::Result<_>>()
        };
        list().with_path_or_locked(self.path())
    }
}

/// The reason of the hold of a user; `None` without a hold.
pub(super) fn reason_of_hold(
    connection: &Connection,
    identity: &str,
) -> rusqlite::Result<Option<String>> {
    let reason = "SELECT reason FROM holds WHERE identity = ?1";
    connection
        .query_row(reason, [identity], |row| row.get(0))
        .optional()
}
