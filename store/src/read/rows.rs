//! The rows of the answers.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use whose::Timestamp;

use super::usage::Usage;
use crate::money::Usd;

/// How many records of each type there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Counts {
    /// Spans.
    pub spans: u64,
    /// Events: log lines, and usages of models.
    pub events: u64,
    /// Captured errors.
    pub errors: u64,
}

impl Counts {
    /// All of them.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.spans + self.events + self.errors
    }
}

/// A user.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct UserRow {
    /// The id; a user who has none is known by another part.
    pub id: Option<String>,
    /// The email address, as it was last said; so are the other parts.
    pub email: Option<String>,
    /// The name that the user goes by.
    pub username: Option<String>,
    /// The full name.
    pub full_name: Option<String>,
    /// The address that the user came from.
    pub ip_address: Option<String>,
    /// The segment.
    pub segment: Option<String>,
    /// The attributes.
    pub attrs: serde_json::Map<String, Value>,
    /// The start of the first record.
    pub first_seen: Timestamp,
    /// The end of the last record.
    pub last_seen: Timestamp,
    /// How many sessions the records are part of.
    pub sessions: u64,
    /// The records that name the user.
    #[serde(flatten)]
    pub counts: Counts,
    /// Records beside those that had no user, and that a link gives to this one: what came before a
    /// login.
    pub late: u64,
    /// The models.
    #[serde(flatten)]
    pub usage: Usage,
}

/// A session.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SessionRow {
    /// The id.
    pub id: String,
    /// The id of the session that it goes on from.
    pub previous: Option<String>,
    /// Whose records are part of it: the first [`USERS`](Self::USERS) of them.
    pub users: Vec<String>,
    /// How many users there are.
    pub user_count: u64,
    /// The start of the first record.
    pub first_seen: Timestamp,
    /// The end of the last record.
    pub last_seen: Timestamp,
    /// The records, whoever's they are.
    #[serde(flatten)]
    pub counts: Counts,
    /// The models.
    #[serde(flatten)]
    pub usage: Usage,
}

impl SessionRow {
    /// How many users are named at most, so that a session which everybody shares is a short row.
    pub const USERS: usize = 100;
}

/// A record.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RecordRow {
    /// The number of the record in its file: the later one was written later.
    pub id: i64,
    /// `span`, `event` or `error`.
    #[serde(rename = "type")]
    pub record_type: String,
    /// When a span began, or when an event or error happened.
    pub time: Timestamp,
    /// How long a span was open, in nanoseconds.
    pub duration_ns: Option<u64>,
    /// The name of the span, or of the call site.
    pub name: String,
    /// The message of an event or error; of a failed span, what it failed with.
    pub message: Option<String>,
    /// The level.
    pub level: String,
    /// The target, usually the path of the module.
    pub target: String,
    /// The file of the call site.
    pub file: Option<String>,
    /// The line of the call site.
    pub line: Option<u32>,
    /// What a span does: `agent`, `llm`, `tool`, …
    pub kind: Option<String>,
    /// Whether it is an error, or a span that failed.
    pub failed: bool,
    /// The type of an error.
    pub error_type: Option<String>,
    /// What caused an error, outermost first.
    pub causes: Vec<String>,
    /// What an error has in common with others of its kind, in hexadecimal digits.
    pub fingerprint: Option<String>,
    /// The spans that an error happened in, from the innermost outwards.
    pub path: Vec<String>,
    /// Where an error was captured, if that was kept.
    pub backtrace: Option<String>,
    /// The id of the user.
    pub user: Option<String>,
    /// Where the user came from.
    pub user_source: Option<String>,
    /// Why there is no user, by the name of the [reason](whose::UnattributedReason); `anonymous` is nobody
    /// on purpose.
    pub unattributed: Option<String>,
    /// The id of the session.
    pub session: Option<String>,
    /// Where the session came from.
    pub session_source: Option<String>,
    /// The trace, in hexadecimal digits.
    pub trace_id: Option<String>,
    /// The span, or the one that an event or error happened in, in hexadecimal digits.
    pub span_id: Option<String>,
    /// The span around it, in hexadecimal digits.
    pub parent_id: Option<String>,
    /// The model that was called.
    pub model: Option<String>,
    /// Who serves the model.
    pub provider: Option<String>,
    /// Tokens that went in.
    pub input_tokens: Option<u64>,
    /// Tokens that came out.
    pub output_tokens: Option<u64>,
    /// What the call cost; `None` where nothing was called, or the model has no price.
    pub cost_usd: Option<Usd>,
    /// The tags.
    pub tags: BTreeMap<String, String>,
    /// The fields.
    pub fields: serde_json::Map<String, Value>,
    /// The extra values.
    pub extra: serde_json::Map<String, Value>,
    /// The contexts, each an object.
    pub contexts: serde_json::Map<String, Value>,
    /// What happened before an error, oldest first: objects with `time`, `message`, `level`, and
    /// `category`, `type` and `data` where they are known.
    pub breadcrumbs: Vec<Value>,
    /// The service that it comes from: `name`, `version`, `environment`, `host`.
    pub service: BTreeMap<String, String>,
}

/// How much of what a call site emits has a user and a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CoverageRow {
    /// `span`, `event` or `error`.
    #[serde(rename = "type")]
    pub record_type: String,
    /// The name of the span, or of the call site.
    pub name: String,
    /// The target, usually the path of the module.
    pub target: String,
    /// The file of the call site.
    pub file: Option<String>,
    /// The line of the call site.
    pub line: Option<u32>,
    /// Its records.
    pub records: u64,
    /// Those that have no user, and not on purpose.
    pub without_user: u64,
    /// Those that have no session.
    pub without_session: u64,
    /// Why its records have no user, by the name of the [reason](whose::UnattributedReason): `anonymous`
    /// counts those that have none on purpose.
    pub reasons: BTreeMap<String, u64>,
    /// Where the users of its records came from, by the name of the [source](whose::Source):
    /// `global` counts those that have no user but that of the whole process.
    pub sources: BTreeMap<String, u64>,
}

impl CoverageRow {
    /// The share of the records that have no user, and not on purpose: 0 to 1.
    #[must_use]
    pub fn share_without_user(&self) -> f64 {
        share(self.without_user, self.records)
    }

    /// The share of the records that have no session: 0 to 1.
    #[must_use]
    pub fn share_without_session(&self) -> f64 {
        share(self.without_session, self.records)
    }
}

#[allow(clippy::cast_precision_loss)] // No file has 2^53 records.
fn share(part: u64, whole: u64) -> f64 {
    match whole {
        0 => 0.0,
        whole => part as f64 / whole as f64,
    }
}

/// The whole file in a few numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Totals {
    /// Users that have records.
    pub users: u64,
    /// Sessions that have records.
    pub sessions: u64,
    /// Records that have no user, and not on purpose.
    pub without_user: u64,
    /// Records that have no user, on purpose.
    pub anonymous: u64,
    /// Records that have no session.
    pub without_session: u64,
    /// The records.
    #[serde(flatten)]
    pub counts: Counts,
    /// The models.
    #[serde(flatten)]
    pub usage: Usage,
}
