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
/// The older names of the file and the line.
#[cfg(feature = "decode")]
pub(crate) const OLDER_FILE: &str = "code.filepath";
#[cfg(feature = "decode")]
pub(crate) const OLDER_LINE: &str = "code.lineno";

/// The kind of a record: `agent`, `llm`, `tool`, ..
pub(crate) const KIND: &str = "whose.kind";
pub(crate) const CAUSES: &str = "whose.error.causes";
pub(crate) const FINGERPRINT: &str = "whose.error.fingerprint";
pub(crate) const SPAN_PATH: &str = "whose.error.span_path";
pub(crate) const BREADCRUMBS: &str = "whose.breadcrumbs";
pub(crate) const FLAGS: &str = "whose.flags";

/// The name of an error, unless it is that of an error that a call captured.
pub(crate) const NAME: &str = "whose.name";
/// The level of a span. A span without it has the level `INFO`.
pub(crate) const LEVEL: &str = "whose.level";
/// The names of the attributes of a span that repeat the model calls inside the span.
pub(crate) const USAGE_INSIDE: &str = "whose.usage_inside";

/// The attributes that describe one record, and not who it belongs to.
#[cfg(feature = "decode")]
pub(crate) const OF_ONE_RECORD: [&str; 9] = [
    KIND,
    NAME,
    LEVEL,
    USAGE_INSIDE,
    CAUSES,
    FINGERPRINT,
    SPAN_PATH,
    BREADCRUMBS,
    FLAGS,
];

/// How many records a sampled record stands for.
pub(crate) const WEIGHT: &str = "whose.weight";

/// The names of events.
pub(crate) const EXCEPTION_EVENT: &str = "exception";
pub(crate) const LINK_EVENT: &str = "whose.link";

/// Fields of spans that `tracing-opentelemetry` reads, and that this crate reads too.
#[cfg(feature = "sink")]
pub(crate) const OTEL_NAME: &str = "otel.name";
pub(crate) const OTEL_KIND: &str = "otel.kind";
pub(crate) const OTEL_STATUS_CODE: &str = "otel.status_code";
#[cfg(feature = "sink")]
pub(crate) const OTEL_STATUS_MESSAGE: [&str; 2] =
    ["otel.status_description", "otel.status_message"];
#[cfg(feature = "sink")]
const OTEL_PREFIX: &str = "otel.";

/// The name of the instrumentation scope of every record. The target of a record is an attribute.
pub(crate) const SCOPE: &str = "whose";

/// The attributes of the resource.
pub(crate) const SERVICE_NAME: &str = "service.name";
pub(crate) const SERVICE_VERSION: &str = "service.version";
pub(crate) const ENVIRONMENT: &str = "deployment.environment.name";
#[cfg(feature = "decode")]
pub(crate) const OLDER_ENVIRONMENT: &str = "deployment.environment";
pub(crate) const HOST: &str = "host.name";
/// The beginning of the name of a service that nobody has named.
pub(crate) const UNKNOWN_SERVICE: &str = "unknown_service";

/// The codes of the status of a span.
pub(crate) const STATUS_OK: u64 = 1;
pub(crate) const STATUS_ERROR: u64 = 2;

/// Whether a field of that name directs the export, and is no attribute.
#[cfg(feature = "sink")]
pub(crate) fn is_directive(name: &str) -> bool {
    name.starts_with(OTEL_PREFIX)
        && ([OTEL_NAME, OTEL_KIND, OTEL_STATUS_CODE].contains(&name)
            || OTEL_STATUS_MESSAGE.contains(&name))
}
