//! What is emitted: spans, events and errors, with whose they are.

mod duration;
mod edit;
mod error;
mod id;
mod kind;
mod model;
mod sink;
mod spare;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde_json::Value as Json;

use duration::Lasted;

pub(crate) use error::ErrorDetails;
pub use id::{Fingerprint, ScopeId, SpanId, TraceId};
pub use kind::Kind;
pub use model::ModelUsage;
pub use sink::RecordSink;
pub(crate) use sink::{deliver, flush};
pub(crate) use spare::{give_back, is_kept, put_aside, renew, spare, Circumstances};

use crate::attribution::Attribution;
use crate::breadcrumb::Breadcrumb;
use crate::identity::User;
use crate::layer::Place;
use crate::service::Service;
use crate::source::Source;
use crate::unattributed::Unattributed;
use crate::value::Value;

/// What sort of thing a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RecordType {
    /// A span: work with a beginning and an end.
    Span,
    /// An event: a log line, or the usage of a model.
    Event,
    /// A captured error.
    Error,
    /// The link between the records of an isolated scope that had no user and the user that the scope
    /// was given afterwards: see [`Record::scope_id`].
    Link,
}

impl RecordType {
    /// The name of the type: `span`, `event`, `error`, `link`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Span => "span",
            Self::Event => "event",
            Self::Error => "error",
            Self::Link => "link",
        }
    }
}

/// How the work of a span ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Status {
    /// Nothing was said of it.
    #[default]
    Unset,
    /// It failed.
    Error,
}

/// A place in the source code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CallSite {
    /// The file, as the compiler names it.
    pub file: &'static str,
    /// The line, from 1.
    pub line: u32,
}

impl From<&'static std::panic::Location<'static>> for CallSite {
    fn from(location: &'static std::panic::Location<'static>) -> Self {
        Self {
            file: location.file(),
            line: location.line(),
        }
    }
}

impl std::fmt::Display for CallSite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// A span, an event or an error, with the user and the session that it belongs to.
///
/// The one type that every sink takes.
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
#[derive(Clone, Debug)]
pub struct Record {
    pub(crate) record_type: RecordType,
    pub(crate) name: &'static str,
    pub(crate) target: &'static str,
    pub(crate) level: tracing::Level,
    pub(crate) call_site: Option<CallSite>,
    pub(crate) kind: Option<Kind>,
    pub(crate) message: Option<Box<str>>,
    pub(crate) error: Option<Box<ErrorDetails>>,
    pub(crate) status: Status,
    pub(crate) start: SystemTime,
    pub(crate) duration: Lasted,
    pub(crate) trace_id: Option<TraceId>,
    pub(crate) span_id: Option<SpanId>,
    pub(crate) parent_id: Option<SpanId>,
    pub(crate) attribution: Attribution,
    pub(crate) fields: Vec<(&'static str, Value)>,
    pub(crate) breadcrumbs: Vec<Arc<Breadcrumb>>,
    /// Of a link, the scope that it tells of.
    pub(crate) linked: Option<ScopeId>,
    pub(crate) service: Option<Arc<Service>>,
}

impl Record {
    /// A record of which only the circumstances are known.
    pub(crate) fn empty(record_type: RecordType, start: SystemTime, place: Place) -> Self {
        Self {
            record_type,
            name: "",
            target: "",
            level: tracing::Level::INFO,
            call_site: None,
            kind: None,
            message: None,
            error: None,
            status: Status::Unset,
            start,
            duration: Lasted::not_yet(),
            trace_id: place.trace_id,
            span_id: place.span_id,
            parent_id: place.span_id,
            attribution: Attribution::default(),
            fields: Vec::new(),
            breadcrumbs: Vec::new(),
            linked: None,
            service: None,
        }
    }

    /// Whether this is a span, an event or an error.
    #[must_use]
    pub fn record_type(&self) -> RecordType {
        self.record_type
    }

    /// The name of the span; of an event or error, the name of its call site.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name
    }

    /// The target, usually the path of the module; of an error or a usage that was reported by a
    /// call, the file of that call.
    #[must_use]
    pub fn target(&self) -> &str {
        self.target
    }

    /// The level.
    #[must_use]
    pub fn level(&self) -> tracing::Level {
        self.level
    }

    /// Where in the source code the record was made.
    #[must_use]
    pub fn call_site(&self) -> Option<CallSite> {
        self.call_site
    }

    /// What a span does (agent, llm, tool, …), said by the macro or by `gen_ai.operation.name`.
    #[must_use]
    pub fn kind(&self) -> Option<Kind> {
        self.kind.or_else(|| {
            self.field("gen_ai.operation.name")?
                .as_str()
                .and_then(Kind::of_operation)
        })
    }

    /// The message of an event or error; of a failed span, what it failed with.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    /// How the work of a span ended; an error's is always [`Status::Error`].
    #[must_use]
    pub fn status(&self) -> Status {
        self.status
    }

    /// When a span began, or when an event or error happened.
    #[must_use]
    pub fn start(&self) -> SystemTime {
        self.start
    }

