//! A record that another process made.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tracing::Level;

use crate::diagnostics::truncate::{truncate, truncate_bytes};
use crate::diagnostics::truncation::note;
use crate::diagnostics::{Limits, Truncated};
use crate::error::fingerprint_of;
use crate::model::flag::Flag;
use crate::model::{Breadcrumb, Fingerprint, Service, SpanId, TraceId, Value};
use crate::received::received_identity::{Finished, ReceivedIdentity};
use crate::record::{ErrorDetails, Kind, ReceivedNames, Record, RecordType, SpanContext, Status};
use crate::util::intern::interned;
use crate::util::CallSite;

/// Makes a [`Record`] of what another process sent, for a receiver of telemetry.
///
/// Pass the record to a [`RecordSink`](crate::RecordSink), such as a store. No layer, hook or
/// [`Policy`](crate::Policy) sees the record: those of the sender have.
///
/// The attributes decide who the record belongs to, by the names of
/// [`Attribution::visit_attributes`](crate::Attribution::visit_attributes). Nothing is taken from this
/// process or from an earlier record. A user or a session whose source the sender does not state has the
/// source [`Remote`](crate::Source::Remote). A record without a user has the reason that the sender
/// states, or [`NotSent`](crate::UnattributedReason::NotSent).
///
/// Values past the [limits](Limits) are truncated and counted.
///
/// ```
/// use std::time::SystemTime;
/// use whose::{ReceivedRecord, RecordType, Source};
///
/// let mut received = ReceivedRecord::new(RecordType::Span, SystemTime::now());
/// received.set_name("checkout");
/// received.add_attribute("user.id", "alice".into());
/// received.add_attribute("cart.items", 3.into());
///
/// let record = received.finish();
/// assert_eq!((record.name(), record.user_id()), ("checkout", Some("alice")));
/// assert_eq!(record.user_source(), Some(Source::Remote));
/// assert_eq!(record.field("cart.items").and_then(|items| items.as_u64()), Some(3));
/// ```
pub struct ReceivedRecord {
    record: Record,
    names: ReceivedNames,
    identity: ReceivedIdentity,
    error: ErrorDetails,
}

impl ReceivedRecord {
    /// A record of that type, with the start of a span or the time of another record.
    #[must_use]
    pub fn new(record_type: RecordType, start: SystemTime) -> Self {
        let mut record = Record::empty(record_type, start, SpanContext::default());
        if record_type == RecordType::Error {
            record.status = Status::Error;
            record.level = Level::ERROR;
        }
        Self {
            record,
            names: ReceivedNames::default(),
            identity: ReceivedIdentity::default(),
            error: ErrorDetails::default(),
        }
    }

    /// Sets the name. Records can share a name.
    pub fn set_name(&mut self, name: impl Into<Arc<str>>) {
        self.names.name = shortened(name.into());
    }

    /// Sets the target. Records can share a target.
    pub fn set_target(&mut self, target: impl Into<Arc<str>>) {
        self.names.target = shortened(target.into());
    }

    /// Sets the level.
    pub fn set_level(&mut self, level: Level) {
        self.record.level = level;
    }

    /// Sets the file and the line. A process keeps at most 4,096 different files: returns `false` for a
    /// new file past the limit, and for a path of more than 1,024 bytes.
    pub fn set_call_site(&mut self, file: &str, line: u32) -> bool {
        let file = interned(file);
        self.record.call_site = file.map(|file| CallSite { file, line });
        file.is_some()
    }

    /// Sets the kind of a span.
    pub fn set_kind(&mut self, kind: Kind) {
        self.record.kind = Some(kind);
    }

    /// Sets how many records the record stands for. A number that is not finite, or below 1, sets nothing.
    pub fn set_weight(&mut self, weight: f64) {
        if weight.is_finite() && weight >= 1.0 {
            self.record.weight = weight;
        }
    }

    /// Sets the message of an event or error, or the error of a failed span.
    pub fn set_message(&mut self, message: &str) {
        let message = truncate_bytes(message, Limits::FIELD_BYTES);
        self.record.message.set(&message);
    }

    /// Marks a span as failed.
    pub fn set_failed(&mut self) {
        self.record.status = Status::Error;
    }

    /// Sets how long a span was open.
    pub fn set_duration(&mut self, duration: Duration) {
        let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        self.record.duration.set(nanos);
    }

