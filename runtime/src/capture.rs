//! Errors and model calls, reported at the place where they happen.

use std::any::type_name;
use std::error::Error;
use std::panic::Location;
use std::time::SystemTime;

use serde::Serialize;
use tracing::{dispatcher, Dispatch};

use crate::breadcrumb;
use crate::data;
use crate::frame::{Says, Slot};
use crate::identity::{AsId, AsText, AsUser, SessionId};
use crate::layer::{self, causes, printed};
use crate::limits::{cut_bytes, Limits};
use crate::record::{CallSite, ErrorDetails, Record, RecordType, Status};
use crate::resolve;
use crate::source::Source;
use crate::stack;
use crate::tags::Tags;
use crate::testing::Tap;
use crate::value::Value;

/// Records an error, with its chain of causes, for whoever is current.
///
/// ```
/// let rec = whose::testing::Recorder::start();
/// whose::user("alice").in_scope(|| {
///     if let Err(error) = "x".parse::<u32>() {
///         whose::capture_error(&error);
///     }
/// });
/// assert_eq!(rec.errors()[0].user_id(), Some("alice"));
/// assert_eq!(rec.errors()[0].error_type(), Some("core::num::error::ParseIntError"));
/// ```
#[track_caller]
pub fn capture_error<E: Error + ?Sized>(error: &E) {
    self::error(error).capture();
}

/// Begins the report of an error, to say more of it than is current.
///
/// ```
/// # let rec = whose::testing::Recorder::start();
/// # let error = std::io::Error::other("refused");
/// whose::error(&error).user("usr_5678").tag("gateway", "b").capture();
/// # assert_eq!(rec.errors()[0].user_id(), Some("usr_5678"));
/// ```
#[track_caller]
pub fn error<E: Error + ?Sized>(error: &E) -> ErrorReport {
    // A `dyn Error` names no type that anybody would look for.
    let name = type_name::<E>();
    let error_type = (!name.starts_with("dyn ")).then(|| name.into());
    ErrorReport::new(
        format_args!("{error}"),
        ErrorDetails {
            error_type,
            causes: causes(|| error.source()),
        },
    )
}

/// An error that is about to be recorded; made by [`error`].
#[derive(Debug)]
#[must_use = "nothing is recorded until `.capture()`"]
pub struct ErrorReport {
    message: Box<str>,
    details: ErrorDetails,
    explicit: Says,
    call_site: &'static Location<'static>,
}

