//! Links between isolated scopes and the users who were identified later.

use rusqlite::{Connection, params};
use whose::{Record, ScopeId, Timestamp};

use super::id_cache::IdCache;
use super::json;
use crate::tombstone;

const INSERT_GAP: &str = "INSERT OR FAIL INTO gaps (record, isolated) VALUES (?1, ?2)";
// A later link of a scope can add a session and actors. The first user stays.
const UPSERT_LINK: &str =
    "INSERT INTO links (isolated, time, user, session, aid, chain) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
    ON CONFLICT (isolated) DO UPDATE SET user = coalesce(user, excluded.user),
    session = coalesce(session, excluded.session),
    aid = coalesce(aid, excluded.aid), chain = coalesce(chain, excluded.chain)";

const DELETE_RECORDS: &str = "DELETE FROM records WHERE user IS NULL AND start < ?2
    AND id IN (SELECT record FROM gaps WHERE isolated = ?1)";

/// Stores the isolated scope of a record without a user.
pub(super) fn insert_gap(
    connection: &Connection,
    record: i64,
    isolated: i64,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(INSERT_GAP)?
        .execute((record, isolated))?;
    Ok(())
}

/// Stores the user, the session and the actors of a scope. A link without either is ignored.
///
/// Returns `Some` if the user was forgotten: the scope's earlier records have to be deleted.
pub(super) fn insert_link(
    connection: &Connection,
    ids: &mut IdCache,
    record: &Record,
    scope: ScopeId,
) -> rusqlite::Result<Option<ForgottenScope>> {
    let time = Timestamp::from(record.start()).as_nanos();
    let isolated = scope_bits(scope);
    let mut forgotten = None;
    let user = match record.user() {
        Some(user) => {
            let known = ids.resolve_user(connection, user, time)?;
            if let Some(before) = known.forgotten_before {
                let before = before.min(time);
                forgotten = Some(ForgottenScope { isolated, before });
                tombstone::add_scope(connection, isolated, before)?;
            }
            if known.id.is_none() {
                return Ok(forgotten);
            }
            known.id
        }
        None => None,
    };
    let session = match record.session_id() {
        Some(session) => Some(ids.session_id(connection, session, record.previous_session_id())?),
        None => None,
    };
    if user.is_some() || session.is_some() {
        connection.prepare_cached(UPSERT_LINK)?.execute(params![
            isolated,
            time,
            user,
            session,
            record.actor_id(),
            json::actors(record)
        ])?;
    }
    Ok(forgotten)
}

/// An isolated scope of a forgotten user. Its records before that time are deleted.
pub(super) struct ForgottenScope {
    isolated: i64,
    before: i64,
}

impl ForgottenScope {
    /// Deletes the records that are in the file already, and counts them.
    pub(super) fn delete_records(&self, connection: &Connection) -> rusqlite::Result<u64> {
        let erased = connection
            .prepare_cached(DELETE_RECORDS)?
            .execute((self.isolated, self.before))?;
        Ok(erased as u64)
    }
}

pub(crate) fn scope_bits(scope: ScopeId) -> i64 {
    i64::from_be_bytes(scope.to_bytes())
}
