//! Which users were forgotten: the file knows them by a keyed hash, and not by their identity.

use hmac_sha256::HMAC;
use rusqlite::{Connection, OptionalExtension};

const SELECT_KEY: &str = "SELECT key FROM forgotten_key";
const SELECT_USER: &str = "SELECT before FROM forgotten_users WHERE identity = ?1";
const SELECT_SCOPE: &str = "SELECT before FROM forgotten_scopes WHERE isolated = ?1";
const ADD_SCOPE: &str = "INSERT INTO forgotten_scopes (isolated, before) VALUES (?1, ?2)
    ON CONFLICT (isolated) DO UPDATE SET before = max(before, excluded.before)";

/// Answers until when the records of a user, or of a scope that was linked to a user, are refused.
///
/// Where nobody was forgotten, no record is looked up.
#[derive(Default)]
pub(crate) struct Tombstones(Option<HashKey>);

struct HashKey(Vec<u8>);

impl Tombstones {
    pub(crate) fn load(connection: &Connection) -> rusqlite::Result<Self> {
        let has_tombstones = "SELECT EXISTS (SELECT 1 FROM forgotten_users)";
        if !connection
            .prepare_cached(has_tombstones)?
            .query_row((), |row| row.get(0))?
        {
            return Ok(Self(None));
        }
        Ok(Self(Some(HashKey::load(connection)?)))
    }

    /// The moment before which a user of that identity was forgotten.
    pub(crate) fn user(
        &self,
        connection: &Connection,
        identity: &str,
    ) -> rusqlite::Result<Option<i64>> {
        let Some(key) = &self.0 else {
            return Ok(None);
        };
        before(connection, SELECT_USER, key.hash(identity))
    }

    /// The moment before which the records of an isolated scope are those of a forgotten user.
    pub(crate) fn scope(
        &self,
        connection: &Connection,
        isolated: i64,
    ) -> rusqlite::Result<Option<i64>> {
        match self.0 {
            Some(_) => before(connection, SELECT_SCOPE, isolated),
            None => Ok(None),
        }
    }
}

/// Refuses, from now on, the records of a scope that began before that moment.
pub(crate) fn add_scope(
    connection: &Connection,
    isolated: i64,
    before: i64,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(ADD_SCOPE)?
        .execute((isolated, before))?;
    Ok(())
}

/// What stands for an identity in the file.
pub(crate) fn hash(connection: &Connection, identity: &str) -> rusqlite::Result<[u8; 32]> {
    Ok(HashKey::load(connection)?.hash(identity))
}

impl HashKey {
    fn load(connection: &Connection) -> rusqlite::Result<Self> {
        connection
            .prepare_cached(SELECT_KEY)?
            .query_row((), |row| row.get(0))
            .map(Self)
    }

    fn hash(&self, identity: &str) -> [u8; 32] {
        HMAC::mac(identity, &self.0)
    }
}

fn before(
    connection: &Connection,
    sql: &str,
    key: impl rusqlite::ToSql,
) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached(sql)?
        .query_row([key], |row| row.get(0))
        .optional()
}
