//! Tombstones of forgotten users. The file stores a keyed hash of the identity, not the identity.

use hmac_sha256::HMAC;
use rusqlite::{Connection, OptionalExtension};

const SELECT_KEY: &str = "SELECT key FROM forgotten_key";
const SELECT_USER: &str = "SELECT before FROM forgotten_users WHERE identity = ?1";
const SELECT_SCOPE: &str = "SELECT before FROM forgotten_scopes WHERE isolated = ?1";
const ADD_SCOPE: &str = "INSERT INTO forgotten_scopes (isolated, before) VALUES (?1, ?2)
    ON CONFLICT (isolated) DO UPDATE SET before = max(before, excluded.before)";

/// Looks up whether records of a user, or of a linked scope, have to be rejected.
///
/// Without tombstones, a lookup runs no query.
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

    /// The time before which records of the user with that identity are rejected.
    pub(crate) fn user(
        &self,
        connection: &Connection,
        identity: &str,
    ) -> rusqlite::Result<Option<i64>> {
        let Some(key) = &self.0 else {
            return Ok(None);
        };
        select_before(connection, SELECT_USER, key.hash(identity))
    }

    /// The time before which records of the isolated scope are rejected.
    pub(crate) fn scope(
        &self,
        connection: &Connection,
        isolated: i64,
    ) -> rusqlite::Result<Option<i64>> {
        match self.0 {
            Some(_) => select_before(connection, SELECT_SCOPE, isolated),
            None => Ok(None),
        }
    }
}

/// Adds a tombstone of a scope: its records before that time are rejected from now on.
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

/// The keyed hash of an identity.
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

fn select_before(
    connection: &Connection,
    sql: &str,
    key: impl rusqlite::ToSql,
) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached(sql)?
        .query_row([key], |row| row.get(0))
        .optional()
}
