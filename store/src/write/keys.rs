//! The whole numbers that stand for users, sessions and models.

use std::borrow::Cow;

use rusqlite::{Connection, params};
use whose::{ModelUsage, User};

use super::ask::{add, find};
use super::json;
use super::parts::Parts;
use super::recent::Recent;
use crate::tombstone::Tombstones;

/// How many bytes of users are remembered, at most twice over: the bound of the memory of a process
/// that sees ever new ones.
const USERS: usize = 3 << 20;
/// How many bytes of sessions, of which there are more, are remembered, at most twice over.
const SESSIONS: usize = 5 << 20;
/// How many bytes of models are remembered, at most twice over.
const MODELS: usize = 1 << 20;

/// Remembers numbers, so that the file is asked once for each.
///
/// The file decides, not the memory: several processes can write to one file. What was remembered
/// in a transaction that failed must be [forgotten](Self::forget).
pub(super) struct Keys {
    users: Recent<KnownUser>,
    sessions: Recent<i64>,
    models: Recent<i64>,
    tombstones: Tombstones,
    // Lookups build their key here instead of allocating one.
    key: Parts,
    identity: String,
}

struct KnownUser {
    id: i64,
    /// What the file was last told of the user.
    told: User,
    forgotten: Option<i64>,
}

/// The user of a record, as the file knows the user.
#[derive(Clone, Copy)]
pub(super) struct KnownAs {
    /// The number of the user; `None` where the record began before the user was forgotten.
    pub(super) id: Option<i64>,
    /// The moment before which the user was forgotten, where that has happened.
    pub(super) forgotten: Option<i64>,
}

const FIND_MODEL: &str = "SELECT id FROM models WHERE model = ?1 AND provider = ?2";
const ADD_MODEL: &str = "INSERT OR FAIL INTO models (model, provider) VALUES (?1, ?2)";
const FIND_SESSION: &str = "SELECT id FROM sessions WHERE sid = ?1";
const ADD_SESSION: &str = "INSERT OR FAIL INTO sessions (sid, previous) VALUES (?1, ?2)";
const LEARN_SESSION: &str = "UPDATE sessions SET previous = coalesce(previous, ?2) WHERE id = ?1";
const FIND_USER: &str = "SELECT id FROM users WHERE identity = ?1";
const ADD_USER: &str = "INSERT OR FAIL INTO users
    (identity, uid, email, username, full_name, ip_address, segment, attrs)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, coalesce(?8, '{}'))";
const LEARN_USER: &str = "UPDATE users SET
    email = coalesce(?2, email), username = coalesce(?3, username),
    full_name = coalesce(?4, full_name), ip_address = coalesce(?5, ip_address),
    segment = coalesce(?6, segment), attrs = json_patch(attrs, coalesce(?7, '{}'))
    WHERE id = ?1";

impl Keys {
    pub(super) fn new() -> Self {
        Self {
            users: Recent::weighed(USERS, |known| allocated(&known.told)),
            sessions: Recent::new(SESSIONS),
            models: Recent::new(MODELS),
            tombstones: Tombstones::default(),
            key: Parts::default(),
            identity: String::new(),
        }
    }

    pub(super) fn forget(&mut self) {
        self.users.clear();
        self.sessions.clear();
        self.models.clear();
    }

    /// Takes in who was forgotten, as the file has it now.
    pub(super) fn refresh(&mut self, file: &Connection) -> rusqlite::Result<()> {
        self.tombstones = Tombstones::load(file)?;
        Ok(())
    }

    /// Whether what that scope recorded at that moment was a forgotten user's.
    pub(super) fn is_of_forgotten_scope(
        &self,
        file: &Connection,
        isolated: i64,
        start: i64,
    ) -> rusqlite::Result<bool> {
        let before = self.tombstones.of_scope(file, isolated)?;
        Ok(before.is_some_and(|before| start < before))
    }

    pub(super) fn session(
        &mut self,
        file: &Connection,
        id: &str,
        previous: Option<&str>,
    ) -> rusqlite::Result<i64> {
        remembered(&mut self.sessions, id.as_bytes(), || {
            let Some(known) = find(file, FIND_SESSION, [id])? else {
                return add(file, ADD_SESSION, params![id, previous]);
            };
            if previous.is_some() {
                file.prepare_cached(LEARN_SESSION)?
                    .execute(params![known, previous])?;
            }
            Ok(known)
        })
    }

