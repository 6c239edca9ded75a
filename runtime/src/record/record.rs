//! Records: spans, events, errors and links, with their attribution.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::diagnostics::Origin;
use crate::model::{Attribution, Breadcrumb, ScopeId, Service, SpanId, TraceId, Value};
use crate::names::{gen_ai, mcp};
use crate::record::duration::DurationCell;
use crate::record::error_details::ErrorDetails;
use crate::record::kind::Kind;
use crate::record::message::Message;
use crate::record::received_names::ReceivedNames;
use crate::record::span_context::SpanContext;
use crate::record::types::{RecordType, Status};
use crate::util::CallSite;

/// One span, event, error or link, with the user and the session that it belongs to.
///
/// Every [`RecordSink`](crate::RecordSink) receives records. `Debug` prints ids, counts and the
/// call site, but no message, no value, and nothing else that a [`Policy`](crate::Policy) can
/// withhold.
///
/// ```
/// let rec = whose::testing::Recorder::start();
/// whose::user("alice").in_scope(|| tracing::info!(step = 2, "hello"));
///
/// let event = &rec.events()[0];
/// assert_eq!(event.message(), Some("hello"));
/// assert_eq!(event.user_id(), Some("alice"));
/// assert_eq!(event.field("step").and_then(|v| v.as_u64()), Some(2));
/// ```
///
/// # As JSON
/// `Record` implements [`serde::Serialize`], for sinks that write lines of JSON. The form is one
/// flat object with the keys below, in this order. Absent values are left out. A sink receives an
/// `&Arc<Record>`: serialise `&**record`.
///
/// ```
/// let rec = whose::testing::Recorder::start();
/// whose::user("alice").tag("plan", "pro").in_scope(|| tracing::info!(step = 2, "hello"));
///
/// let line = serde_json::to_string(&rec.events()[0])?;
/// assert!(line.starts_with(r#"{"type":"event","time":"2"#));
/// assert!(line.contains(r#""message":"hello","user.id":"alice","whose.source":"scope""#));
/// assert!(line.ends_with(r#""tag.plan":"pro","fields":{"step":2}}"#));
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// | key | meaning | type |
/// |---|---|---|
/// | `type` | `span`, `event`, `error` or `link` | string |
/// | `time` | the start of a span, or the time of an event or error | string: RFC 3339 in UTC, to the nanosecond |
/// | `duration_ns` | how long a span was open | number of nanoseconds |
/// | `name` | the name of the span or the call site | string |
/// | `target` | the target, usually the path of the module | string |
/// | `level` | `ERROR`, `WARN`, `INFO`, `DEBUG` or `TRACE` | string |
/// | `file`, `line` | the call site | string, number |
/// | `kind` | the operation of a span: see [`Kind`] | string |
/// | `weight` | how many records the record stands for, where a [`Sampler`](crate::Sampler) left out others | number |
/// | `status` | `error` for an error and a failed span | string |
/// | `message` | the message; of a failed span, the error | string |
/// | `trace_id`, `span_id`, `parent_id` | the position in the trace | string of hexadecimal digits |
/// | `user.id` | the id of the user | string |
/// | `user.hash` | the pseudonym that a policy wrote in place of the id | string |
/// | `user.email`, `user.name`, `user.full_name`, `user.ip_address`, `user.segment` | the other parts of the user; `user.name` is [`User::username`](crate::User::username) | string |
/// | `user.attrs.<key>` | an attribute of the user | string, number or boolean |
/// | `session.id` | the id of the session | string |
/// | `session.previous_id` | the id of the session that the session continues | string |
/// | `gen_ai.conversation.id` | the id of the conversation | string |
/// | `whose.actor.id`, `whose.actor.kind`, `whose.actor.source` | who acted for the user: see [`Actor`](crate::Actor) | string |
/// | `whose.source` | the source of the user: see [`Source::as_str`](crate::Source::as_str) | string |
/// | `whose.session_source` | the source of the session | string |
/// | `whose.unattributed` | why there is no user: see [`UnattributedReason::as_str`](crate::UnattributedReason::as_str) | string |
/// | `whose.actor.chain` | all actors, innermost first | array of objects: `id`, `kind`, `source` |
/// | `whose.scope_id` | the isolated scope of a record without a user, and of a link: see [`scope_id`](Record::scope_id) | string of 16 hexadecimal digits |
/// | `tag.<key>` | a tag | string |
/// | `error.type` | the type of the error | string |
/// | `error.causes` | the causes of the error, outermost first | array of strings |
/// | `error.fingerprint` | the key that groups errors of the same kind | string of hexadecimal digits |
/// | `error.span_path` | the spans that the error happened in, innermost first | array of strings |
/// | `error.backtrace` | the backtrace of the error | string |
/// | `fields` | the fields, each with the value that was recorded last | object of strings, numbers and booleans |
/// | `extra` | the extra values | object |
/// | `contexts` | the contexts | object of objects |
/// | `breadcrumbs` | the breadcrumbs of an error, oldest first | array of objects: `time`, `message`, `category`, `type`, `level`, `data` |
/// | `flags` | the feature flags of an error, oldest first | array of objects: `key`, `value` |
/// | `service` | the service: `name`, `version`, `environment`, `host` | object of strings |
///
/// JSON has no number for NaN and the infinities. They become the strings `NaN`, `inf` and `-inf`.
#[derive(Clone)]
pub struct Record {
    pub(crate) record_type: RecordType,
    pub(crate) name: &'static str,
    pub(crate) target: &'static str,
    pub(crate) level: tracing::Level,
    pub(crate) call_site: Option<CallSite>,
    pub(crate) kind: Option<Kind>,
    pub(crate) message: Message,
    pub(crate) error: Option<Box<ErrorDetails>>,
    pub(crate) status: Status,
    pub(crate) start: SystemTime,
    pub(crate) duration: DurationCell,
    pub(crate) trace_id: Option<TraceId>,
    pub(crate) span_id: Option<SpanId>,
    pub(crate) parent_id: Option<SpanId>,
    pub(crate) attribution: Attribution,
    pub(crate) fields: Vec<(&'static str, Value)>,
    pub(crate) breadcrumbs: Vec<Arc<Breadcrumb>>,
    /// For a link, the isolated scope that the link is about.
    pub(crate) linked: Option<ScopeId>,
    pub(crate) service: Option<Arc<Service>>,
    /// For a span, the usage of the model calls that were reported inside the span.
    pub(crate) usage_inside: Vec<(&'static str, Value)>,
    /// How many records the record stands for.
    pub(crate) weight: f64,
    /// The names and the fields, if another process made the record.
    pub(crate) received: Option<Box<ReceivedNames>>,
}

impl Record {
    /// The call site that a warning about this record names.
    pub(crate) fn origin(&self) -> Origin {
        Origin::new(self.call_site, self.target)
    }

    /// A record with a type, a start and a position in a trace, and no other part.
    pub(crate) fn empty(record_type: RecordType, start: SystemTime, place: SpanContext) -> Self {
        Self {
            record_type,
            name: "",
            target: "",
            level: tracing::Level::INFO,
            call_site: None,
            kind: None,
            message: Message::default(),
            error: None,
            status: Status::Unset,
            start,
            duration: DurationCell::not_yet(),
            trace_id: place.trace_id,
            span_id: place.span_id,
            parent_id: place.span_id,
            attribution: Attribution::default(),
            fields: Vec::new(),
            breadcrumbs: Vec::new(),
            linked: None,
            service: None,
            usage_inside: Vec::new(),
            weight: 1.0,
            received: None,
        }
    }

    /// Whether the record is a span, an event, an error or a link.
    #[must_use]
    pub fn record_type(&self) -> RecordType {
        self.record_type
    }

    /// The name of the span, or the name of the call site of an event or error.
    #[must_use]
    pub fn name(&self) -> &str {
        match &self.received {
            None => self.name,
            Some(received) => &received.name,
        }
    }

    /// The target, usually the path of the module.
    ///
    /// An error or a usage that was reported by a call has the file of the call as its target.
    ///
    /// A record of the `log` crate that passes through `tracing_log::LogTracer` has the target that
    /// it was logged with, and [`call_site`](Self::call_site) is the place of the log call. A
    /// process keeps at most 4,096 such targets and files, of at most 1,024 bytes each. Past either
    /// limit the target is `log`, and the fields `log.target`, `log.file` and `log.line` keep the
    /// values.
    #[must_use]
    pub fn target(&self) -> &str {
        match &self.received {
            None => self.target,
            Some(received) => &received.target,
        }
    }

    /// The level.
    #[must_use]
    pub fn level(&self) -> tracing::Level {
        self.level
    }

    /// The file and line that made the record.
    #[must_use]
    pub fn call_site(&self) -> Option<CallSite> {
        self.call_site
    }

    /// The operation of a span (agent, llm, tool, …), set by the macro, by `gen_ai.operation.name`, or
    /// by `mcp.method.name` for a call of a tool.
    #[must_use]
    pub fn kind(&self) -> Option<Kind> {
        let of_operation = || Kind::of_operation(self.field(gen_ai::OPERATION.name)?.as_str()?);
        let of_mcp = || Kind::of_mcp_method(self.field(mcp::METHOD.name)?.as_str()?);
        let of_alias = |alias: &str| Kind::of_alias(self.field(alias)?.as_str()?);
        self.kind
            .or_else(of_operation)
            .or_else(|| gen_ai::KIND_ALIASES.into_iter().find_map(of_alias))
            .or_else(of_mcp)
    }

    /// The message of an event or error, or the error of a failed span.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.message.get()
    }

    /// The outcome of a span. The status of an error is always [`Status::Error`].
    #[must_use]
    pub fn status(&self) -> Status {
        self.status
    }

    /// The start of a span, or the time of an event or error.
    #[must_use]
    pub fn start(&self) -> SystemTime {
        self.start
    }

    /// How long a span was open; `None` for other records.
    #[must_use]
    pub fn duration(&self) -> Option<Duration> {
        self.duration.get()
    }

    /// The trace that the record is part of; `None` for an event outside every span.
    #[must_use]
    pub fn trace_id(&self) -> Option<TraceId> {
        self.trace_id
    }

    /// The id of a span; of an event or error, the id of the span around it.
    #[must_use]
    pub fn span_id(&self) -> Option<SpanId> {
        self.span_id
    }

    /// The id of the span around this record.
    #[must_use]
    pub fn parent_id(&self) -> Option<SpanId> {
        self.parent_id
    }

    /// The breadcrumbs of an error, oldest first. Other records have none.
    pub fn breadcrumbs(&self) -> impl Iterator<Item = &Breadcrumb> {
        self.breadcrumbs.iter().map(|crumb| &**crumb)
    }

    /// The last recorded value of a field.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Value> {
        let mut fields = self.fields.iter().rev();
        match fields.find(|(key, _)| *key == name) {
            Some((_, value)) => Some(value),
            None => self.received.as_ref()?.field(name),
        }
    }

