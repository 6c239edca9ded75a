//! The records of an isolated scope that had no user, and whose the scope turned out to be.

use rusqlite::{Connection, params};
use whose::{Record, ScopeId, Timestamp};

use super::keys::Keys;

const ADD_GAP: &str = "INSERT OR FAIL INTO gaps (record, isolated) VALUES (?1, ?2)";
// A second link of a scope says which session it is of; who came first stays.
const ADD_LINK: &str = "INSERT INTO links (isolated, time, user, session) VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT (isolated) DO UPDATE SET user = coalesce(user, excluded.user),
    session = coalesce(session, excluded.session)";

/// Keeps the scope of a record that has no user.
pub(super) fn add_gap(file: &Connection, record: i64, scope: ScopeId) -> rusqlite::Result<()> {
    file.prepare_cached(ADD_GAP)?
        .execute(params![record, bits(scope)])?;
    Ok(())
}

/// Keeps whose a scope turned out to be; a link of which a policy left nobody links nothing.
pub(super) fn add_link(
    file: &Connection,
    keys: &mut Keys,
    record: &Record,
    scope: ScopeId,
) -> rusqlite::Result<()> {
    let user = match record.user() {
        Some(user) => Some(keys.user(file, user)?),
        None => None,
    };
    let session = match record.session_id() {
        Some(session) => Some(keys.session(file, session, record.previous_session_id())?),
        None => None,
    };
    if user.is_some() || session.is_some() {
        let time = Timestamp::from(record.start()).as_nanos();
        file.prepare_cached(ADD_LINK)?
            .execute(params![bits(scope), time, user, session])?;
    }
    Ok(())
}

fn bits(scope: ScopeId) -> i64 {
    i64::from_be_bytes(scope.to_bytes())
}
