//! The names of the fields.

use whose_store::SearchField;

use super::quote::quote_key;

/// A field with a name of its own.
pub(crate) struct NamedField {
    pub(crate) name: &'static str,
    pub(crate) field: FieldName,
    /// What the field is, for the suggestions and the help.
    pub(crate) help: &'static str,
}

/// What a name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FieldName {
    /// A value of the records.
    Value(SearchField),
    /// The start of the time range.
    Since,
    /// The end of the time range.
    Until,
}

const fn named(name: &'static str, field: SearchField, help: &'static str) -> NamedField {
    NamedField {
        name,
        field: FieldName::Value(field),
        help,
    }
}

/// The fields, in the order in which they are suggested.
pub(crate) const FIELDS: &[NamedField] = &[
    named("user", SearchField::User, "the id of the user"),
    named("session", SearchField::Session, "the id of the session"),
    named(
        "conversation",
        SearchField::Conversation,
        "the id of the conversation",
    ),
    named("actor", SearchField::Actor, "who acted for the user"),
    named("type", SearchField::Type, "span, event or error"),
    named(
        "level",
        SearchField::Level,
        "error, warn, info, debug or trace",
    ),
    named(
        "kind",
        SearchField::Kind,
        "the kind of a span: agent, llm, tool, …",
    ),
    named(
        "name",
        SearchField::Name,
        "the name of the span or of the call site",
    ),
    named(
        "target",
        SearchField::Target,
        "the target, usually the module",
    ),
    named("service", SearchField::Service, "the name of the service"),
    named("source", SearchField::Source, "where the user came from"),
    named("reason", SearchField::Reason, "why there is no user"),
    named(
        "failed",
        SearchField::Failed,
        "true for errors and failed spans",
    ),
    named(
        "duration",
        SearchField::Duration,
        "the duration of a span: `>100ms`",
    ),
    named(
        "cost",
        SearchField::Cost,
        "the cost of a model call in dollars: `>0.01`",
    ),
    named(
        "tokens",
        SearchField::Tokens,
        "the tokens of a model call: `>1000`",
    ),
    named("model", SearchField::Model, "the model of a model call"),
    named(
        "provider",
        SearchField::Provider,
        "the provider of the model",
    ),
    named("agent", SearchField::Agent, "the agent around a model call"),
    named("tool", SearchField::Tool, "the tool around a model call"),
    NamedField {
        name: "since",
        field: FieldName::Since,
        help: "only later records: `1h`, `2026-11-28`",
    },
    NamedField {
        name: "until",
        field: FieldName::Until,
        help: "only earlier records: `1h`, `2026-11-28`",
    },
    named("trace", SearchField::Trace, "the trace id"),
    named(
        "fingerprint",
        SearchField::Fingerprint,
        "the fingerprint of an error",
    ),
];

/// The beginnings of names with a key, and what they are.
pub(crate) const KEYED: &[(&str, &str)] = &[
    ("tag.", "a tag: `tag.plan:pro`"),
    ("field.", "a field of the record: `field.amount:>10`"),
    ("@", "an attribute of the user: `@plan:pro`"),
];

/// The field that a name without a key stands for, in any case.
pub(super) fn plain_field(name: &str) -> Option<FieldName> {
    let mut fields = FIELDS.iter();
    let found = fields.find(|field| field.name.eq_ignore_ascii_case(name))?;
    Some(found.field.clone())
}

/// The field that a beginning and a key stand for.
pub(super) fn keyed_field(start: &str, key: &str) -> Option<SearchField> {
    let key = key.to_owned();
    match start {
        "tag." => Some(SearchField::Tag(key)),
        "field." => Some(SearchField::Field(key)),
        "@" => Some(SearchField::UserAttribute(key)),
        _ => None,
    }
}

/// The beginning and the key of a name; `None` if the name has none.
pub(super) fn split_key(name: &str) -> Option<(&'static str, &str)> {
    let mut starts = KEYED.iter();
    starts.find_map(|(start, _)| Some((*start, name.strip_prefix(start)?)))
}

/// A name with a key, as a search text contains it.
pub(crate) fn keyed_text(start: &str, key: &str) -> String {
    format!("{start}{}", quote_key(key))
}
