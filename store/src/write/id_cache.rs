//! Cached row ids of users, sessions and models.

use std::borrow::Cow;

use rusqlite::{Connection, params};
use whose::{ModelUsage, User};

use super::composite_key::CompositeKey;
use super::generation_cache::GenerationCache;
use super::json;
use super::lookup::{insert_row, select_id};
use super::profile_log::add_changes;
use crate::tombstone::Tombstones;

/// The byte limit of one generation of cached users. Bounds the memory of a process with ever new
/// users.
const USER_BYTES: usize = 3 << 20;
/// The byte limit of one generation of cached sessions. There are more sessions than users.
const SESSION_BYTES: usize = 5 << 20;
/// The byte limit of one generation of cached models.
const MODEL_BYTES: usize = 1 << 20;

/// Caches row ids, so that each is queried once.
///
/// Several processes can write to one file, so the file decides, not the cache.
/// [Clear](Self::clear) the cache after a failed transaction.
pub(super) struct IdCache {
    users: GenerationCache<CachedUser>,
    sessions: GenerationCache<i64>,
    models: GenerationCache<i64>,
    tombstones: Tombstones,
    // Lookups encode their key into these buffers instead of allocating one.
    key: CompositeKey,
    identity: String,
}

struct CachedUser {
    id: i64,
    /// The user as this process has written it last.
    last_written: User,
    forgotten_before: Option<i64>,
}

/// A user in the file.
#[derive(Clone, Copy)]
pub(super) struct StoredUser {
    /// The row id; `None` if the record began before the user was forgotten.
    pub(super) id: Option<i64>,
    /// The time before which records of the user are rejected, if the user was forgotten.
    pub(super) forgotten_before: Option<i64>,
}

const SELECT_MODEL: &str = "SELECT id FROM models WHERE model = ?1 AND provider = ?2";
const INSERT_MODEL: &str = "INSERT OR FAIL INTO models (model, provider) VALUES (?1, ?2)";
const SELECT_SESSION: &str = "SELECT id FROM sessions WHERE sid = ?1";
const INSERT_SESSION: &str = "INSERT OR FAIL INTO sessions (sid, previous) VALUES (?1, ?2)";
const UPDATE_SESSION: &str = "UPDATE sessions SET previous = coalesce(previous, ?2) WHERE id = ?1";
const SELECT_USER: &str = "SELECT id FROM users WHERE identity = ?1";
const INSERT_USER: &str = "INSERT OR FAIL INTO users
    (identity, uid, email, username, full_name, ip_address, segment, attrs)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, coalesce(?8, '{}'))";
const UPDATE_USER: &str = "UPDATE users SET
    email = coalesce(?2, email), username = coalesce(?3, username),
    full_name = coalesce(?4, full_name), ip_address = coalesce(?5, ip_address),
    segment = coalesce(?6, segment), attrs = json_patch(attrs, coalesce(?7, '{}'))
    WHERE id = ?1";

impl IdCache {
    pub(super) fn new() -> Self {
        Self {
            users: GenerationCache::with_value_size(USER_BYTES, |cached| {
                heap_size(&cached.last_written)
            }),
            sessions: GenerationCache::new(SESSION_BYTES),
            models: GenerationCache::new(MODEL_BYTES),
            tombstones: Tombstones::default(),
            key: CompositeKey::default(),
            identity: String::new(),
        }
    }

    pub(super) fn clear(&mut self) {
        self.users.clear();
        self.sessions.clear();
        self.models.clear();
    }

    /// Reloads which users were forgotten.
    pub(super) fn reload_tombstones(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        self.tombstones = Tombstones::load(connection)?;
        Ok(())
    }

    /// Whether a record of that scope belongs to a forgotten user.
    pub(super) fn is_of_forgotten_scope(
        &self,
        connection: &Connection,
        isolated: i64,
        start: i64,
    ) -> rusqlite::Result<bool> {
        let before = self.tombstones.scope(connection, isolated)?;
        Ok(before.is_some_and(|before| start < before))
    }

    pub(super) fn session_id(
        &mut self,
        connection: &Connection,
        id: &str,
        previous: Option<&str>,
    ) -> rusqlite::Result<i64> {
        cached_or_load(&mut self.sessions, id.as_bytes(), || {
            let Some(row_id) = select_id(connection, SELECT_SESSION, [id])? else {
                return insert_row(connection, INSERT_SESSION, params![id, previous]);
            };
            if previous.is_some() {
                connection
                    .prepare_cached(UPDATE_SESSION)?
                    .execute(params![row_id, previous])?;
            }
            Ok(row_id)
        })
    }

