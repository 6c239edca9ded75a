//! One record as one row.

use std::time::Duration;

use rusqlite::{CachedStatement, Connection, params};
use whose::{Record, Source, Status, Unattributed};

use super::{json, keys::Keys};
use crate::time::Timestamp;

const INSERT: &str = "INSERT INTO records
    (site, start, duration, user, user_source, unattributed, session, session_source, trace, span,
     parent, kind, failed, message, error_type, causes, fingerprint, path, backtrace,
     model, input_tokens, output_tokens, tags, fields)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19,
            ?20, ?21, ?22, ?23, ?24)";

/// Inserts the records of one transaction.
pub(super) struct Insert<'a> {
    file: &'a Connection,
    keys: &'a mut Keys,
    statement: CachedStatement<'a>,
}

impl<'a> Insert<'a> {
    pub(super) fn new(file: &'a Connection, keys: &'a mut Keys) -> rusqlite::Result<Self> {
        Ok(Self {
            file,
            keys,
            statement: file.prepare_cached(INSERT)?,
        })
    }

    pub(super) fn record(&mut self, record: &Record) -> rusqlite::Result<()> {
        let site = self.keys.site(self.file, record)?;
        let user = match record.user() {
            Some(user) => Some(self.keys.user(self.file, user)?),
            None => None,
        };
        let session = match record.session_id() {
            Some(session) => Some(self.keys.session(self.file, session)?),
            None => None,
        };
        let usage = record.model_usage();
        let model = match &usage {
            Some(usage) => Some(self.keys.model(self.file, usage)?),
            None => None,
        };
        self.statement.execute(params![
            site,
            Timestamp::from(record.start()).as_nanos(),
            record.duration().map(nanos),
            user,
            record.source().map(Source::as_str),
            record.unattributed().map(Unattributed::as_str),
            session,
            record.session_source().map(Source::as_str),
            record.trace_id().map(|id| id.to_bytes()),
            record.span_id().map(|id| i64::from_be_bytes(id.to_bytes())),
            record
                .parent_id()
                .map(|id| i64::from_be_bytes(id.to_bytes())),
            record.kind().map(|kind| kind.as_str()),
            record.status() == Status::Error,
            record.message(),
            record.error_type(),
            json::array(record.causes()),
            record.fingerprint().map(|print| print.to_bytes()),
            json::array(record.path()),
            record.backtrace(),
            model,
            usage.map(|usage| tokens(usage.input_tokens)),
            usage.map(|usage| tokens(usage.output_tokens)),
            json::object(record.tags()),
            json::object(record.fields()),
        ])?;
        Ok(())
    }
}

fn nanos(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}

/// No call has four billion tokens; with that as the limit, no sum over a file overflows.
fn tokens(count: u64) -> i64 {
    i64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
