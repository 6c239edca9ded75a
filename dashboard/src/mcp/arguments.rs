//! The arguments of each tool. Each member is a parameter of the view that answers.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use whose_store::{TimeBucket, UserSort};

use super::shared_arguments::{AfterKey, AfterRecord, Group, Limit, TimeRange, Timeline, Why};
use crate::values::missing_user_reasons;

#[derive(Deserialize, Serialize, JsonSchema)]
pub(super) struct UsersArguments {
    /// Only users whose id, email address or name begins with this text.
    q: Option<String>,
    /// The order, largest or latest first. Default: seen.
    #[serde(default)]
    #[schemars(schema_with = "sorts")]
    sort: Option<String>,
    #[serde(flatten)]
    range: TimeRange,
    #[serde(flatten)]
    limit: Limit<20, 100>,
    #[serde(flatten)]
    after: AfterKey,
}

fn sorts(_: &mut SchemaGenerator) -> Schema {
    let names = UserSort::ALL.map(|sort| sort.to_string());
    json_schema!({ "type": "string", "enum": names })
}

#[derive(Deserialize, Serialize, JsonSchema)]
pub(super) struct UserArguments {
    /// The id of the user.
    id: String,
    #[serde(flatten)]
    range: TimeRange,
    /// The most of the newest records in the answer.
    #[serde(flatten)]
    limit: Limit<5, 100>,
    #[serde(flatten)]
    why: Why,
}

#[derive(Deserialize, Serialize, JsonSchema)]
pub(super) struct AuditArguments {
    /// The id of the user.
    id: String,
    /// Which records the first page has. Inside a page, the oldest record comes first.
    #[serde(default = "newest")]
    #[schemars(extend("enum" = ["newest", "oldest"]))]
    order: String,
    #[serde(flatten)]
    timeline: Timeline,
    #[serde(flatten)]
    range: TimeRange,
    #[serde(flatten)]
    limit: Limit<50, 100>,
    #[serde(flatten)]
    why: Why,
}

fn newest() -> String {
    "newest".to_owned()
}

#[derive(Deserialize, Serialize, JsonSchema)]
pub(super) struct SessionsArguments {
    /// Only sessions of the user with this id. The counts cover the whole session.
    user: Option<String>,
    #[serde(flatten)]
    range: TimeRange,
    #[serde(flatten)]
    limit: Limit<20, 100>,
    #[serde(flatten)]
    after: AfterKey,
    #[serde(flatten)]
    why: Why,
}

#[derive(Deserialize, Serialize, JsonSchema)]
pub(super) struct SessionArguments {
    /// The id of the session.
    id: String,
    #[serde(flatten)]
    timeline: Timeline,
    #[serde(flatten)]
    range: TimeRange,
    #[serde(flatten)]
    limit: Limit<100, 400>,
    #[serde(flatten)]
    why: Why,
}

#[derive(Deserialize, Serialize, JsonSchema)]
pub(super) struct ConversationArguments {
    /// The id of the conversation: `conversation` of a record, or a group of `cost` by `conversation`.
    id: String,
    #[serde(flatten)]
    timeline: Timeline,
    #[serde(flatten)]
    range: TimeRange,
    #[serde(flatten)]
    limit: Limit<20, 100>,
    #[serde(flatten)]
    why: Why,
}

#[derive(Deserialize, Serialize, JsonSchema)]
pub(super) struct TraceArguments {
    /// The id of the trace: 32 hexadecimal digits.
    id: String,
    /// The number of a record of the trace. No index finds a trace: with a record, the tool reads the time
    /// around the record, and without `near` and a time range the whole store.
    near: Option<i64>,
    #[serde(flatten)]
    timeline: Timeline,
    #[serde(flatten)]
    range: TimeRange,
    #[serde(flatten)]
    limit: Limit<100, 400>,
    #[serde(flatten)]
    why: Why,
}

#[derive(Deserialize, Serialize, JsonSchema)]
pub(super) struct RecordArguments {
    /// The number of the record.
    id: i64,
    #[serde(flatten)]
    limit: Limit<10, 200>,
    #[serde(flatten)]
    why: Why,
}

#[derive(Deserialize, Serialize, JsonSchema)]
pub(super) struct SearchArguments {
    /// Words, "phrases in quotes", prefixes (`time*`) and conditions (`field:value`), which all have to
    /// hold; `-` in front excludes. Fields: user, session, conversation, actor, type, level, kind, name,
    /// target, service, source, reason, failed, model, provider, agent, tool, trace, fingerprint,
    /// tag.KEY, field.KEY, and @KEY for an attribute of the user. `field:*` finds every record with a
    /// value. `duration:>100ms`, `cost:>=0.01` (US dollars) and `tokens:<1000` compare numbers. Examples:
    /// `refund late`, `level:error -user:*`, `user:alice kind:tool duration:>1s`.
    q: String,
    #[serde(flatten)]
    range: TimeRange,
    #[serde(flatten)]
    limit: Limit<20, 100>,
    #[serde(flatten)]
    after: AfterRecord,
    #[serde(flatten)]
    why: Why,
}