    pub(super) fn model_id(
        &mut self,
        connection: &Connection,
        usage: &ModelUsage<'_>,
    ) -> rusqlite::Result<i64> {
        let provider = usage.provider.unwrap_or_default();
        self.key.clear();
        self.key.push(provider);
        self.key.push(usage.model);
        cached_or_load(&mut self.models, self.key.as_bytes(), || {
            let model = [usage.model, provider];
            match select_id(connection, SELECT_MODEL, model)? {
                Some(id) => Ok(id),
                None => insert_row(connection, INSERT_MODEL, model),
            }
        })
    }

    /// Returns the row of the user of a record that began at `start`, and updates the row.
    pub(super) fn resolve_user(
        &mut self,
        connection: &Connection,
        user: &User,
        start: i64,
    ) -> rusqlite::Result<StoredUser> {
        self.identity.clear();
        identity(user, &mut self.identity);
        let key = self.identity.as_bytes();
        let read = |cached: &CachedUser| {
            adds_nothing(user, &cached.last_written).then_some((cached.id, cached.forgotten_before))
        };
        if let Some(Some((id, forgotten_before))) = self.users.get_with(key, read) {
            return Ok(StoredUser::new(id, forgotten_before).at(start));
        }
        let forgotten_before = self.tombstones.user(connection, &self.identity)?;
        if forgotten_before.is_some_and(|before| start < before) {
            // No detail of a forgotten user is written, so the row is not updated either.
            let id = None;
            return Ok(StoredUser {
                id,
                forgotten_before,
            });
        }
        let id = upsert_user(connection, user, &self.identity, start)?;
        let last_written = user.clone();
        let cached = CachedUser {
            id,
            last_written,
            forgotten_before,
        };
        self.users.insert(self.identity.as_bytes().into(), cached);
        Ok(StoredUser::new(id, forgotten_before).at(start))
    }
}

impl StoredUser {
    fn new(id: i64, forgotten_before: Option<i64>) -> Self {
        Self {
            id: Some(id),
            forgotten_before,
        }
    }

    /// The same user for a record that began at `start`.
    pub(super) fn at(self, start: i64) -> Self {
        let is_rejected = self.forgotten_before.is_some_and(|before| start < before);
        Self {
            id: self.id.filter(|_| !is_rejected),
            ..self
        }
    }
}

fn upsert_user(
    connection: &Connection,
    user: &User,
    identity: &str,
    start: i64,
) -> rusqlite::Result<i64> {
    let (email, username, full_name) = (user.email(), user.username(), user.full_name());
    let (ip_address, segment) = (user.ip_address(), user.segment());
    let attrs = json::object(user.attrs());
    if let Some(id) = select_id(connection, SELECT_USER, [identity])? {
        add_changes(connection, id, user, start)?;
        let new = params![id, email, username, full_name, ip_address, segment, attrs];
        connection.prepare_cached(UPDATE_USER)?.execute(new)?;
        return Ok(id);
    }
    let uid = user.id();
    let all = params![
        identity, uid, email, username, full_name, ip_address, segment, attrs
    ];
    insert_row(connection, INSERT_USER, all)
}

/// The identity of a user, as in the table `users`.
pub(crate) fn user_identity(user: &User) -> String {
    let mut key = String::new();
    identity(user, &mut key);
    key
}

/// Appends the identity of a user: the id, its pseudonym, or the first detail that is set.
fn identity(user: &User, key: &mut String) {
    let parts = [
        ("id", user.id()),
        // A pseudonym replaces an id that a policy has removed.
        ("hash", user.hash()),
        ("email", user.email()),
        ("username", user.username()),
        ("full_name", user.full_name()),
        ("ip_address", user.ip_address()),
        ("segment", user.segment()),
    ];
    let first = parts
        .into_iter()
        .find_map(|(part, value)| Some((part, value?)));
    let attrs = || json::object(user.attrs()).unwrap_or_default();
    let (part, value) = match first {
        Some((part, value)) => (part, Cow::Borrowed(value)),
        None => ("attrs", Cow::Owned(attrs())),
    };
    key.push_str(part);
    key.push(':');
    key.push_str(&value);
}

/// The approximate heap size of a user.
fn heap_size(user: &User) -> usize {
    /// The size of the details beside the id.
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

fn adds_nothing(user: &User, last_written: &User) -> bool {
    let only_an_id = user.email().is_none()
        && user.username().is_none()
        && user.full_name().is_none()
        && user.ip_address().is_none()
        && user.segment().is_none()
        && user.attrs().next().is_none();
    only_an_id || user == last_written
}

fn cached_or_load(
    cache: &mut GenerationCache<i64>,
    key: &[u8],
    load: impl FnOnce() -> rusqlite::Result<i64>,
) -> rusqlite::Result<i64> {
    if let Some(id) = cache.get_with(key, |id| *id) {
        return Ok(id);
    }
    let id = load()?;
    cache.insert(key.into(), id);
    Ok(id)
}