    pub(super) fn model(
        &mut self,
        file: &Connection,
        usage: &ModelUsage<'_>,
    ) -> rusqlite::Result<i64> {
        let provider = usage.provider.unwrap_or_default();
        self.key.clear();
        self.key.text(provider);
        self.key.text(usage.model);
        remembered(&mut self.models, self.key.key(), || {
            let model = [usage.model, provider];
            match find(file, FIND_MODEL, model)? {
                Some(id) => Ok(id),
                None => add(file, ADD_MODEL, model),
            }
        })
    }

    /// The user of a record that began at `start`; the file learns what is new of the user.
    pub(super) fn user(
        &mut self,
        file: &Connection,
        user: &User,
        start: i64,
    ) -> rusqlite::Result<KnownAs> {
        self.identity.clear();
        identity(user, &mut self.identity);
        let key = self.identity.as_bytes();
        let known = |known: &KnownUser| {
            says_nothing_new(user, &known.told).then_some((known.id, known.forgotten))
        };
        if let Some(Some((id, forgotten))) = self.users.find(key, known) {
            return Ok(known_as(id, forgotten, start));
        }
        let forgotten = self.tombstones.of_user(file, &self.identity)?;
        if forgotten.is_some_and(|before| start < before) {
            // Nothing of the user is written, also not what the record says of the person.
            let id = None;
            return Ok(KnownAs { id, forgotten });
        }
        let id = find_or_add(file, user, &self.identity)?;
        let told = user.clone();
        let known = KnownUser {
            id,
            told,
            forgotten,
        };
        self.users.insert(self.identity.as_bytes().into(), known);
        Ok(known_as(id, forgotten, start))
    }
}

fn known_as(id: i64, forgotten: Option<i64>, start: i64) -> KnownAs {
    let is_refused = forgotten.is_some_and(|before| start < before);
    KnownAs {
        id: (!is_refused).then_some(id),
        forgotten,
    }
}

fn find_or_add(file: &Connection, user: &User, identity: &str) -> rusqlite::Result<i64> {
    let (email, username, full_name) = (user.email(), user.username(), user.full_name());
    let (ip_address, segment) = (user.ip_address(), user.segment());
    let attrs = json::object(user.attrs());
    if let Some(id) = find(file, FIND_USER, [identity])? {
        let new = params![id, email, username, full_name, ip_address, segment, attrs];
        file.prepare_cached(LEARN_USER)?.execute(new)?;
        return Ok(id);
    }
    let uid = user.id();
    let all = params![
        identity, uid, email, username, full_name, ip_address, segment, attrs
    ];
    add(file, ADD_USER, all)
}

/// What tells users apart: the id, or its pseudonym; without one, the first thing that is known of the user.
fn identity(user: &User, key: &mut String) {
    let parts = [
        ("id", user.id()),
        // A pseudonym stands for an id that a policy has taken out.
        ("hash", user.hash()),
        ("email", user.email()),
        ("username", user.username()),
        ("full_name", user.full_name()),
        ("ip_address", user.ip_address()),
        ("segment", user.segment()),
    ];
    let known = parts
        .into_iter()
        .find_map(|(part, value)| Some((part, value?)));
    let attrs = || json::object(user.attrs()).unwrap_or_default();
    let (part, value) = match known {
        Some((part, value)) => (part, Cow::Borrowed(value)),
        None => ("attrs", Cow::Owned(attrs())),
    };
    key.push_str(part);
    key.push(':');
    key.push_str(&value);
}

/// About how many bytes a user has allocated.
fn allocated(user: &User) -> usize {
    /// What the parts beside the id take where there is one.
    const DETAILS: usize = 256;
    let texts = [
        user.email(),
        user.username(),
        user.full_name(),
        user.ip_address(),
        user.segment(),
        user.hash(),
    ];
    let texts: usize = texts.into_iter().flatten().map(str::len).sum();
    let attrs = user
        .attrs()
        .map(|(key, value)| DETAILS / 2 + key.len() + value.as_str().map_or(0, str::len));
    let attrs: usize = attrs.sum();
    let details = if texts + attrs > 0 { DETAILS } else { 0 };
    user.id().map_or(0, str::len) + details + texts + attrs
}

fn says_nothing_new(user: &User, told: &User) -> bool {
    let only_an_id = user.email().is_none()
        && user.username().is_none()
        && user.full_name().is_none()
        && user.ip_address().is_none()
        && user.segment().is_none()
        && user.attrs().next().is_none();
    only_an_id || user == told
}

fn remembered(
    numbers: &mut Recent<i64>,
    key: &[u8],
    ask: impl FnOnce() -> rusqlite::Result<i64>,
) -> rusqlite::Result<i64> {
    if let Some(id) = numbers.find(key, |id| *id) {
        return Ok(id);
    }
    let id = ask()?;
    numbers.insert(key.into(), id);
    Ok(id)
}
