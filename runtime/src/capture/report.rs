use std::fmt;
use std::panic::Location;

use serde::Serialize;
use tracing::{dispatcher, Dispatch, Id, Level, Span};

use crate::capture::attribute::{self, resolved};
use crate::diagnostics::truncate::truncate_bytes;
use crate::diagnostics::truncation::attribute;
use crate::diagnostics::Limits;
use crate::error::{self, fingerprint};
use crate::frame::{RecordObserver, ScopeData, Slot};
use crate::layer::{self, ErrorLocation, Failure, LayerCore};
use crate::model::{
    Actor, AsActor, AsId, AsText, AsUser, Attribution, ConversationId, SessionId, Source, Tags,
};
use crate::names::exception;
use crate::record::{ErrorDetails, Record, RecordType, Status};
use crate::stack::Stack;
use crate::user_code::print::print;
use crate::util::{clock, CallSite};
use crate::{resolve, user_code};

/// The report of an error; [`error`](crate::error()) and [`message`](crate::message) make one.
///
/// Values of the report apply to its record only, with the usual precedence: a user replaces the
/// current user, unless it has the same id or is a [supplement](crate::User::supplement). `Debug`
/// prints ids, counts and the call site, but neither the text of the error nor any value.
///
/// ```
/// use whose::User;
///
/// let rec = whose::testing::Recorder::start();
/// # let error = std::io::Error::other("refused");
/// whose::user("alice").session("s-1").in_scope(|| {
///     let email = User::new("alice").with_email("alice@example.com");
///     whose::error(&error).user(email).fingerprint("checkout").capture();
///     assert_eq!(whose::current().user().unwrap().email(), None, "the scope stays as it is");
/// });
/// let recorded = &rec.errors()[0];
/// assert_eq!(recorded.user().unwrap().email(), Some("alice@example.com"));
/// assert_eq!(recorded.session_id(), Some("s-1"));
/// ```
#[must_use = "nothing is recorded until `.capture()`"]
pub struct ErrorReport {
    message: Box<str>,
    details: ErrorDetails,
    explicit: ScopeData,
    level: Level,
    call_site: &'static Location<'static>,
}

impl ErrorReport {
    #[track_caller]
    pub(crate) fn new(message: fmt::Arguments<'_>, details: ErrorDetails) -> Self {
        Self {
            message: truncate_bytes(&print(message), Limits::FIELD_BYTES).into(),
            details,
            explicit: ScopeData::empty(Source::Explicit),
            level: Level::ERROR,
            call_site: Location::caller(),
        }
    }

    /// Sets the user of the record; `None` sets nothing.
    pub fn user(mut self, user: impl AsUser) -> Self {
        if let Some(user) = user.as_user() {
            self.explicit.user = Slot::Set(user);
        }
        self
    }

    /// Sets the session of the record; `None` sets nothing.
    #[track_caller]
    pub fn session(mut self, session: impl AsId) -> Self {
        if let Some(session) = attribute(|| SessionId::of(&session)) {
            self.explicit.session = Some(session);
        }
        self
    }

    /// Sets the conversation of the record; `None` sets nothing.
    #[track_caller]
    pub fn conversation(mut self, conversation: impl AsId) -> Self {
        if let Some(id) = attribute(|| ConversationId::of(&conversation)) {
            let data = self.explicit.data.get_or_insert_default();
            data.set_conversation(Some(id));
        }
        self
    }

    /// Adds an actor, who acts for the actors and the user of the record; `None` sets nothing.
    #[track_caller]
    pub fn actor(mut self, actor: impl AsActor) -> Self {
        if let Some(actor) = attribute(|| Actor::of(&actor)) {
            self.explicit.add_actor(actor);
        }
        self
    }

    /// Adds a tag.
    #[track_caller]
    pub fn tag(mut self, key: impl AsRef<str>, value: impl AsText) -> Self {
        let tag = attribute(|| Tags::collect([(key, value)]));
        self.explicit.tags.extend(tag);
        self
    }

    /// Adds an extra value, which is serialised now.
    #[track_caller]
    pub fn extra(mut self, key: impl AsRef<str>, value: impl Serialize) -> Self {
        if let Some(value) = attribute(|| user_code::to_bounded_json(&value)) {
            let data = self.explicit.data.get_or_insert_default();
            data.set_extra(key.as_ref(), Some(value));
        }
        self
    }

