//! Looking up users and sessions by id or email address.

use super::column_reader::ColumnReader;
use super::reader::Reader;
use crate::error::StoreError;

/// A user or a session that a text identifies; see [`Queries::find_identity`](crate::Queries::find_identity).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Identity {
    /// A user with that id or email address.
    User {
        /// The id, or the identity of a user without one. [`Queries::audit`](crate::Queries::audit) accepts it.
        id: String,
        /// Whether the text is the email address.
        by_email: bool,
    },
    /// A session with that id. [`Queries::session_records`](crate::Queries::session_records) accepts it.
    Session {
        /// The id.
        id: String,
    },
}

/// The most users that one text returns.
const MAX_USERS: usize = 10;

impl Reader {
    pub(super) fn find_identity(&self, text: &str) -> Result<Vec<Identity>, StoreError> {
        const BY_ID: &str = "SELECT coalesce(uid, identity) FROM users
            WHERE identity IN ('id:' || ?1, 'hash:' || ?1, ?1) LIMIT 3";
        // Without an index: scanning a million email addresses takes less than a second.
        const BY_EMAIL: &str =
            "SELECT coalesce(uid, identity) FROM users WHERE email = ?1 COLLATE NOCASE LIMIT 10";
        const SESSION: &str = "SELECT sid FROM sessions WHERE sid = ?1";
        let user = |by_email| move |id| Identity::User { id, by_email };
        let mut found: Vec<_> = self
            .texts(BY_ID, text)?
            .into_iter()
            .map(user(false))
            .collect();
        if text.contains('@') {
            found.extend(self.texts(BY_EMAIL, text)?.into_iter().map(user(true)));
            found.truncate(MAX_USERS);
        }
        let session = |id| Identity::Session { id };
        found.extend(self.texts(SESSION, text)?.into_iter().map(session));
        Ok(found)
    }

    fn texts(&self, sql: &str, text: &str) -> Result<Vec<String>, StoreError> {
        self.read_tx(|tx| {
            let mut statement = tx.prepare_cached(sql)?;
            statement
                .query_map([text], |row| ColumnReader::new(row).text())?
                .collect()
        })
    }
}
