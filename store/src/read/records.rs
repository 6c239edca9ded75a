//! Records with all of their columns.

use rusqlite::{OptionalExtension, Row, Transaction};
use serde_json::Value;
use whose::{Source, Timestamp};

use super::call::tier_of;
use super::column_reader::ColumnReader;
use super::pages::{PageSource, Remaining, Rows};
use super::query::Query;
use super::reader::Reader;
use super::rows::RecordRow;
use super::time_merge::{Direction, RecordSource, TimeMerge};
use super::weight;
use crate::error::StoreError;
use crate::money::Usd;
use crate::prices::Day;

/// A record with everything that it refers to and with its link. Outer joins keep the record if a
/// damaged file lacks a row.
const RECORD: &str =
    "SELECT r.id, s.type, r.start, r.duration, s.name, t.message, s.level, s.target,
      s.file, s.line, q.kind, q.failed, t.error_type, t.causes, f.fingerprint, f.path, f.backtrace,
      coalesce(u.uid, u.identity, 'deleted user #' || r.user), q.user_source, q.unattributed,
      coalesce(se.sid, 'deleted session #' || r.session), q.session_source,
      r.trace, r.span, r.parent, m.model, m.provider, g.input_tokens, g.output_tokens,
      g.cache_read_tokens, g.cache_write_tokens, g.cache_write_1h_tokens, g.reasoning_tokens,
      g.audio_input_tokens, g.audio_output_tokens, g.tier, g.agent, g.tool, c.tags, t.fields, r.fields, c.extra, c.contexts, f.breadcrumbs, f.flags, c.service, cv.cid,
      a.aid, a.source, a.chain, q.user_site, q.session_site, q.weight,
      coalesce(lu.uid, lu.identity, 'deleted user #' || l.user), ls.sid, l.aid, l.chain
    FROM records r
    LEFT JOIN sites s ON s.id = r.site
    LEFT JOIN traits q ON q.id = r.traits
    LEFT JOIN texts t ON t.id = r.text
    LEFT JOIN scopes c ON c.id = r.scope
    LEFT JOIN conversations cv ON cv.scope = r.scope
    LEFT JOIN actors a ON a.scope = r.scope
    LEFT JOIN users u ON u.id = r.user
    LEFT JOIN sessions se ON se.id = r.session
    LEFT JOIN failures f ON f.record = r.id
    LEFT JOIN usages g ON g.record = r.id
    LEFT JOIN models m ON m.id = g.model
    LEFT JOIN gaps n ON r.user IS NULL AND n.record = r.id
    LEFT JOIN links l ON l.isolated = n.isolated AND r.start < l.time
    LEFT JOIN users lu ON lu.id = l.user
    LEFT JOIN sessions ls ON ls.id = l.session
    WHERE r.id = ?1";

/// The bytes of records after which a page ends.
const PAGE_BYTES: usize = 1 << 20;

/// The records of a source, ordered by time.
pub(super) struct RecordPages<'r, S> {
    reader: &'r Reader,
    order: TimeMerge,
    source: S,
}

impl<'r, S: RecordSource> RecordPages<'r, S> {
    pub(super) fn new(reader: &'r Reader, order: TimeMerge, source: S) -> Self {
        Self {
            reader,
            order,
            source,
        }
    }
}

impl<S: RecordSource> PageSource for RecordPages<'_, S> {
    type Row = RecordRow;

    fn next_page(&mut self, max_rows: usize) -> Result<Vec<RecordRow>, StoreError> {
        let Self {
            reader,
            order,
            source,
        } = self;
        reader.read_tx(|tx| {
            let mut statement = tx.prepare_cached(RECORD)?;
            let (mut page, mut bytes) = (Vec::new(), 0);
            while page.len() < max_rows && bytes < PAGE_BYTES {
                let Some(id) = order.next(tx, source)? else {
                    break;
                };
                let row = statement.query_row([id], |row| record(reader, row, &mut bytes));
                page.extend(row.optional()?);
            }
            Ok(page)
        })
    }

    fn count_rest(&mut self) -> Result<Remaining, StoreError> {
        self.reader
            .read_tx(|tx| self.order.count_rest(tx, &self.source))
    }
}

impl Reader {
    /// The records of the source in the range of the query, oldest first.
    pub(super) fn oldest_first<'r>(
        &'r self,
        source: impl RecordSource + 'r,
        query: &Query,
    ) -> Result<Rows<'r, RecordRow>, StoreError> {
        let partitions = self.partitions(query)?;
        let order = TimeMerge::new(Direction::OldestFirst, query.range(), partitions, None);
        let pages = RecordPages::new(self, order, source);
        Ok(Rows::new(pages, query.max_rows()))
    }

    pub(super) fn record(&self, id: i64) -> Result<Option<RecordRow>, StoreError> {
        self.read_tx(|tx| by_id(self, tx, id))
    }
}

