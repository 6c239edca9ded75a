//! Cached row ids of texts and of the data of scopes.

use rusqlite::{Connection, params};
use whose::{Record, Service, Source};

use super::composite_key::CompositeKey;
use super::generation_cache::GenerationCache;
use super::json;

/// The byte limit of one generation of cached texts, and of cached scopes.
const CACHE_BYTES: usize = 3 << 20;

const INSERT_TEXT: &str =
    "INSERT OR FAIL INTO texts (id, name, message, error_type, causes, fields)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
/// The greatest row id of a text, including deleted texts that records still refer to.
/// `AUTOINCREMENT` would keep this id too, but would update one more table for each text.
const LAST_TEXT_ID: &str = "SELECT max(coalesce((SELECT max(id) FROM texts), 0),
    coalesce((SELECT max(text) FROM records), 0))";
const INDEX_TEXTS: &str = "INSERT INTO search (rowid, name, message, rest)
    SELECT id, name, message, rest FROM searched WHERE id >= ?1";
const INSERT_SCOPE: &str =
    "INSERT OR FAIL INTO scopes (tags, extra, contexts, service) VALUES (?1, ?2, ?3, ?4)";
const INSERT_ACTOR: &str =
    "INSERT OR FAIL INTO actors (scope, aid, source, chain) VALUES (?1, ?2, ?3, ?4)";
const INSERT_CONVERSATION: &str = "INSERT OR FAIL INTO conversations (scope, cid) VALUES (?1, ?2)";

/// Caches row ids by complete contents, and inserts what is not cached.
///
/// [Clear](Self::clear) the cache after a failed transaction.
pub(super) struct TextCache {
    texts: GenerationCache<i64>,
    /// The text without anything but a name that was asked for last, which most spans have.
    last_name: Option<(Box<str>, i64)>,
    scopes: GenerationCache<i64>,
    /// The first text of this transaction that is not indexed.
    first_unindexed: Option<i64>,
    /// The row id of the newest text.
    last_id: i64,
    key: CompositeKey,
}

impl TextCache {
    pub(super) fn new() -> Self {
        Self {
            texts: GenerationCache::new(CACHE_BYTES),
            last_name: None,
            scopes: GenerationCache::new(CACHE_BYTES),
            first_unindexed: None,
            last_id: 0,
            key: CompositeKey::default(),
        }
    }

    pub(super) fn clear(&mut self) {
        self.texts.clear();
        self.last_name = None;
        self.scopes.clear();
        self.first_unindexed = None;
    }

    /// Begins a transaction: loads the greatest row id of the file.
    pub(super) fn begin_transaction(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        self.last_id = connection
            .prepare_cached(LAST_TEXT_ID)?
            .query_row((), |row| row.get(0))?;
        Ok(())
    }

    /// Adds the texts of this transaction to the full-text index.
    ///
    /// Indexes all texts in one statement: a statement in between that can fail halfway would make
    /// FTS5 flush its buffer.
    pub(super) fn index_new_texts(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        if let Some(first) = self.first_unindexed.take() {
            connection.prepare_cached(INDEX_TEXTS)?.execute([first])?;
        }
        Ok(())
    }

    /// The row id of the texts of a record.
    pub(super) fn text_id(
        &mut self,
        connection: &Connection,
        record: &Record,
    ) -> rusqlite::Result<i64> {
        let is_name = is_only_name(record);
        if is_name
            && let Some((name, id)) = &self.last_name
            && **name == *record.name()
        {
            return Ok(*id);
        }
        let id = self.load_text_id(connection, record)?;
        if is_name {
            self.last_name = Some((record.name().into(), id));
        }
        Ok(id)
    }

    fn load_text_id(&mut self, connection: &Connection, record: &Record) -> rusqlite::Result<i64> {
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

    /// The row id of a record's tags, extra, contexts, conversation, actors and service; `None` if there
    /// are none.
    pub(super) fn scope_id(
        &mut self,
        connection: &Connection,
        record: &Record,
    ) -> rusqlite::Result<Option<i64>> {
        if !has_scope_data(record) {
            return Ok(None);
        }
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
        let conversation = record.conversation_id();
        key.push_optional(conversation);
        let actor_source = record.actor_source().map(Source::as_str);
        key.push_optional(actor_source);
        for actor in record.actors() {
            key.push(actor.kind().as_str());
            key.push(actor.id());
        }
        key.end_list();
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
        if let Some(conversation) = conversation {
            connection
                .prepare_cached(INSERT_CONVERSATION)?
                .execute(params![id, conversation])?;
        }
        if let (Some(actor), Some(source)) = (record.actor_id(), actor_source) {
            connection.prepare_cached(INSERT_ACTOR)?.execute(params![
                id,
                actor,
                source,
                json::actors(record)
            ])?;
        }
        self.scopes.insert(key.as_bytes().into(), id);
        Ok(Some(id))
    }
}

/// Whether a record has no text but its name.
fn is_only_name(record: &Record) -> bool {
    record.message().is_none()
        && record.error_type().is_none()
        && record.causes().next().is_none()
        && text_fields(record).next().is_none()
}

/// Whether a record has anything that the table `scopes` stores. Most records have nothing.
fn has_scope_data(record: &Record) -> bool {
    record.service().is_some()
        || record.conversation_id().is_some()
        || record.tags().next().is_some()
        || record.extras().next().is_some()
        || record.contexts().next().is_some()
        || record.actors().next().is_some()
}

/// The fields that are texts, each with its last value.
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
