//! The texts that records refer to, and what their scopes give to all of them.

use rusqlite::{Connection, params};
use whose::{Record, Service};

use super::json;
use super::parts::Parts;
use super::recent::Recent;

/// How many bytes of texts, and of scopes, are remembered, at most twice over.
const ROOM: usize = 3 << 20;

const TEXT: &str = "INSERT OR FAIL INTO texts (id, name, message, error_type, causes, fields)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
/// The greatest number of a text, also of one that is deleted while a record refers to it.
/// AUTOINCREMENT would keep it too, at the cost of one more table for each text.
const LAST: &str = "SELECT max(coalesce((SELECT max(id) FROM texts), 0),
    coalesce((SELECT max(text) FROM records), 0))";
const SEARCH: &str = "INSERT INTO search (rowid, name, message, rest)
    SELECT id, name, message, rest FROM searched WHERE id >= ?1";
const SCOPE: &str =
    "INSERT OR FAIL INTO scopes (tags, extra, contexts, service) VALUES (?1, ?2, ?3, ?4)";

/// Remembers by their whole contents what is in the file, and adds what it does not remember.
///
/// What was remembered in a transaction that failed must be [forgotten](Self::forget).
pub(super) struct Texts {
    texts: Recent<i64>,
    scopes: Recent<i64>,
    /// The first text that cannot be searched yet.
    unsearched: Option<i64>,
    /// The number of the text before.
    last: i64,
    key: Parts,
}

impl Texts {
    pub(super) fn new() -> Self {
        Self {
            texts: Recent::new(ROOM),
            scopes: Recent::new(ROOM),
            unsearched: None,
            last: 0,
            key: Parts::default(),
        }
    }

    pub(super) fn forget(&mut self) {
        self.texts.clear();
        self.scopes.clear();
        self.unsearched = None;
    }

    /// Begins a transaction: texts are numbered on from what is in the file.
    pub(super) fn begin(&mut self, file: &Connection) -> rusqlite::Result<()> {
        self.last = file.prepare_cached(LAST)?.query_row((), |row| row.get(0))?;
        Ok(())
    }

    /// Makes the texts that were added in this transaction searchable.
    ///
    /// All at once: any statement in between that can fail halfway would make the index write what
    /// it has gathered in memory.
    pub(super) fn make_searchable(&mut self, file: &Connection) -> rusqlite::Result<()> {
        if let Some(first) = self.unsearched.take() {
            file.prepare_cached(SEARCH)?.execute([first])?;
        }
        Ok(())
    }

    /// The number of what a record says.
    pub(super) fn text(&mut self, file: &Connection, record: &Record) -> rusqlite::Result<i64> {
        let key = &mut self.key;
        key.clear();
        key.text(record.name());
        key.maybe(record.message());
        key.maybe(record.error_type());
        record.causes().for_each(|cause| key.text(cause));
        key.end();
        for (name, value) in texts_of(record) {
            key.text(name);
            key.text(value);
        }
        if let Some(id) = self.texts.find(key.key(), |id| *id) {
            return Ok(id);
        }
        let id = self.last.saturating_add(1);
        file.prepare_cached(TEXT)?.execute(params![
            id,
            record.name(),
            record.message(),
            record.error_type(),
            json::array(record.causes()),
            json::object(texts_of(record)),
        ])?;
        self.last = id;
        self.unsearched.get_or_insert(id);
        self.texts.insert(key.key().into(), id);
        Ok(id)
    }

    /// The number of what the scope around a record gives; `None` if that is nothing.
    pub(super) fn scope(
        &mut self,
        file: &Connection,
        record: &Record,
    ) -> rusqlite::Result<Option<i64>> {
        let (extra, contexts) = (
            json::object(record.extras()),
            json::object(record.contexts()),
        );
        let key = &mut self.key;
        key.clear();
        for (name, value) in record.tags() {
            key.text(name);
            key.text(value);
        }
        key.end();
        key.maybe(extra.as_deref());
        key.maybe(contexts.as_deref());
        let service = record.service();
        if let Some(service) = service {
            for part in parts_of(service) {
                key.maybe(part);
            }
        }
        if key.is_empty() {
            return Ok(None);
        }
        if let Some(id) = self.scopes.find(key.key(), |id| *id) {
            return Ok(Some(id));
        }
        let service = service.and_then(|service| serde_json::to_string(service).ok());
        let tags = json::object(record.tags());
        file.prepare_cached(SCOPE)?
            .execute(params![tags, extra, contexts, service])?;
        let id = file.last_insert_rowid();
        self.scopes.insert(key.key().into(), id);
        Ok(Some(id))
    }
}

/// The fields that are texts, each as it was last recorded.
fn texts_of(record: &Record) -> impl Iterator<Item = (&str, &str)> {
    record
        .last_fields()
        .filter_map(|(name, value)| Some((name, value.as_str()?)))
}

fn parts_of(service: &Service) -> [Option<&str>; 4] {
    [
        service.name(),
        service.version(),
        service.environment(),
        service.host(),
    ]
}