impl ErrorReport {
    #[track_caller]
    pub(crate) fn new(message: std::fmt::Arguments<'_>, details: ErrorDetails) -> Self {
        Self {
            message: cut_bytes(&printed(message), Limits::FIELD_BYTES).into(),
            details,
            explicit: Says::nothing(Source::Explicit),
            call_site: Location::caller(),
        }
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// Says whose error it is; `None` says nothing.
    pub fn user(mut self, user: impl AsUser) -> Self {
        if let Some(user) = user.as_user() {
            self.explicit.user = Slot::Set(user);
        }
        self
    }

    /// Says which session it happened in; `None` says nothing.
    pub fn session(mut self, session: impl AsId) -> Self {
        if let Some(session) = SessionId::of(&session) {
            self.explicit.session = Some(session);
        }
        self
    }

    /// Adds a tag.
    pub fn tag(mut self, key: impl AsRef<str>, value: impl AsText) -> Self {
        let mut tag = Tags::collect([(key, value)]);
        tag.fill_from(&self.explicit.tags);
        self.explicit.tags = tag;
        self
    }

    /// Adds an extra value, as it is now.
    pub fn extra(mut self, key: impl AsRef<str>, value: impl Serialize) -> Self {
        if let Some(value) = data::taken(&value) {
            let data = self.explicit.data.get_or_insert_default();
            data.set_extra(key.as_ref(), Some(value));
        }
        self
    }

    /// Adds a context, as it is now.
    pub fn context(mut self, name: impl AsRef<str>, value: impl Serialize) -> Self {
        if let Some(value) = data::context(&value) {
            let data = self.explicit.data.get_or_insert_default();
            data.set_context(name.as_ref(), Some(value));
        }
        self
    }

    /// Records the error; the scope around it stays as it is.
    pub fn capture(self) {
        dispatcher::get_default(|dispatch| self.capture_to(dispatch));
    }

    pub(crate) fn capture_to(&self, dispatch: &Dispatch) {
        emit(dispatch, &self.explicit, |place| Record {
            name: "error",
            level: tracing::Level::ERROR,
            call_site: Some(site(self.call_site)),
            message: Some(self.message.clone()),
            error: Some(Box::new(self.details.clone())),
            status: Status::Error,
            ..Record::empty(RecordType::Error, SystemTime::now(), place)
        });
    }
}

/// Begins the report of one call of a language model.
///
/// ```
/// # let rec = whose::testing::Recorder::start();
/// whose::usage("gpt-4o-mini").input_tokens(1000).output_tokens(200).record();
/// # assert_eq!(rec.events()[0].model_usage().unwrap().input_tokens, 1000);
/// ```
#[track_caller]
pub fn usage(model: impl AsText) -> UsageReport {
    let mut report = UsageReport {
        fields: Vec::new(),
        call_site: Location::caller(),
    };
    report.text("gen_ai.request.model", &model);
    report
}

/// One call of a model that is about to be recorded; made by [`usage`].
#[derive(Debug)]
#[must_use = "nothing is recorded until `.record()`"]
pub struct UsageReport {
    fields: Vec<(&'static str, Value)>,
    call_site: &'static Location<'static>,
}

impl UsageReport {
    /// The tokens that went in.
    pub fn input_tokens(mut self, tokens: u64) -> Self {
        self.fields
            .push(("gen_ai.usage.input_tokens", tokens.into()));
        self
    }

    /// The tokens that came out.
    pub fn output_tokens(mut self, tokens: u64) -> Self {
        self.fields
            .push(("gen_ai.usage.output_tokens", tokens.into()));
        self
    }

    /// Who serves the model, such as `openai`.
    pub fn provider(mut self, provider: impl AsText) -> Self {
        self.text("gen_ai.provider.name", &provider);
        self
    }

    /// The exact model that answered, where it is told.
    pub fn response_model(mut self, model: impl AsText) -> Self {
        self.text("gen_ai.response.model", &model);
        self
    }

    /// Records the call for whoever is current.
    pub fn record(self) {
        let nothing = Says::nothing(Source::Explicit);
        dispatcher::get_default(|dispatch| {
            emit(dispatch, &nothing, |place| Record {
                name: "gen_ai.usage",
                call_site: Some(site(self.call_site)),
                fields: self.fields.clone(),
                ..Record::empty(RecordType::Event, SystemTime::now(), place)
            });
        });
    }

    fn text(&mut self, name: &'static str, text: &impl AsText) {
        if let Some(text) = text.as_text() {
            self.fields
                .push((name, Value::from(cut_bytes(&text, Limits::FIELD_BYTES))));
        }
    }
}

fn site(location: &'static Location<'static>) -> CallSite {
    CallSite {
        file: location.file(),
        line: location.line(),
    }
}

/// Hands a record that passes by `tracing` to the layer of the dispatcher, where it has one.
fn emit(dispatch: &Dispatch, explicit: &Says, record: impl FnOnce(layer::Place) -> Record) {
    layer::of(dispatch, |layer| {
        let (attribution, taps) = stack::with_frames(|frames| {
            (
                resolve::resolve(Some(explicit), frames.clone()),
                Tap::all_on(frames),
            )
        });
        let mut record = Record {
            attribution,
            ..record(layer::current_place(dispatch))
        };
        if record.record_type() == RecordType::Error {
            record.breadcrumbs = breadcrumb::at_this_place();
        }
        layer.core().deliver(record, &taps);
    });
}
