//! The row types of the queries.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use whose::{Timestamp, TokenCounts};

use super::usage::{Usage, is_exact};
use crate::money::Usd;
use crate::prices::Day;

/// The number of records of each type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Counts {
    /// Spans.
    pub spans: u64,
    /// Events: log lines and model calls.
    pub events: u64,
    /// Captured errors.
    pub errors: u64,
    /// Whether the numbers are estimates: a [`Sampler`](whose::Sampler) left out some of the
    /// records, and the others count by their weights.
    #[serde(rename = "records_estimated", skip_serializing_if = "is_exact")]
    pub is_estimated: bool,
}

impl Counts {
    /// The sum of all types.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.spans + self.events + self.errors
    }
}

/// A user; see [`Queries::users`](super::Queries::users).
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct UserRow {
    /// The id; `None` if the user is known only by other details.
    pub id: Option<String>,
    /// The text by which queries and pages find the user: the id, or what identifies a user without
    /// one, such as `email:ann@example.com`.
    pub key: String,
    /// The email address that was recorded last.
    pub email: Option<String>,
    /// The username that was recorded last.
    pub username: Option<String>,
    /// The full name that was recorded last.
    pub full_name: Option<String>,
    /// The IP address that was recorded last.
    pub ip_address: Option<String>,
    /// The segment that was recorded last.
    pub segment: Option<String>,
    /// The attributes.
    pub attrs: serde_json::Map<String, Value>,
    /// The start of the first record.
    pub first_seen: Timestamp,
    /// The end of the last record.
    pub last_seen: Timestamp,
    /// The number of sessions.
    pub sessions: u64,
    /// The number of records of the user.
    #[serde(flatten)]
    pub counts: Counts,
    /// The number of further records that had no user, and that a link attributes to this user:
    /// records from before a login.
    pub late: u64,
    /// The model calls.
    #[serde(flatten)]
    pub usage: Usage,
}

/// A session; see [`Queries::sessions`](super::Queries::sessions).
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SessionRow {
    /// The id.
    pub id: String,
    /// The id of the session that this session continues.
    pub previous: Option<String>,
    /// The ids of its users, at most the first [`USERS`](Self::USERS).
    pub users: Vec<String>,
    /// The number of users.
    pub user_count: u64,
    /// The start of the first record.
    pub first_seen: Timestamp,
    /// The end of the last record.
    pub last_seen: Timestamp,
    /// The number of records, of all users.
    #[serde(flatten)]
    pub counts: Counts,
    /// The model calls.
    #[serde(flatten)]
    pub usage: Usage,
}

impl SessionRow {
    /// The most users of a row. Keeps the row of a widely shared session small.
    pub const USERS: usize = 100;
}

/// The records and model calls of one day; see [`Queries::user_days`](super::Queries::user_days).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DayActivity {
    /// The day on which the records started, in UTC.
    pub day: Day,
    /// The number of records.
    #[serde(flatten)]
    pub counts: Counts,
    /// The model calls.
    #[serde(flatten)]
    pub usage: Usage,
}

/// A conversation of a user; see
/// [`Queries::user_conversations`](super::Queries::user_conversations).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ConversationRow {
    /// The id.
    pub id: String,
    /// The start of the first record of the user.
    pub first_seen: Timestamp,
    /// The end of the last record of the user.
    pub last_seen: Timestamp,
    /// The number of records of the user.
    #[serde(flatten)]
    pub counts: Counts,
    /// The model calls of the user.
    #[serde(flatten)]
    pub usage: Usage,
}