#[derive(Deserialize, Serialize, JsonSchema)]
pub(super) struct CostArguments {
    #[serde(flatten)]
    calls: Calls,
    #[serde(flatten)]
    limit: Limit<20, 1_000>,
    /// The part of the view. No argument.
    #[serde(skip_deserializing, default = "groups")]
    #[schemars(skip)]
    part: &'static str,
}

fn groups() -> &'static str {
    "groups"
}

#[derive(Deserialize, Serialize, JsonSchema)]
pub(super) struct CostOverTimeArguments {
    /// The length of the parts of time, in UTC. Parts without a call are left out.
    #[serde(default = "day")]
    #[schemars(schema_with = "buckets")]
    bucket: String,
    #[serde(flatten)]
    calls: Calls,
    #[serde(flatten)]
    limit: Limit<3, 7>,
    /// The part of the view. No argument.
    #[serde(skip_deserializing, default = "chart")]
    #[schemars(skip)]
    part: &'static str,
}

fn chart() -> &'static str {
    "chart"
}

fn day() -> String {
    TimeBucket::Day.to_string()
}

fn buckets(_: &mut SchemaGenerator) -> Schema {
    let names = TimeBucket::ALL.map(TimeBucket::as_str);
    json_schema!({ "type": "string", "enum": names })
}

/// Which model calls are counted, and in which groups.
#[derive(Deserialize, Serialize, JsonSchema)]
struct Calls {
    /// The groups: `user`, `model`, `provider`, `session`, `conversation`, `agent`, `tool`, `service`,
    /// `day`, `tag:KEY` or `attr:KEY`.
    #[serde(default = "by_user")]
    by: String,
    /// Only calls of these groups, such as `{"model": "gpt-4o", "tag:plan": "pro"}`. The keys are those of
    /// `by`.
    #[serde(default)]
    #[schemars(schema_with = "texts")]
    only: BTreeMap<Group, String>,
    /// Only calls without such a group: `user` counts the calls without a user.
    without: Option<String>,
    #[serde(flatten)]
    range: TimeRange,
    #[serde(flatten)]
    why: Why,
}

fn by_user() -> String {
    "user".to_owned()
}

fn texts(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "object", "additionalProperties": { "type": "string" } })
}

#[derive(Deserialize, Serialize, JsonSchema)]
pub(super) struct ErrorsArguments {
    /// Only errors of the user with this id. The counts cover the whole group.
    user: Option<String>,
    #[serde(flatten)]
    range: TimeRange,
    #[serde(flatten)]
    limit: Limit<20, 100>,
    #[serde(flatten)]
    why: Why,
}

#[derive(Deserialize, Serialize, JsonSchema)]
pub(super) struct ErrorArguments {
    /// The fingerprint of the group, from the tool `errors` or from a record.
    fingerprint: String,
    #[serde(flatten)]
    range: TimeRange,
    #[serde(flatten)]
    limit: Limit<3, 100>,
}

#[derive(Deserialize, Serialize, JsonSchema)]
pub(super) struct CoverageArguments {
    #[serde(flatten)]
    range: TimeRange,
    #[serde(flatten)]
    limit: Limit<30, 500>,
}

#[derive(Deserialize, Serialize, JsonSchema)]
pub(super) struct UnattributedArguments {
    /// Only records with this reason.
    #[serde(default)]
    #[schemars(schema_with = "reasons")]
    reason: Option<String>,
    #[serde(flatten)]
    range: TimeRange,
    #[serde(flatten)]
    limit: Limit<20, 100>,
    #[serde(flatten)]
    after: AfterRecord,
}

fn reasons(_: &mut SchemaGenerator) -> Schema {
    let names: Vec<_> = missing_user_reasons().collect();
    json_schema!({ "type": "string", "enum": names })
}

#[derive(Deserialize, Serialize, JsonSchema)]
pub(super) struct GraphArguments {
    /// Only calls of the user with this id.
    user: Option<String>,
    /// Only calls of the session with this id.
    session: Option<String>,
    /// The most nodes; those with the fewest calls become the node `other`.
    #[serde(default = "default_nodes")]
    #[schemars(range(min = 1, max = 200))]
    nodes: u32,
    #[serde(flatten)]
    range: TimeRange,
    #[serde(flatten)]
    why: Why,
}

fn default_nodes() -> u32 {
    40
}

#[derive(Deserialize, Serialize, JsonSchema)]
pub(super) struct ScoresArguments {
    /// The name whose means over time and worst sessions are in the answer. Default: the first with numbers.
    name: Option<String>,
    /// Only scores of the user with this id.
    user: Option<String>,
    /// Only scores of the session with this id.
    session: Option<String>,
    /// Only scores of the conversation with this id.
    conversation: Option<String>,
    #[serde(flatten)]
    range: TimeRange,
    #[serde(flatten)]
    why: Why,
}

#[derive(Deserialize, Serialize, JsonSchema)]
pub(super) struct JobsArguments {
    #[serde(flatten)]
    range: TimeRange,
    #[serde(flatten)]
    limit: Limit<50, 100>,
}

#[derive(Deserialize, Serialize, JsonSchema)]
pub(super) struct HealthArguments {
    #[serde(flatten)]
    range: TimeRange,
}
