//! A run of a monitored job, from its start to its end.

use std::fmt;
use std::panic::Location;
use std::thread;
use std::time::Duration;

use crate::capture::event::BuiltEvent;
use crate::context;
use crate::diagnostics::truncate::truncate_bytes;
use crate::diagnostics::Limits;
use crate::frame::ScopeData;
use crate::model::{Attribution, Source, TraceId, Value};
use crate::names::monitor;
use crate::record::{CheckInStatus, SpanContext};
use crate::scope::Scope;
use crate::user_code::print::print;
use crate::util::clock::Moment;
use crate::util::CallSite;

/// The error of a run that ended neither by `ok` nor by `failed`.
const DROPPED: &str = "dropped before it ended";
/// The error of a run that ended in a panic. The panic hook records the message.
const PANICKED: &str = "panicked";

/// The settings of a monitored job, and its call site.
#[derive(Clone, Debug)]
pub(super) struct Job {
    pub(super) name: Option<String>,
    pub(super) every: Option<Duration>,
    pub(super) max: Option<Duration>,
    pub(super) call_site: &'static Location<'static>,
}

/// A run of a monitored job; [`Monitor::start`](crate::Monitor::start) makes one.
///
/// End the run with [`ok`](Self::ok) or [`failed`](Self::failed), on any thread. A run that is dropped
/// without either is recorded as failed: with the error `panicked` while the thread panics, and with
/// `dropped before it ended` otherwise, as for a future that a timeout drops.
///
/// The end is recorded with the user, the session and the span of the start, so that the check-ins of
/// one run belong together.
#[must_use = "a run that is dropped is recorded as failed: call `.ok()` or `.failed(error)` at its end"]
pub struct MonitorRun {
    job: Job,
    id: String,
    started: Moment,
    /// Whether the thread was panicking when the run started, as in a destructor.
    started_in_panic: bool,
    place: Option<SpanContext>,
    /// The user and the session of the start. The scope of the start may be given another user.
    owner: Option<Box<Attribution>>,
    /// The scope of the start; `None` once the run has ended.
    scope: Option<Scope>,
}

impl MonitorRun {
    pub(super) fn start(job: Job) -> Self {
        let started = Moment::now();
        let mut run = Self {
            job,
            id: TraceId::new(started.unix_nanos()).to_string(),
            started,
            started_in_panic: thread::panicking(),
            place: None,
            owner: None,
            scope: Some(Scope::current()),
        };
        run.place = run.check_in(CheckInStatus::Started, None, None, None);
        // A run that starts before the user is known belongs to the user that its scope is given.
        let owner = context::current();
        run.owner = owner.has_decided_user().then(|| Box::new(owner));
        run
    }

    /// Records that the run has ended: as `ok`, or as `overran` if the run took longer than
    /// [`Monitor::max`](crate::Monitor::max).
    pub fn ok(self) {
        self.end_with(None);
    }

    /// Records that the run has failed, with the text of the error.
    ///
    /// The status is `failed` also where the run took longer than [`Monitor::max`](crate::Monitor::max):
    /// [`CheckIn::has_overrun`](crate::CheckIn::has_overrun) returns whether it did. The error itself is not
    /// captured: use [`capture_error`](crate::capture_error) too, to find it among the errors.
    pub fn failed(self, error: impl fmt::Display) {
        self.end_with(Some(print(format_args!("{error}"))));
    }

    pub(super) fn end_with(mut self, failure: Option<String>) {
        self.end(failure.as_deref());
    }

    /// Records the end, unless the run has ended.
    fn end(&mut self, failure: Option<&str>) {
        let Some(scope) = self.scope.take() else {
            return;
        };
        let duration = Duration::from_nanos(Moment::now().since(self.started));
        let status = match failure {
            Some(_) => CheckInStatus::Failed,
            None if self.job.max.is_some_and(|max| duration > max) => CheckInStatus::Overran,
            None => CheckInStatus::Ok,
        };
        let owner = self.owner.take();
        scope.in_scope(|| self.check_in(status, Some(duration), failure, owner));
    }

    /// Records the end of a run that was not ended by its owner.
    pub(super) fn abandon(&mut self) {
        let error = match thread::panicking() && !self.started_in_panic {
            true => PANICKED,
            false => DROPPED,
        };
        self.end(Some(error));
    }

    fn check_in(
        &self,
        status: CheckInStatus,
        duration: Option<Duration>,
        error: Option<&str>,
        owner: Option<Box<Attribution>>,
    ) -> Option<SpanContext> {
        let text = |text: &str| Value::from(truncate_bytes(text, Limits::FIELD_BYTES));
        let nanos = |duration: Duration| {
            Value::from(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX))
        };
        let fields = [
            (monitor::NAME, self.job.name.as_deref().map(text)),
            (monitor::RUN, Some(text(&self.id))),
            (monitor::STATUS, Some(text(status.as_str()))),
            (monitor::EVERY, self.job.every.map(nanos)),
            (monitor::MAX, self.job.max.map(nanos)),
            (monitor::DURATION, duration.map(nanos)),
            (monitor::ERROR, error.map(text)),
        ];
        let fields = fields.into_iter();
        let event = BuiltEvent {
            name: monitor::CHECK_IN_EVENT,
            call_site: self.job.call_site,
            explicit: ScopeData::empty(Source::Explicit),
            fields: fields
                .filter_map(|(name, value)| Some((name.name, value?)))
                .collect(),
            about: self.place,
            owner,
        };
        event.record()
    }
}

impl Drop for MonitorRun {
    fn drop(&mut self) {
        self.abandon();
    }
}

impl fmt::Debug for MonitorRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MonitorRun")
            .field("id", &self.id)
            .field("call_site", &CallSite::from(self.job.call_site))
            .field("has_ended", &self.scope.is_none())
            .finish_non_exhaustive()
    }
}
