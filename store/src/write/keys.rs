//! The whole numbers that stand for users, sessions, models, call sites and traits.

use std::borrow::Cow;
use std::collections::HashMap;

use foldhash::fast::RandomState;
use rusqlite::{Connection, params};
use whose::{Kind, ModelUsage, Record, RecordType, Source, Status, Unattributed, User};

use super::json;
use super::parts::Parts;
use super::recent::Recent;

/// How many bytes of users, and of sessions, are remembered, at most twice over: what bounds the
/// memory of a process that sees ever new ones.
const ROOM: usize = 8 << 20;
/// How many call sites are remembered before all are forgotten; a program has fewer.
const SITES: usize = 65_536;

/// Remembers numbers, so that the file is asked once for each.
///
/// The file decides, not the memory: several processes can write to one file. What was remembered
/// in a transaction that failed must be [forgotten](Self::forget).
pub(super) struct Keys {
    users: Recent<KnownUser>,
    sessions: Recent<i64>,
    models: Recent<i64>,
    sites: HashMap<SiteAt, KnownSite, RandomState>,
    traits: HashMap<Traits, i64, RandomState>,
    // Lookups build their key here instead of allocating one.
    key: Parts,
    identity: String,
}

struct KnownUser {
    id: i64,
    /// What the file was last told of the user.
    told: User,
}

/// Where the texts of a call site lie in memory: quick to look up, and no proof of what they say.
#[derive(PartialEq, Eq, Hash)]
struct SiteAt {
    name: usize,
    target: usize,
    line: u32,
    record_type: RecordType,
}

/// What makes a call site.
#[derive(PartialEq, Eq)]
struct Site<S> {
    name: S,
    target: S,
    file: S,
    line: u32,
    level: &'static str,
    record_type: RecordType,
}

struct KnownSite {
    id: i64,
    site: Site<Box<str>>,
}

/// What a record is besides, in words of which there are few.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Traits {
    source: Option<Source>,
    unattributed: Option<Unattributed>,
    session_source: Option<Source>,
    kind: Option<Kind>,
    failed: bool,
}

const SITE: &str = "INSERT INTO sites (name, target, file, line, level, type)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)
    ON CONFLICT (name, target, file, line, level, type) DO UPDATE SET line = line RETURNING id";
const TRAITS: &str = "INSERT INTO traits (user_source, unattributed, session_source, kind, failed)
    VALUES (?1, ?2, ?3, ?4, ?5)
    ON CONFLICT (user_source, unattributed, session_source, kind, failed)
    DO UPDATE SET failed = failed RETURNING id";
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
    pub(super) fn new() -> Self {
        Self {
            users: Recent::new(ROOM),
            sessions: Recent::new(ROOM),
            models: Recent::new(ROOM),
            sites: HashMap::default(),
            traits: HashMap::default(),
            key: Parts::default(),
            identity: String::new(),
        }
    }

    pub(super) fn forget(&mut self) {
        self.users.clear();
        self.sessions.clear();
        self.models.clear();
        self.sites.clear();
        self.traits.clear();
    }

    pub(super) fn session(
        &mut self,
        file: &Connection,
        id: &str,
        previous: Option<&str>,
    ) -> rusqlite::Result<i64> {
        remembered(&mut self.sessions, id.as_bytes(), || {
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
        self.key.text(provider);
        self.key.text(usage.model);
        remembered(&mut self.models, self.key.key(), || {
            file.prepare_cached(MODEL)?
                .query_row([usage.model, provider], |row| row.get(0))
        })
    }

    pub(super) fn site(&mut self, file: &Connection, record: &Record) -> rusqlite::Result<i64> {
        let (path, line) = record
            .call_site()
            .map_or(("", 0), |site| (site.file, site.line));
        let site = Site {
            name: record.name(),
            target: record.target(),
            file: path,
            line,
            level: record.level().as_str(),
            record_type: record.record_type(),
        };
        let at = SiteAt {
            name: site.name.as_ptr().addr(),
            target: site.target.as_ptr().addr(),
            line,
            record_type: site.record_type,
        };
        if let Some(known) = self.sites.get(&at)
            && known.site.is(&site)
        {
            return Ok(known.id);
        }
        let id = file.prepare_cached(SITE)?.query_row(
            params![
                site.name,
                site.target,
                path,
                line,
                site.level,
                site.record_type.as_str()
            ],
            |row| row.get(0),
        )?;
        if self.sites.len() >= SITES {
            self.sites.clear();
        }
        let site = site.to_boxed();
        self.sites.insert(at, KnownSite { id, site });
        Ok(id)
    }

    pub(super) fn traits(&mut self, file: &Connection, record: &Record) -> rusqlite::Result<i64> {
        let traits = Traits {
            source: record.source(),
            unattributed: record.unattributed(),
            session_source: record.session_source(),
            kind: record.kind(),
            failed: record.status() == Status::Error,
        };
        if let Some(id) = self.traits.get(&traits) {
            return Ok(*id);
        }
        let words = params![
            traits.source.map_or("", Source::as_str),
            traits.unattributed.map_or("", Unattributed::as_str),
            traits.session_source.map_or("", Source::as_str),
            traits.kind.map_or("", |kind| kind.as_str()),
            traits.failed
        ];
        let id = file
            .prepare_cached(TRAITS)?
            .query_row(words, |row| row.get(0))?;
        self.traits.insert(traits, id);
        Ok(id)
    }

    /// The number of a user; the file learns what is new of the person.
    pub(super) fn user(&mut self, file: &Connection, user: &User) -> rusqlite::Result<i64> {
        self.identity.clear();
        identity(user, &mut self.identity);
        let key = self.identity.as_bytes();
        let known = |known: &KnownUser| says_nothing_new(user, &known.told).then_some(known.id);
        if let Some(Some(id)) = self.users.find(key, known) {
            return Ok(id);
        }
        let id = file.prepare_cached(USER)?.query_row(
            params![
                self.identity,
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
        let told = user.clone();
        self.users.insert(key.into(), KnownUser { id, told });
        Ok(id)
    }
}

impl Site<&str> {
    fn to_boxed(&self) -> Site<Box<str>> {
        Site {
            name: self.name.into(),
            target: self.target.into(),
            file: self.file.into(),
            line: self.line,
            level: self.level,
            record_type: self.record_type,
        }
    }
}

impl Site<Box<str>> {
    fn is(&self, other: &Site<&str>) -> bool {
        *self.name == *other.name
            && *self.target == *other.target
            && *self.file == *other.file
            && self.line == other.line
            && self.level == other.level
            && self.record_type == other.record_type
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
    let (part, value) = match known {
        Some((part, value)) => (part, Cow::Borrowed(value)),
        None => ("attrs", Cow::Owned(attrs())),
    };
    key.push_str(part);
    key.push(':');
    key.push_str(&value);
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
