//! The whole numbers that stand for users, sessions, models and call sites.

use std::collections::HashMap;
use std::fmt::Write;

use rusqlite::{Connection, params};
use whose::{ModelUsage, Record, User};

use super::json;

/// How many numbers of one sort are remembered before all are forgotten: what bounds the memory of
/// a process that sees ever new users.
const MOST: usize = 65_536;

/// Remembers numbers, so that the file is asked once for each.
///
/// The file decides, not the memory: several processes can write to one file. What was remembered
/// in a transaction that failed must be [forgotten](Self::forget).
#[derive(Default)]
pub(super) struct Keys {
    users: HashMap<Box<str>, KnownUser>,
    sessions: HashMap<Box<str>, i64>,
    models: HashMap<Box<str>, i64>,
    sites: HashMap<Box<str>, i64>,
    // Lookups build their key here instead of allocating one.
    key: String,
}

struct KnownUser {
    id: i64,
    /// What the file was last told of the user.
    told: User,
}

const SITE: &str = "INSERT INTO sites (name, target, file, line, level, type)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)
    ON CONFLICT (name, target, file, line, level, type) DO UPDATE SET line = line RETURNING id";
const SESSION: &str = "INSERT INTO sessions (sid, previous) VALUES (?1, ?2)
    ON CONFLICT (sid) DO UPDATE SET previous = coalesce(previous, excluded.previous)
    RETURNING id";
const MODEL: &str = "INSERT INTO models (model, provider) VALUES (?1, ?2)
    ON CONFLICT (model, provider) DO UPDATE SET model = model RETURNING id";
const USER: &str = "INSERT INTO users
      (identity, uid, email, username, full_name, ip_address, segment, attrs)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, coalesce(?8, '{}'))
    ON CONFLICT (identity) DO UPDATE SET
      email = coalesce(excluded.email, email),
      username = coalesce(excluded.username, username),
      full_name = coalesce(excluded.full_name, full_name),
      ip_address = coalesce(excluded.ip_address, ip_address),
      segment = coalesce(excluded.segment, segment),
      attrs = json_patch(attrs, excluded.attrs)
    RETURNING id";

impl Keys {
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    pub(super) fn session(
        &mut self,
        file: &Connection,
        id: &str,
        previous: Option<&str>,
    ) -> rusqlite::Result<i64> {
        remembered(&mut self.sessions, id, || {
            file.prepare_cached(SESSION)?
                .query_row(params![id, previous], |row| row.get(0))
        })
    }

    pub(super) fn model(
        &mut self,
        file: &Connection,
        usage: &ModelUsage<'_>,
    ) -> rusqlite::Result<i64> {
        let provider = usage.provider.unwrap_or_default();
        self.key.clear();
        // Writing to a `String` cannot fail.
        let _ = write!(self.key, "{provider}\0{}", usage.model);
        remembered(&mut self.models, &self.key, || {
            file.prepare_cached(MODEL)?
                .query_row([usage.model, provider], |row| row.get(0))
        })
    }

    pub(super) fn site(&mut self, file: &Connection, record: &Record) -> rusqlite::Result<i64> {
        let site = record.call_site();
        let (path, line) = site.map_or(("", 0), |site| (site.file, site.line));
        let (name, target) = (record.name(), record.target());
        let (level, record_type) = (record.level().as_str(), record.record_type().as_str());
        self.key.clear();
        for part in [name, target, path, level, record_type] {
            self.key.push_str(part);
            self.key.push('\0');
        }
        let _ = write!(self.key, "{line}");
        remembered(&mut self.sites, &self.key, || {
            file.prepare_cached(SITE)?.query_row(
                params![name, target, path, line, level, record_type],
                |row| row.get(0),
            )
        })
    }

    /// The number of a user; the file learns what is new of the person.
    pub(super) fn user(&mut self, file: &Connection, user: &User) -> rusqlite::Result<i64> {
        self.key.clear();
        identity(user, &mut self.key);
        if let Some(known) = self.users.get(self.key.as_str())
            && says_nothing_new(user, &known.told)
        {
            return Ok(known.id);
        }
        let id = file.prepare_cached(USER)?.query_row(
            params![
                self.key,
                user.id(),
                user.email(),
                user.username(),
                user.full_name(),
                user.ip_address(),
                user.segment(),
                json::object(user.attrs()),
            ],
            |row| row.get(0),
        )?;
        make_room(&mut self.users);
        self.users.insert(
            self.key.as_str().into(),
            KnownUser {
                id,
                told: user.clone(),
            },
        );
        Ok(id)
    }
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
    // Writing to a `String` cannot fail.
    let _ = match known {
        Some((part, value)) => write!(key, "{part}:{value}"),
        None => write!(key, "attrs:{}", attrs()),
    };
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
    ids: &mut HashMap<Box<str>, i64>,
    key: &str,
    ask: impl FnOnce() -> rusqlite::Result<i64>,
) -> rusqlite::Result<i64> {
    if let Some(id) = ids.get(key) {
        return Ok(*id);
    }
    let id = ask()?;
    make_room(ids);
    ids.insert(key.into(), id);
    Ok(id)
}

fn make_room<V>(map: &mut HashMap<Box<str>, V>) {
    if map.len() >= MOST {
        map.clear();
    }
}