/// A record; see [`Queries::audit`](super::Queries::audit).
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RecordRow {
    /// The row id in the file. Later records have greater ids.
    pub id: i64,
    /// The type: `span`, `event` or `error`.
    #[serde(rename = "type")]
    pub record_type: String,
    /// The start of a span, or the time of an event or error.
    pub time: Timestamp,
    /// The duration of a span, in nanoseconds.
    pub duration_ns: Option<u64>,
    /// The name of the span, or of the call site.
    pub name: String,
    /// The message of an event or error; the error message of a failed span.
    pub message: Option<String>,
    /// The level.
    pub level: String,
    /// The target, usually the module path.
    pub target: String,
    /// The file of the call site.
    pub file: Option<String>,
    /// The line of the call site.
    pub line: Option<u32>,
    /// The kind of a span: `agent`, `llm`, `tool`, …
    pub kind: Option<String>,
    /// Whether the record is an error or a failed span.
    pub failed: bool,
    /// The type of an error.
    pub error_type: Option<String>,
    /// The causes of an error, outermost first.
    pub causes: Vec<String>,
    /// The fingerprint of an error, in hexadecimal digits.
    pub fingerprint: Option<String>,
    /// The spans around an error, innermost first.
    pub path: Vec<String>,
    /// The backtrace of an error, if it was captured.
    pub backtrace: Option<String>,
    /// The id of the user.
    pub user: Option<String>,
    /// The source of the user.
    pub user_source: Option<String>,
    /// Why there is no user, as the name of a [reason](whose::UnattributedReason). `anonymous`
    /// means an anonymous scope.
    pub unattributed: Option<String>,
    /// The id of the session.
    pub session: Option<String>,
    /// The source of the session.
    pub session_source: Option<String>,
    /// The trace id, in hexadecimal digits.
    pub trace_id: Option<String>,
    /// The id of the span, or of the span around an event or error, in hexadecimal digits.
    pub span_id: Option<String>,
    /// The id of the parent span, in hexadecimal digits.
    pub parent_id: Option<String>,
    /// The model of a model call.
    pub model: Option<String>,
    /// The provider of the model.
    pub provider: Option<String>,
    /// Input tokens of a model call, with the cached ones.
    pub input_tokens: Option<u64>,
    /// Output tokens of a model call, with the reasoning ones.
    pub output_tokens: Option<u64>,
    /// Input tokens that were read from a cache.
    pub cache_read_tokens: Option<u64>,
    /// Input tokens that were written to a cache.
    pub cache_write_tokens: Option<u64>,
    /// The part of `cache_write_tokens` that the provider keeps for an hour.
    pub cache_write_1h_tokens: Option<u64>,
    /// Output tokens that the model used for reasoning.
    pub reasoning_tokens: Option<u64>,
    /// Input tokens of audio.
    pub audio_input_tokens: Option<u64>,
    /// Output tokens of audio.
    pub audio_output_tokens: Option<u64>,
    /// The service tier that the provider billed, as reported.
    pub service_tier: Option<String>,
    /// The agent around a model call.
    pub agent: Option<String>,
    /// The tool around a model call.
    pub tool: Option<String>,
    /// The cost of the call; `None` if the record is no call, or the model has no price.
    pub cost_usd: Option<Usd>,
    /// The tags.
    pub tags: BTreeMap<String, String>,
    /// The fields.
    pub fields: serde_json::Map<String, Value>,
    /// The extra values.
    pub extra: serde_json::Map<String, Value>,
    /// The contexts, each an object.
    pub contexts: serde_json::Map<String, Value>,
    /// The breadcrumbs of an error, oldest first: objects with `time`, `message`, `level`, and
    /// optionally `category`, `type` and `data`.
    pub breadcrumbs: Vec<Value>,
    /// The feature flags of an error, oldest first: objects with `key` and `value`.
    pub flags: Vec<Value>,
    /// The service: `name`, `version`, `environment`, `host`.
    pub service: BTreeMap<String, String>,
    /// The id of the conversation.
    pub conversation: Option<String>,
    /// The id of the actor who acted for the user; `None` if the user acted.
    pub actor: Option<String>,
    /// The source of the actor.
    pub actor_source: Option<String>,
    /// All actors, innermost first: objects with `id` and `kind`.
    pub actors: Vec<Value>,
    /// The call site, `FILE:LINE`, that set the user; `None` if the record itself set the user.
    pub user_site: Option<String>,
    /// The call site that set the session.
    pub session_site: Option<String>,
    /// How many records this one stands for: 1, unless a [`Sampler`](whose::Sampler) left out
    /// others.
    #[serde(skip_serializing_if = "is_one")]
    pub weight: f64,
}

/// For `skip_serializing_if`, which passes a reference.
#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_one(weight: &f64) -> bool {
    *weight <= 1.0
}

/// The attribution of the records of one call site; see
/// [`Queries::coverage`](super::Queries::coverage).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CoverageRow {
    /// The type: `span`, `event` or `error`.
    #[serde(rename = "type")]
    pub record_type: String,
    /// The name of the span, or of the call site.
    pub name: String,
    /// The target, usually the module path.
    pub target: String,
    /// The file of the call site.
    pub file: Option<String>,
    /// The line of the call site.
    pub line: Option<u32>,
    /// The number of records.
    pub records: u64,
    /// Records without a user, except for anonymous ones.
    pub without_user: u64,
    /// Records without a session.
    pub without_session: u64,
    /// Why records have no user: the number of records by the name of the
    /// [reason](whose::UnattributedReason). `anonymous` counts records of anonymous scopes.
    pub reasons: BTreeMap<String, u64>,
    /// Where the users come from: the number of records by the name of the [source](whose::Source).
    /// `global` counts records that only have the global user.
    pub sources: BTreeMap<String, u64>,
    /// Whether the numbers are estimates: see [`Counts::is_estimated`].
    #[serde(rename = "records_estimated", skip_serializing_if = "is_exact")]
    pub is_estimated: bool,
}

impl CoverageRow {
    /// The share of records without a user, except for anonymous ones: 0 to 1.
    #[must_use]
    pub fn share_without_user(&self) -> f64 {
        share(self.without_user, self.records)
    }

    /// The share of records without a session: 0 to 1.
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

/// The totals of a file; see [`Queries::totals`](super::Queries::totals).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Totals {
    /// Users that have records.
    pub users: u64,
    /// Sessions that have records.
    pub sessions: u64,
    /// Records without a user, except for anonymous ones.
    pub without_user: u64,
    /// Records of anonymous scopes.
    pub anonymous: u64,
    /// Records without a session.
    pub without_session: u64,
    /// The number of records.
    #[serde(flatten)]
    pub counts: Counts,
    /// The model calls.
    #[serde(flatten)]
    pub usage: Usage,
}

impl RecordRow {
    /// The token counts of a model call; zeros for other records.
    #[must_use]
    pub fn token_counts(&self) -> TokenCounts {
        let count = Option::unwrap_or_default;
        TokenCounts::new(count(self.input_tokens), count(self.output_tokens))
            .cache_read(count(self.cache_read_tokens))
            .cache_write(count(self.cache_write_tokens))
            .cache_write_1h(count(self.cache_write_1h_tokens))
            .reasoning(count(self.reasoning_tokens))
            .audio_input(count(self.audio_input_tokens))
            .audio_output(count(self.audio_output_tokens))
    }
}
