//! What happened, record by record.

use rusqlite::{Row, Transaction};
use whose::Timestamp;

use super::Reader;
use super::rows::RecordRow;
use super::scan::records_of;
use super::users::count;
use crate::error::StoreError;

/// Everything of the records `r`, wherever they are from.
pub(super) const RECORDS: &str = "SELECT r.*, s.type, s.level, s.name, s.target, s.file, s.line,
      q.user_source, q.unattributed, q.session_source, q.kind, q.failed,
      t.message, t.error_type, t.causes, t.fields AS texts,
      c.tags, c.extra, c.contexts, c.service,
      f.fingerprint, f.path, f.backtrace, f.breadcrumbs,
      g.input_tokens, g.output_tokens, m.model AS model_name, m.provider,
      coalesce(u.uid, u.identity, 'deleted user #' || r.user) AS user_id,
      coalesce(se.sid, 'deleted session #' || r.session) AS sid, NULL AS late_user
    FROM {from}
    JOIN sites s ON s.id = r.site
    JOIN traits q ON q.id = r.traits
    JOIN texts t ON t.id = r.text
    LEFT JOIN scopes c ON c.id = r.scope
    LEFT JOIN users u ON u.id = r.user
    LEFT JOIN sessions se ON se.id = r.session
    LEFT JOIN failures f ON f.record = r.id
    LEFT JOIN usages g ON g.record = r.id
    LEFT JOIN models m ON m.id = g.model";

/// What stands in [`RECORDS`] for who a link says that it was.
pub(super) const NOT_LATE: &str = "NULL AS late_user";

impl Reader {
    /// The trail of a user: every record, in time order, with what came before the login.
    ///
    /// A record that had no user is the user's where a link says so; its
    /// [`user_source`](RecordRow::user_source) is `late`, and
    /// [`unattributed`](RecordRow::unattributed) says why the record itself has none.
    ///
    /// # Errors
    /// [`UnknownUser`](StoreError::UnknownUser), and those of SQLite.
    pub fn audit(&self, user_id: &str) -> Result<Vec<RecordRow>, StoreError> {
        let user = self.user_key(user_id)?;
        self.ask(|moment| self.records(moment, "user", user))
    }

    /// The records of a session, in time order, whoever's they are, with what came before the login.
    ///
    /// # Errors
    /// [`UnknownSession`](StoreError::UnknownSession), and those of SQLite.
    pub fn session_records(&self, session_id: &str) -> Result<Vec<RecordRow>, StoreError> {
        let session = self.session_key(session_id)?;
        self.ask(|moment| self.records(moment, "session", session))
    }

    fn records(
        &self,
        moment: &Transaction<'_>,
        column: &str,
        key: i64,
    ) -> rusqlite::Result<Vec<RecordRow>> {
        let from = records_of(column);
        let sql = format!(
            "{} ORDER BY r.start, r.id",
            RECORDS.replace("{from}", &from)
        );
        let mut statement = moment.prepare_cached(&sql)?;
        let own = statement.query_map([key], |row| self.record(row))?;
        let own = own.collect::<rusqlite::Result<Vec<_>>>()?;
        let mut records = self.late_records(moment, column, key)?;
        if records.is_empty() {
            return Ok(own);
        }
        records.extend(own);
        records.sort_by_key(|record| (record.time, record.id));
        // A record without a user can name the session itself: what a link adds stands first.
        records.dedup_by_key(|record| record.id);
        Ok(records)
    }

    pub(super) fn record(&self, row: &Row<'_>) -> rusqlite::Result<RecordRow> {
        let model: Option<String> = row.get("model_name")?;
        let tokens = |column| {
            row.get::<_, Option<i64>>(column)
                .map(|tokens| tokens.map(i64::unsigned_abs))
        };
        let (input_tokens, output_tokens) = (tokens("input_tokens")?, tokens("output_tokens")?);
        let price = model.as_deref().and_then(|model| self.prices.of(model));
        let cost_usd = price.map(|price| {
            let input = input_tokens.unwrap_or_default();
            price
                .rate_for(input)
                .cost(input, output_tokens.unwrap_or_default())
        });
        let (file, line) = place(row)?;
        let mut fields: serde_json::Map<_, _> = parsed(row, "texts")?;
        fields.extend(parsed::<serde_json::Map<_, _>>(row, "fields")?);
        Ok(RecordRow {
            id: row.get("id")?,
            record_type: row.get("type")?,
            time: Timestamp::from_nanos(row.get("start")?),
            duration_ns: row
                .get::<_, Option<i64>>("duration")?
                .map(i64::unsigned_abs),
            name: row.get("name")?,
            message: row.get("message")?,
            level: row.get("level")?,
            target: row.get("target")?,
            file,
            line,
            kind: word(row, "kind")?,
            failed: row.get("failed")?,
            error_type: row.get("error_type")?,
            causes: parsed(row, "causes")?,
            fingerprint: row
                .get::<_, Option<Vec<u8>>>("fingerprint")?
                .map(|bytes| hex(&bytes)),
            path: parsed(row, "path")?,
            backtrace: row.get("backtrace")?,
            user: row.get("user_id")?,
            user_source: word(row, "user_source")?,
            unattributed: word(row, "unattributed")?,
            session: row.get("sid")?,
            session_source: word(row, "session_source")?,
            trace_id: row
                .get::<_, Option<Vec<u8>>>("trace")?
                .map(|bytes| hex(&bytes)),
            span_id: row
                .get::<_, Option<i64>>("span")?
                .map(|id| hex(&id.to_be_bytes())),
            parent_id: row
                .get::<_, Option<i64>>("parent")?
                .map(|id| hex(&id.to_be_bytes())),
            model,
            provider: word(row, "provider")?,
            input_tokens,
            output_tokens,
            cost_usd,
            tags: parsed(row, "tags")?,
            fields,
            extra: parsed(row, "extra")?,
            contexts: parsed(row, "contexts")?,
            breadcrumbs: parsed(row, "breadcrumbs")?,
            service: parsed(row, "service")?,
        })
    }
}

/// A text that is empty where there is nothing to say.
pub(super) fn word(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<String>> {
    let word = row.get::<_, Option<String>>(column)?;
    Ok(word.filter(|word| !word.is_empty()))
}

/// The file and the line of a call site, where they are known.
pub(super) fn place(row: &Row<'_>) -> rusqlite::Result<(Option<String>, Option<u32>)> {
    let file = row.get::<_, String>("file")?;
    if file.is_empty() {
        return Ok((None, None));
    }
    Ok((Some(file), u32::try_from(count(row, "line")?).ok()))
}

/// A column of JSON; nothing where there is none.
pub(super) fn parsed<T: serde::de::DeserializeOwned + Default>(
    row: &Row<'_>,
    column: &str,
) -> rusqlite::Result<T> {
    let text: Option<String> = row.get(column)?;
    Ok(text
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default())
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
