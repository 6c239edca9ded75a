//! The texts that records refer to, and what their scopes give to all of them.

use rusqlite::{Connection, params};
use whose::{Record, Service};

use super::composite_key::CompositeKey;
use super::generation_cache::GenerationCache;
use super::json;

/// How many bytes of texts, and of scopes, are remembered, at most twice over.
const CACHE_BYTES: usize = 3 << 20;

const INSERT_TEXT: &str =
    "INSERT OR FAIL INTO texts (id, name, message, error_type, causes, fields)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
/// The greatest number of a text, also of one that is deleted while a record refers to it.
/// AUTOINCREMENT would keep it too, at the cost of one more table for each text.
const LAST_TEXT_ID: &str = "SELECT max(coalesce((SELECT max(id) FROM texts), 0),
    coalesce((SELECT max(text) FROM records), 0))";
const INDEX_TEXTS: &str = "INSERT INTO search (rowid, name, message, rest)
    SELECT id, name, message, rest FROM searched WHERE id >= ?1";
const INSERT_SCOPE: &str =
    "INSERT OR FAIL INTO scopes (tags, extra, contexts, service) VALUES (?1, ?2, ?3, ?4)";

/// Remembers by their whole contents what is in the file, and adds what it does not remember.
///
/// What was remembered in a transaction that failed must be [forgotten](Self::forget).
pub(super) struct TextCache {
    texts: GenerationCache<i64>,
    scopes: GenerationCache<i64>,
    /// The first text that cannot be searched yet.
    first_unindexed: Option<i64>,
    /// The number of the text before.
    last_id: i64,
    key: CompositeKey,
}

impl TextCache {
    pub(super) fn new() -> Self {
        Self {
            texts: GenerationCache::new(CACHE_BYTES),
            scopes: GenerationCache::new(CACHE_BYTES),
            first_unindexed: None,
            last_id: 0,
            key: CompositeKey::default(),
        }
    }

    pub(super) fn clear(&mut self) {
        self.texts.clear();
        self.scopes.clear();
        self.first_unindexed = None;
    }

    /// Begins a transaction: texts are numbered on from what is in the file.
    pub(super) fn begin_transaction(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        self.last_id = connection
            .prepare_cached(LAST_TEXT_ID)?
            .query_row((), |row| row.get(0))?;
        Ok(())
    }

    /// Makes the texts that were added in this transaction searchable.
    ///
    /// All at once: any statement in between that can fail halfway would make the index write what
    /// it has gathered in memory.
    pub(super) fn index_new_texts(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        if let Some(first) = self.first_unindexed.take() {
            connection.prepare_cached(INDEX_TEXTS)?.execute([first])?;
        }
        Ok(())
    }

    /// The number of what a record says.
    pub(super) fn text_id(
        &mut self,
        connection: &Connection,
        record: &Record,
    ) -> rusqlite::Result<i64> {
        let key = &mut self.key;
        key.clear();
        key.push(record.name());
        key.push_optional(record.message());
        key.push_optional(record.error_type());
        record.causes().for_each(|cause| key.push(cause));
        key.end_list();
        for (name, value) in text_fields(record) {
            key.push(name);
            key.push(value);
        }
        if let Some(id) = self.texts.get_with(key.as_bytes(), |id| *id) {
            return Ok(id);
        }
        let id = self.last_id.saturating_add(1);
        connection.prepare_cached(INSERT_TEXT)?.execute(params![
            id,
            record.name(),
            record.message(),
            record.error_type(),
            json::array(record.causes()),
            json::object(text_fields(record)),
        ])?;
        self.last_id = id;
        self.first_unindexed.get_or_insert(id);
        self.texts.insert(key.as_bytes().into(), id);
        Ok(id)
    }

    /// The number of what the scope around a record gives; `None` if that is nothing.
    pub(super) fn scope_id(
        &mut self,
        connection: &Connection,
        record: &Record,
    ) -> rusqlite::Result<Option<i64>> {
        let (extra, contexts) = (
            json::object(record.extras()),
            json::object(record.contexts()),
        );
        let key = &mut self.key;
        key.clear();
        for (name, value) in record.tags() {
            key.push(name);
            key.push(value);
        }
        key.end_list();
        key.push_optional(extra.as_deref());
        key.push_optional(contexts.as_deref());
        let service = record.service();
        if let Some(service) = service {
            for part in service_parts(service) {
                key.push_optional(part);
            }
        }
        if key.is_empty() {
            return Ok(None);
        }
        if let Some(id) = self.scopes.get_with(key.as_bytes(), |id| *id) {
            return Ok(Some(id));
        }
        let service = service.and_then(|service| serde_json::to_string(service).ok());
        let tags = json::object(record.tags());
        connection
            .prepare_cached(INSERT_SCOPE)?
            .execute(params![tags, extra, contexts, service])?;
        let id = connection.last_insert_rowid();
        self.scopes.insert(key.as_bytes().into(), id);
        Ok(Some(id))
    }
}

/// The fields that are texts, each as it was last recorded.
fn text_fields(record: &Record) -> impl Iterator<Item = (&str, &str)> {
    record
        .last_fields()
        .filter_map(|(name, value)| Some((name, value.as_str()?)))
}

fn service_parts(service: &Service) -> [Option<&str>; 4] {
    [
        service.name(),
        service.version(),
        service.environment(),
        service.host(),
    ]
}