/// The record with that id, if the file has it.
pub(super) fn by_id(
    reader: &Reader,
    tx: &Transaction<'_>,
    id: i64,
) -> rusqlite::Result<Option<RecordRow>> {
    let mut statement = tx.prepare_cached(RECORD)?;
    let row = statement.query_row([id], |row| record(reader, row, &mut 0));
    row.optional()
}

/// Reads a row of [`RECORD`], and adds the size of its texts to `bytes`.
fn record(reader: &Reader, row: &Row<'_>, bytes: &mut usize) -> rusqlite::Result<RecordRow> {
    let mut columns = ColumnReader::new(row);
    let mut record = stored_record(&mut columns)?;
    add_link(&mut record, &mut columns)?;
    record.cost_usd = cost(reader, &record);
    *bytes += columns.bytes;
    Ok(record)
}

/// Reads the columns of [`RECORD`] up to the link, in order.
fn stored_record(columns: &mut ColumnReader<'_, '_>) -> rusqlite::Result<RecordRow> {
    let (id, record_type) = (columns.number()?, columns.text()?);
    let time = Timestamp::from_nanos(columns.number()?);
    let (duration_ns, name, message) = (
        columns.optional_count()?,
        columns.text()?,
        columns.optional_text()?,
    );
    let (level, target, (file, line)) = (columns.text()?, columns.text()?, columns.call_site()?);
    Ok(RecordRow {
        id,
        record_type,
        time,
        duration_ns,
        name,
        message,
        level,
        target,
        file,
        line,
        kind: columns.non_empty_text()?,
        failed: columns.number()? != 0,
        error_type: columns.optional_text()?,
        causes: columns.json()?,
        fingerprint: columns.hex()?,
        path: columns.json()?,
        backtrace: columns.optional_text()?,
        user: columns.optional_text()?,
        user_source: columns.non_empty_text()?,
        unattributed: columns.non_empty_text()?,
        session: columns.optional_text()?,
        session_source: columns.non_empty_text()?,
        trace_id: columns.hex()?,
        span_id: columns.hex_number()?,
        parent_id: columns.hex_number()?,
        model: columns.optional_text()?,
        provider: columns.non_empty_text()?,
        input_tokens: columns.optional_count()?,
        output_tokens: columns.optional_count()?,
        cache_read_tokens: columns.optional_count()?,
        cache_write_tokens: columns.optional_count()?,
        cache_write_1h_tokens: columns.optional_count()?,
        reasoning_tokens: columns.optional_count()?,
        audio_input_tokens: columns.optional_count()?,
        audio_output_tokens: columns.optional_count()?,
        service_tier: columns.non_empty_text()?,
        agent: columns.non_empty_text()?,
        tool: columns.non_empty_text()?,
        cost_usd: None,
        tags: columns.json()?,
        fields: fields(columns)?,
        extra: columns.json()?,
        contexts: columns.json()?,
        breadcrumbs: columns.json()?,
        flags: columns.json()?,
        service: columns.json()?,
        conversation: columns.optional_text()?,
        actor: columns.optional_text()?,
        actor_source: columns.optional_text()?,
        actors: columns.json()?,
        user_site: columns.non_empty_text()?,
        session_site: columns.non_empty_text()?,
        weight: weight::limited(columns.optional_real()?.unwrap_or(1.0)),
    })
}

/// Reads the fields that are texts, and then the other fields.
fn fields(columns: &mut ColumnReader<'_, '_>) -> rusqlite::Result<serde_json::Map<String, Value>> {
    let mut fields: serde_json::Map<_, _> = columns.json()?;
    let numbers: serde_json::Map<_, _> = columns.json()?;
    fields.extend(numbers);
    Ok(fields)
}

/// Reads the user, the session and the actors that were identified later.
fn add_link(record: &mut RecordRow, columns: &mut ColumnReader<'_, '_>) -> rusqlite::Result<()> {
    let late = || Some(Source::Late.to_string());
    if let Some(user) = columns.optional_text()? {
        record.user = Some(user);
        record.user_source = late();
    }
    if let Some(session) = columns
        .optional_text()?
        .filter(|_| record.session.is_none())
    {
        record.session = Some(session);
        record.session_source = late();
    }
    if let Some(actor) = columns.optional_text()? {
        add_late_actors(record, actor, columns.json()?);
    }
    Ok(())
}

/// Adds the actors of a user who was identified later outside the actors of the record.
fn add_late_actors(record: &mut RecordRow, actor: String, chain: Vec<Value>) {
    // The actors of the scope can have been known before its user.
    if !record.actors.ends_with(&chain) {
        record.actors.extend(chain);
    }
    if record.actor.is_none() {
        record.actor = Some(actor);
        record.actor_source = Some(Source::Late.to_string());
    }
}

/// The cost of a model call; `None` if the record is no call, or the model has no price on its day.
fn cost(reader: &Reader, record: &RecordRow) -> Option<Usd> {
    let model = record.model.as_deref()?;
    let tier = tier_of(record.service_tier.as_deref().unwrap_or_default())?;
    let day = Day::from_unix_nanos(record.time.as_nanos());
    let prices = reader.prices();
    prices.cost(model, tier, day, &record.token_counts()).ok()
}