    /// The fields, in the order in which they were recorded.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &Value)> {
        let received = self.received.as_deref();
        let received = received.map_or(&[][..], |received| &received.fields);
        let received = received.iter().map(|(key, value)| (&**key, value));
        received.chain(self.fields.iter().map(|(key, value)| (*key, value)))
    }

    /// The fields, each name once, with the value that was recorded last.
    ///
    /// Use `last_fields` in a sink that writes the fields as an object or as columns.
    ///
    /// ```
    /// let rec = whose::testing::Recorder::start();
    /// tracing::info!(step = 1, step = 2, "hello");
    ///
    /// let event = &rec.events()[0];
    /// let last: Vec<_> = event.last_fields().map(|(name, value)| (name, value.as_u64())).collect();
    /// assert_eq!(last, [("step", Some(2))]);
    /// assert_eq!(event.fields().count(), 2);
    /// ```
    pub fn last_fields(&self) -> impl Iterator<Item = (&str, &Value)> {
        let is_last = |name: &str, value| {
            self.field(name)
                .is_some_and(|last| std::ptr::eq(last, value))
        };
        self.fields()
            .filter(move |(name, value)| is_last(name, *value))
    }

    /// The service that the record comes from: see
    /// [`Layer::with_service`](crate::Layer::with_service).
    #[must_use]
    pub fn service(&self) -> Option<&Service> {
        self.service.as_deref()
    }
}
