//! Arguments that several tools have.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use whose_store::{GroupBy, RecordClass};

/// A time range.
#[derive(Deserialize, Serialize, JsonSchema)]
pub(super) struct TimeRange {
    /// Only records since this time: RFC 3339 (`2026-11-28T22:30:00Z`), a date in UTC (`2026-11-28`), or a
    /// duration back from now (`90s`, `15m`, `2h`, `30d`, `4w`).
    since: Option<String>,
    /// Only records before this time, in one of the forms of `since`.
    until: Option<String>,
}

/// The number of rows.
#[derive(Deserialize, Serialize, JsonSchema)]
pub(super) struct Limit<const DEFAULT: u32, const MOST: u32> {
    /// The most rows of the answer.
    #[serde(default = "default_limit::<DEFAULT>")]
    #[schemars(range(min = 1), extend("maximum" = MOST))]
    limit: u32,
}

fn default_limit<const DEFAULT: u32>() -> u32 {
    DEFAULT
}

/// The place in a list whose keys are ids of users or sessions.
#[derive(Deserialize, Serialize, JsonSchema)]
pub(super) struct AfterKey {
    /// The value of `next` of the page before. Pass the other arguments unchanged.
    after: Option<String>,
}

/// The place in a list whose keys are numbers of records.
#[derive(Deserialize, Serialize, JsonSchema)]
pub(super) struct AfterRecord {
    /// The value of `next` of the page before. Pass the other arguments unchanged.
    after: Option<i64>,
}

/// The place in a timeline.
#[derive(Deserialize, Serialize, JsonSchema)]
pub(super) struct Timeline {
    /// Only these classes of records. Default: all.
    #[serde(default)]
    #[schemars(schema_with = "classes")]
    show: Vec<String>,
    /// The key in the last line of the page before. Pass the other arguments unchanged.
    after: Option<String>,
}

fn classes(_: &mut SchemaGenerator) -> Schema {
    let names = RecordClass::ALL.map(RecordClass::as_str);
    json_schema!({ "type": "array", "items": { "type": "string", "enum": names } })
}

/// Why the viewer looks.
#[derive(Deserialize, Serialize, JsonSchema)]
pub(super) struct Why {
    /// Why the person you work for looks at this user, such as a ticket: the access log keeps the text (at
    /// most 500 characters). Default: the reason that the server was started with.
    reason: Option<String>,
}

/// A key of the argument `only`: `user`, `tag:plan`.
#[derive(Deserialize, Serialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(try_from = "String")]
pub(super) struct Group(String);

impl TryFrom<String> for Group {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.parse::<GroupBy>() {
            Ok(_) => Ok(Self(text)),
            Err(error) => Err(format!("`only`: {error}")),
        }
    }
}