    /// How long a span was open.
    #[must_use]
    pub fn duration(&self) -> Option<Duration> {
        self.duration.get()
    }

    /// The trace that the record is part of; an event outside every span has none.
    #[must_use]
    pub fn trace_id(&self) -> Option<TraceId> {
        self.trace_id
    }

    /// The id of a span; of an event or error, the id of the span that it happened in.
    #[must_use]
    pub fn span_id(&self) -> Option<SpanId> {
        self.span_id
    }

    /// The id of the span around this record.
    #[must_use]
    pub fn parent_id(&self) -> Option<SpanId> {
        self.parent_id
    }

    /// Whose the record is, and where each part of the answer came from.
    #[must_use]
    pub fn attribution(&self) -> &Attribution {
        &self.attribution
    }

    /// The user.
    #[must_use]
    pub fn user(&self) -> Option<&User> {
        self.attribution.user()
    }

    /// The id of the user.
    #[must_use]
    pub fn user_id(&self) -> Option<&str> {
        self.attribution.user_id()
    }

    /// The pseudonym of the user, where a [`Policy`](crate::Policy) has put one in the place of
    /// the id.
    #[must_use]
    pub fn user_hash(&self) -> Option<&str> {
        self.user()?.hash()
    }

    /// The id of the session.
    #[must_use]
    pub fn session_id(&self) -> Option<&str> {
        self.attribution.session_id()
    }

    /// The id of the session that the session goes on from: see
    /// [`Session::with_previous_id`](crate::Session::with_previous_id).
    #[must_use]
    pub fn previous_session_id(&self) -> Option<&str> {
        self.attribution.previous_session_id()
    }

    /// Where the user came from.
    #[must_use]
    pub fn source(&self) -> Option<Source> {
        self.attribution.source()
    }

    /// Why the record has no user; `None` where it has one.
    #[must_use]
    pub fn unattributed(&self) -> Option<Unattributed> {
        self.attribution.unattributed()
    }

    /// The isolated scope of a record that has no user, or that a [link](RecordType::Link) tells of.
    ///
    /// A request makes records before it knows its user. They stay as they are. When their scope is
    /// first given a user, one record of type [`RecordType::Link`] carries that user, the session,
    /// the time and the same scope id: a query joins both, and takes the records that started before
    /// the link. The id is random, and no other scope of any process has it.
    ///
    /// ```
    /// use whose::{RecordType, Scope};
    ///
    /// let rec = whose::testing::Recorder::start();
    /// Scope::isolated().in_scope(|| {
    ///     tracing::info!("started processing request");
    ///     whose::set_user("alice");
    /// });
    /// let records = rec.records();
    /// let (event, link) = (&records[0], &records[1]);
    /// assert_eq!(event.user_id(), None);
    /// assert_eq!((link.record_type(), link.user_id()), (RecordType::Link, Some("alice")));
    /// assert!(event.scope_id().is_some() && event.scope_id() == link.scope_id());
    /// ```
    #[must_use]
    pub fn scope_id(&self) -> Option<ScopeId> {
        self.linked.or_else(|| self.attribution.scope_id())
    }

    /// Where the session came from.
    #[must_use]
    pub fn session_source(&self) -> Option<Source> {
        self.attribution.session_source()
    }

    /// A tag.
    #[must_use]
    pub fn tag(&self, key: &str) -> Option<&str> {
        self.attribution.tag(key)
    }

    /// The tags, in the order of their keys.
    pub fn tags(&self) -> impl Iterator<Item = (&str, &str)> {
        self.attribution.tags()
    }

    /// An extra value: see [`set_extra`](crate::set_extra).
    #[must_use]
    pub fn extra(&self, key: &str) -> Option<&Json> {
        self.attribution.extra(key)
    }

    /// The extra values, in the order of their keys.
    pub fn extras(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.attribution.extras()
    }

    /// A context, which is an object: see [`set_context`](crate::set_context).
    #[must_use]
    pub fn context(&self, name: &str) -> Option<&Json> {
        self.attribution.context(name)
    }

    /// The contexts, in the order of their names.
    pub fn contexts(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.attribution.contexts()
    }

    /// What happened before an error, oldest first; other records have none.
    pub fn breadcrumbs(&self) -> impl Iterator<Item = &Breadcrumb> {
        self.breadcrumbs.iter().map(|crumb| &**crumb)
    }

    /// A field, as it was last recorded.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Value> {
        self.fields
            .iter()
            .rev()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value)
    }

    /// The fields, in the order in which they were recorded.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.fields.iter().map(|(key, value)| (*key, value))
    }

    /// The service that the record comes from, as told to
    /// [`Layer::with_service`](crate::Layer::with_service).
    #[must_use]
    pub fn service(&self) -> Option<&Service> {
        self.service.as_deref()
    }

    /// What a model was used for here, by the `gen_ai.*` fields.
    #[must_use]
    pub fn model_usage(&self) -> Option<ModelUsage<'_>> {
        ModelUsage::of(self)
    }
}
