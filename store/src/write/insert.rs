//! One record as one row.

use std::time::Duration;

use rusqlite::{CachedStatement, Connection, params};
use serde::Serialize;
use whose::{Breadcrumb, Record, Service, Source, Status, Unattributed};

use super::{json, keys::Keys};
use crate::time::Timestamp;

const INSERT: &str = "INSERT INTO records
    (site, start, duration, user, user_source, unattributed, session, session_source, trace, span,
     parent, kind, failed, message, error_type, causes, fingerprint, path, backtrace,
     model, input_tokens, output_tokens, tags, fields, extra, contexts, breadcrumbs, service)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19,
            ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28)";

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
            Some(session) => {
                let previous = record.previous_session_id();
                Some(self.keys.session(self.file, session, previous)?)
            }
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
            json::object(record.extras()),
            json::object(record.contexts()),
            json::array(record.breadcrumbs().map(Crumb::from)),
            record.service().and_then(service),
        ])?;
        Ok(())
    }
}

/// A breadcrumb as it is kept.
#[derive(Serialize)]
struct Crumb<'a> {
    time: Timestamp,
    message: &'a str,
    level: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<&'a str>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    breadcrumb_type: Option<&'a str>,
    #[serde(skip_serializing_if = "serde_json::Map::is_empty")]
    data: &'a serde_json::Map<String, serde_json::Value>,
}

impl<'a> From<&'a Breadcrumb> for Crumb<'a> {
    fn from(crumb: &'a Breadcrumb) -> Self {
        Self {
            time: Timestamp::from(crumb.timestamp()),
            message: crumb.message(),
            level: crumb.level().as_str().to_lowercase(),
            category: crumb.category(),
            breadcrumb_type: crumb.breadcrumb_type(),
            data: crumb.all_data(),
        }
    }
}

fn service(service: &Service) -> Option<String> {
    let known = [
        ("name", service.name()),
        ("version", service.version()),
        ("environment", service.environment()),
        ("host", service.host()),
    ];
    json::object(
        known
            .into_iter()
            .filter_map(|(key, value)| Some((key, value?))),
    )
}

fn nanos(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}

/// No call has four billion tokens; with that as the limit, no sum over a file overflows.
fn tokens(count: u64) -> i64 {
    i64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