    /// Sets the trace, the id of the span, and of a span the id of the span around it. Of another record,
    /// the span is the one around it.
    pub fn set_ids(&mut self, trace: TraceId, span: Option<SpanId>, parent: Option<SpanId>) {
        self.record.trace_id = Some(trace);
        self.record.span_id = span;
        self.record.parent_id = match self.record.record_type {
            RecordType::Span => parent,
            _ => span,
        };
    }

    /// Sets the service. Records can share a service.
    pub fn set_service(&mut self, service: Arc<Service>) {
        self.record.service = Some(service);
    }

    /// Adds an attribute: a part of the attribution, or a field.
    pub fn add_attribute(&mut self, name: &str, value: Value) {
        let value = match self.identity.take(name, value) {
            Some(Value::Str(text)) => Value::from(truncate_bytes(&text, Limits::FIELD_BYTES)),
            Some(other) => other,
            None => return,
        };
        if self.names.fields.len() >= Limits::RECEIVED_FIELDS {
            note(Truncated::Field);
            return;
        }
        let name = truncate(Truncated::Field, name, Limits::ID_BYTES);
        self.names.fields.push((Arc::from(&*name), value));
    }

    /// Adds a field of the calls of models that were reported inside a span; see
    /// [`Record::usage_inside`]. A name that a process cannot keep is left out.
    pub fn add_usage_inside(&mut self, name: &str, value: Value) {
        if let Some(name) = interned(name) {
            self.record.usage_inside.push((name, value));
        }
    }

    /// Sets the type of an error.
    pub fn set_error_type(&mut self, error_type: &str) {
        let error_type = truncate_bytes(error_type, Limits::FIELD_BYTES);
        self.error.error_type = Some(error_type.into());
    }

    /// Adds a cause of an error, outermost first.
    pub fn add_cause(&mut self, cause: &str) {
        let cause = truncate_bytes(cause, Limits::FIELD_BYTES);
        self.error.causes.push(cause.into());
    }

    /// Adds the name of a span that an error happened in, innermost first. Errors can share names.
    pub fn add_span_path(&mut self, span: impl Into<Arc<str>>) {
        self.names.span_path.push(shortened(span.into()));
    }

    /// Sets the backtrace of an error.
    pub fn set_backtrace(&mut self, backtrace: &str) {
        let backtrace = truncate_bytes(backtrace, Limits::BACKTRACE_BYTES);
        self.error.backtrace = Some(backtrace.into());
    }

    /// Sets the fingerprint of an error. An error without one gets that of its type and message.
    pub fn set_fingerprint(&mut self, fingerprint: Fingerprint) {
        self.error.fingerprint = Some(fingerprint);
    }

    /// Adds a breadcrumb of an error, oldest first.
    pub fn add_breadcrumb(&mut self, breadcrumb: Breadcrumb) {
        if self.record.breadcrumbs.len() < Limits::BREADCRUMBS {
            self.record.breadcrumbs.push(Arc::new(breadcrumb));
        }
    }

    /// Adds a feature flag of an error, oldest first.
    pub fn add_flag(&mut self, key: &str, value: &Value) {
        if self.error.flags.len() < Limits::FLAGS {
            self.error.flags.extend(Flag::of(key, value));
        }
    }

    /// The record.
    #[must_use]
    pub fn finish(mut self) -> Record {
        let Finished {
            attribution,
            scope_id,
            user_fields,
        } = self.identity.finish();
        let mut record = self.record;
        record.attribution = attribution;
        if record.record_type == RecordType::Link {
            record.linked = scope_id;
        }
        let fields = user_fields.into_iter();
        let room = Limits::RECEIVED_FIELDS - self.names.fields.len();
        let fields = fields.map(|(name, value)| (name.into(), value));
        self.names.fields.extend(fields.take(room));
        if record.record_type == RecordType::Error {
            if self.error.fingerprint.is_none() {
                let message = record.message.get().unwrap_or_default();
                self.error.fingerprint = Some(fingerprint_of(message, &self.error));
            }
            record.error = Some(self.error.into());
        }
        record.received = Some(Box::new(self.names));
        record
    }
}

/// A name that fits its limit.
fn shortened(name: Arc<str>) -> Arc<str> {
    match name.len() {
        0..=Limits::ID_BYTES => name,
        _ => Arc::from(&*truncate(Truncated::Field, &name, Limits::ID_BYTES)),
    }
}

impl fmt::Debug for ReceivedRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceivedRecord")
            .field("record_type", &self.record.record_type)
            .field("name", &self.names.name)
            .field("fields", &self.names.fields.len())
            .finish_non_exhaustive()
    }
}