    /// Adds a context, which is serialised now.
    #[track_caller]
    pub fn context(mut self, name: impl AsRef<str>, value: impl Serialize) -> Self {
        if let Some(value) = attribute(|| user_code::to_context(&value)) {
            let data = self.explicit.data.get_or_insert_default();
            data.set_context(name.as_ref(), Some(value));
        }
        self
    }

    /// Sets the level. The default is [`Level::ERROR`].
    pub fn level(mut self, level: Level) -> Self {
        self.level = level;
        self
    }

    /// Sets the key that groups the error, instead of its type and message. `None` sets nothing.
    ///
    /// The record keeps a hash of the key only.
    pub fn fingerprint(mut self, key: impl AsText) -> Self {
        if let Some(key) = key.as_text() {
            self.details.fingerprint = Some(fingerprint::fingerprint_of_key(&key));
            self.details.is_fingerprint_given = true;
        }
        self
    }

    /// Records the error. The current scope stays unchanged.
    pub fn capture(self) {
        let is_heard = dispatcher::get_default(|dispatch| {
            let core = layer::core_of(dispatch);
            core.map(|core| self.capture_to(dispatch, &core)).is_some()
        });
        // Warn outside the call of the layer, because no event gets through inside.
        if !is_heard {
            attribute::unheard(self.call_site);
        }
    }

    fn capture_to(&self, dispatch: &Dispatch, core: &LayerCore) {
        let (attribution, observers) = resolved(&self.explicit);
        let current = dispatch.current_span();
        let failure = Failure::new(&self.message, &self.details, &attribution);
        let spans = core.spans();
        let around = layer::nearest(dispatch, core, current.id());
        spans.remember(around, failure);
        let here = || spans.error_location(around);
        self.deliver(core, here, attribution, None, &observers);
    }

    /// Marks the span as failed, and records the error unless it was already recorded inside the
    /// span.
    pub(crate) fn capture_failure_of(&self, span: &Span) {
        let enabled = span.with_subscriber(|(id, dispatch)| {
            if let Some(core) = layer::core_of(dispatch) {
                self.capture_failure_in(dispatch, &core, id);
            }
        });
        if enabled.is_none() {
            dispatcher::get_default(|dispatch| {
                if let Some(core) = layer::core_of(dispatch) {
                    self.capture_to(dispatch, &core);
                }
            });
        }
    }

    fn capture_failure_in(&self, dispatch: &Dispatch, core: &LayerCore, id: &Id) {
        let is_current = dispatch.current_span().id() == Some(id);
        let ((attribution, observers), stack) = match is_current {
            true => (resolved(&self.explicit), None),
            // A report about a span that was already exited still belongs to the span.
            false => (
                layer::resolved_in(core, id, &self.explicit),
                core.stack_of(Some(id)),
            ),
        };
        let failure = Failure::new(&self.message, &self.details, &attribution);
        if !layer::fail(dispatch, core, id, &self.message, failure) {
            let around = layer::nearest(dispatch, core, Some(id));
            let here = || core.spans().error_location(around);
            self.deliver(core, here, attribution, stack, &observers);
        }
    }

    fn deliver(
        &self,
        core: &LayerCore,
        here: impl FnOnce() -> ErrorLocation,
        attribution: Attribution,
        stack: Option<Stack>,
        observers: &[RecordObserver],
    ) {
        if core.pipeline().is_idle() && observers.is_empty() {
            return;
        }
        let ErrorLocation { place, path } = here();
        let backtrace = core.pipeline().backtraces().take();
        let mut details = ErrorDetails {
            path,
            backtrace: backtrace.as_ref().map(error::backtrace_text),
            flags: resolve::flags_at(stack.as_ref()),
            ..self.details.clone()
        };
        let fingerprint = |details| error::fingerprint_of(&self.message, details);
        details.fingerprint = Some(details.fingerprint.unwrap_or_else(|| fingerprint(&details)));
        let record = Record {
            name: exception::CAPTURED,
            target: self.call_site.file(),
            level: self.level,
            call_site: Some(self.call_site.into()),
            message: self.message.clone().into(),
            error: Some(Box::new(details)),
            status: Status::Error,
            attribution,
            breadcrumbs: resolve::breadcrumbs_at(stack.as_ref()),
            ..Record::empty(RecordType::Error, clock::now(), place)
        };
        core.pipeline().deliver(&mut record.into(), observers);
    }
}

impl fmt::Debug for ErrorReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErrorReport")
            .field("level", &self.level)
            .field("call_site", &CallSite::from(self.call_site))
            .field("explicit", &self.explicit)
            .field("causes", &self.details.causes.len())
            .finish_non_exhaustive()
    }
}
