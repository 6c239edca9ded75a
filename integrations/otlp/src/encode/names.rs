//! The names of attributes that only OTLP has, and the names of this crate's own attributes.
//!
//! The names of users, sessions, models, exceptions and HTTP are those of [`whose::names`].

/// The target of a record, under the name that `tracing-opentelemetry` uses.
pub(crate) const TARGET: &str = "target";
pub(crate) const FILE: &str = "code.file.path";
/// The id of a log record, in the semantic conventions: of two log records with the same id, one is a
/// repetition.
pub(crate) const RECORD_UID: &str = "log.record.uid";
pub(crate) const LINE: &str = "code.line.number";

/// The kind of a record: `agent`, `llm`, `tool`, ..
pub(crate) const KIND: &str = "whose.kind";
pub(crate) const CAUSES: &str = "whose.error.causes";
pub(crate) const FINGERPRINT: &str = "whose.error.fingerprint";
pub(crate) const SPAN_PATH: &str = "whose.error.span_path";
pub(crate) const BREADCRUMBS: &str = "whose.breadcrumbs";
pub(crate) const FLAGS: &str = "whose.flags";

/// How many records a sampled record stands for.
pub(crate) const WEIGHT: &str = "whose.weight";

/// The isolated scope that a link is about. The name is that of the JSON form of a record.
pub(crate) const SCOPE_ID: &str = "whose.scope_id";

/// The names of events.
pub(crate) const EXCEPTION_EVENT: &str = "exception";
pub(crate) const LINK_EVENT: &str = "whose.link";

/// Fields of spans that `tracing-opentelemetry` reads, and that this crate reads too.
pub(crate) const OTEL_NAME: &str = "otel.name";
pub(crate) const OTEL_KIND: &str = "otel.kind";
pub(crate) const OTEL_STATUS_CODE: &str = "otel.status_code";
pub(crate) const OTEL_STATUS_MESSAGE: [&str; 2] =
    ["otel.status_description", "otel.status_message"];
const OTEL_PREFIX: &str = "otel.";

/// Whether a field of that name directs the export, and is no attribute.
pub(crate) fn is_directive(name: &str) -> bool {
    name.starts_with(OTEL_PREFIX)
        && ([OTEL_NAME, OTEL_KIND, OTEL_STATUS_CODE].contains(&name)
            || OTEL_STATUS_MESSAGE.contains(&name))
}
