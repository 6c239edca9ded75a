//! Which users were forgotten: the file knows them by a keyed hash, and not by their identity.

use hmac_sha256::HMAC;
use rusqlite::{Connection, OptionalExtension};

const KEY: &str = "SELECT key FROM forgotten_key";
const USER: &str = "SELECT before FROM forgotten_users WHERE identity = ?1";
const SCOPE: &str = "SELECT before FROM forgotten_scopes WHERE isolated = ?1";
const ADD_SCOPE: &str = "INSERT INTO forgotten_scopes (isolated, before) VALUES (?1, ?2)
    ON CONFLICT (isolated) DO UPDATE SET before = max(before, excluded.before)";

/// Answers until when the records of a user, or of a scope that was linked to a user, are refused.
///
/// Where nobody was forgotten, no record is looked up.
#[derive(Default)]
pub(crate) struct Tombstones(Option<HashKey>);

struct HashKey(Vec<u8>);

impl Tombstones {
    pub(crate) fn load(file: &Connection) -> rusqlite::Result<Self> {
        let anybody = "SELECT EXISTS (SELECT 1 FROM forgotten_users)";
        if !file
            .prepare_cached(anybody)?
            .query_row((), |row| row.get(0))?
        {
            return Ok(Self(None));
        }
        Ok(Self(Some(HashKey::load(file)?)))
    }

    /// The moment before which a user of that identity was forgotten.
    pub(crate) fn of_user(
        &self,
        file: &Connection,
        identity: &str,
    ) -> rusqlite::Result<Option<i64>> {
        let Some(key) = &self.0 else {
            return Ok(None);
        };
        before(file, USER, key.hash(identity))
    }

    /// The moment before which the records of an isolated scope are those of a forgotten user.
    pub(crate) fn of_scope(
        &self,
        file: &Connection,
        isolated: i64,
    ) -> rusqlite::Result<Option<i64>> {
        match self.0 {
            Some(_) => before(file, SCOPE, isolated),
            None => Ok(None),
        }
    }
}

/// Refuses, from now on, the records of a scope that began before that moment.
pub(crate) fn add_scope(file: &Connection, isolated: i64, before: i64) -> rusqlite::Result<()> {
    file.prepare_cached(ADD_SCOPE)?
        .execute((isolated, before))?;
    Ok(())
}

/// What stands for an identity in the file.
pub(crate) fn hash(file: &Connection, identity: &str) -> rusqlite::Result<[u8; 32]> {
    Ok(HashKey::load(file)?.hash(identity))
}

impl HashKey {
    fn load(file: &Connection) -> rusqlite::Result<Self> {
        file.prepare_cached(KEY)?
            .query_row((), |row| row.get(0))
            .map(Self)
    }

    fn hash(&self, identity: &str) -> [u8; 32] {
        HMAC::mac(identity, &self.0)
    }
}

fn before(
    file: &Connection,
    sql: &str,
    key: impl rusqlite::ToSql,
) -> rusqlite::Result<Option<i64>> {
    file.prepare_cached(sql)?
        .query_row([key], |row| row.get(0))
        .optional()
}
