//! Cached row ids of call sites and traits.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use rusqlite::{Connection, params};
use whose::{CallSite, Kind, Record, RecordType, Source, Status, UnattributedReason};

use super::lookup::{insert_row, select_id};

/// The most cached call sites. The cache is cleared when it is full; a program has fewer.
const CAPACITY: usize = 65_536;

/// Caches the row ids of call sites and traits, as [`IdCache`](super::id_cache::IdCache) does for
/// users.
#[derive(Default)]
pub(super) struct CallSiteCache {
    sites: HashMap<SiteAddress, CachedSite, RandomState>,
    traits: HashMap<Traits, i64, RandomState>,
    /// The traits that were asked for last. Most records have those of the record before, and comparing
    /// them is faster than hashing them.
    last_traits: Option<(Traits, i64)>,
}

/// The addresses of a call site's texts. Hashing addresses is faster than hashing texts; the texts
/// themselves are compared after a match.
#[derive(PartialEq, Eq, Hash)]
struct SiteAddress {
    name: usize,
    target: usize,
    line: u32,
    record_type: RecordType,
}

/// The columns of a call site.
#[derive(PartialEq, Eq)]
struct Site<S> {
    name: S,
    target: S,
    file: S,
    line: u32,
    level: &'static str,
    record_type: RecordType,
}

struct CachedSite {
    id: i64,
    site: Site<Box<str>>,
}

/// The properties of a record that have few values.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Traits {
    source: Option<Source>,
    unattributed: Option<UnattributedReason>,
    session_source: Option<Source>,
    kind: Option<Kind>,
    failed: bool,
    /// Where the user and the session were set, if not by the record itself.
    user_site: Option<CallSite>,
    session_site: Option<CallSite>,
    /// The bits of the weight, which are few: a sampler has few rates.
    weight: u64,
}

const SELECT_SITE: &str = "SELECT id FROM sites WHERE name = ?1 AND target = ?2 AND file = ?3
    AND line = ?4 AND level = ?5 AND type = ?6";
const INSERT_SITE: &str = "INSERT OR FAIL INTO sites (name, target, file, line, level, type)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
const SELECT_TRAITS: &str = "SELECT id FROM traits WHERE user_source = ?1 AND unattributed = ?2
    AND session_source = ?3 AND kind = ?4 AND failed = ?5 AND user_site = ?6 AND session_site = ?7
    AND weight = ?8";
const INSERT_TRAITS: &str = "INSERT OR FAIL INTO traits
    (user_source, unattributed, session_source, kind, failed, user_site, session_site, weight)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
/// The same traits with weight 1, for a writer of version 5, which would take the row of another
/// weight if that were the only one.
const INSERT_UNWEIGHTED: &str = "INSERT OR IGNORE INTO traits
    (user_source, unattributed, session_source, kind, failed, user_site, session_site, weight)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 1)";

impl CallSiteCache {
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(super) fn site_id(
        &mut self,
        connection: &Connection,
        record: &Record,
    ) -> rusqlite::Result<i64> {
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
        let address = SiteAddress {
            name: site.name.as_ptr().addr(),
            target: site.target.as_ptr().addr(),
            line,
            record_type: site.record_type,
        };
        if let Some(known) = self.sites.get(&address)
            && known.site.matches(&site)
        {
            return Ok(known.id);
        }
        let (level, record_type) = (site.level, site.record_type.as_str());
        let columns = params![site.name, site.target, path, line, level, record_type];
        let id = match select_id(connection, SELECT_SITE, columns)? {
            Some(id) => id,
            None => insert_row(connection, INSERT_SITE, columns)?,
        };
        if self.sites.len() >= CAPACITY {
            self.sites.clear();
        }
        let site = site.to_boxed();
        self.sites.insert(address, CachedSite { id, site });
        Ok(id)
    }

    pub(super) fn traits_id(
        &mut self,
        connection: &Connection,
        record: &Record,
    ) -> rusqlite::Result<i64> {
        let traits = Traits {
            source: record.user_source(),
            unattributed: record.unattributed(),
            session_source: record.session_source(),
            kind: record.kind(),
            failed: record.status() == Status::Error,
            user_site: record.attribution().user_call_site(),
            session_site: record.attribution().session_call_site(),
            weight: record.weight().to_bits(),
        };
        if let Some((last, id)) = self.last_traits
            && last == traits
        {
            return Ok(id);
        }
        if let Some(id) = self.traits.get(&traits) {
            self.last_traits = Some((traits, *id));
            return Ok(*id);
        }
        let columns = params![
            traits.source.map_or("", Source::as_str),
            traits.unattributed.map_or("", UnattributedReason::as_str),
            traits.session_source.map_or("", Source::as_str),
            traits.kind.map_or("", |kind| kind.as_str()),
            traits.failed,
            site(traits.user_site),
            site(traits.session_site),
            record.weight(),
        ];
        let id = match select_id(connection, SELECT_TRAITS, columns)? {
            Some(id) => id,
            None => {
                if record.weight() > 1.0 {
                    connection
                        .prepare_cached(INSERT_UNWEIGHTED)?
                        .execute(&columns[..7])?;
                }
                insert_row(connection, INSERT_TRAITS, columns)?
            }
        };
        if self.traits.len() >= CAPACITY {
            self.traits.clear();
        }
        self.traits.insert(traits, id);
        Ok(id)
    }
}

/// A call site as the file stores it; empty if there is none.
fn site(site: Option<CallSite>) -> String {
    site.map_or_else(String::new, |site| site.to_string())
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
    fn matches(&self, other: &Site<&str>) -> bool {
        *self.name == *other.name
            && *self.target == *other.target
            && *self.file == *other.file
            && self.line == other.line
            && self.level == other.level
            && self.record_type == other.record_type
    }
}
