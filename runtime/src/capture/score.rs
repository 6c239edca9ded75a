//! Scores: how good an answer, a call or a session was.

use std::fmt;
use std::panic::Location;

use crate::capture::event::BuiltEvent;
use crate::diagnostics::truncate::truncate_bytes;
use crate::diagnostics::truncation::attribute;
use crate::diagnostics::Limits;
use crate::frame::{ScopeData, Slot};
use crate::model::{
    Actor, AsActor, AsId, AsText, AsUser, ConversationId, SessionId, Source, SpanId, TraceId, Value,
};
use crate::names::{evaluation, WireName};
use crate::record::SpanContext;
use crate::util::CallSite;

/// The value of a score: a number, a yes or no, or a category.
///
/// ```
/// use whose::ScoreValue;
///
/// assert_eq!(ScoreValue::from(0.8), ScoreValue::Number(0.8));
/// assert_eq!(ScoreValue::from(true), ScoreValue::Boolean(true));
/// assert_eq!(ScoreValue::from("polite"), ScoreValue::Category("polite".into()));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ScoreValue {
    /// A number. The scale is up to the application.
    Number(f64),
    /// Yes or no.
    Boolean(bool),
    /// A category.
    Category(Box<str>),
}

macro_rules! numbers {
    ($($number:ty),*) => {$(
        impl From<$number> for ScoreValue {
            fn from(number: $number) -> Self {
                Self::Number(number.into())
            }
        }
    )*};
}

numbers!(f64, f32, u8, u16, u32, i8, i16, i32);

impl From<bool> for ScoreValue {
    fn from(value: bool) -> Self {
        Self::Boolean(value)
    }
}

impl From<&str> for ScoreValue {
    fn from(category: &str) -> Self {
        Self::Category(category.into())
    }
}

impl From<String> for ScoreValue {
    fn from(category: String) -> Self {
        Self::Category(category.into())
    }
}

/// Starts a score of the current span.
///
/// Use a score for the thumbs of a user, the verdict of an evaluator, or a measured quality. Call
/// [`record`](ScoreReport::record) at the end: without it, nothing is recorded. The record is an event
/// with the name `gen_ai.evaluation.result`; [`Record::score`](crate::Record::score) reads it back.
///
/// ```
/// # let rec = whose::testing::Recorder::start();
/// whose::user("alice").in_scope(|| {
///     whose::score("helpful", 0.8).comment("named the order").record();
/// });
/// # let events = rec.events();
/// # let score = events[0].score().unwrap();
/// # assert_eq!((score.name, score.value, score.comment), ("helpful", Some(0.8), Some("named the order")));
/// ```
#[track_caller]
pub fn score(name: impl AsText, value: impl Into<ScoreValue>) -> ScoreReport {
    let mut report = ScoreReport {
        fields: Vec::new(),
        explicit: ScopeData::empty(Source::Explicit),
        about: None,
        call_site: Location::caller(),
    };
    report.text(evaluation::NAME, &name);
    match value.into() {
        ScoreValue::Number(number) => report.number(number),
        ScoreValue::Boolean(value) => {
            report.number(f64::from(u8::from(value)));
            report.text(evaluation::LABEL, &value);
        }
        ScoreValue::Category(category) => report.text(evaluation::LABEL, &&*category),
    }
    report
}

/// A score that is not recorded yet; [`score`] makes one.
///
/// `Debug` prints the call site and the number of fields, but none of their values.
#[must_use = "nothing is recorded until `.record()`"]
pub struct ScoreReport {
    fields: Vec<(&'static str, Value)>,
    explicit: ScopeData,
    about: Option<SpanContext>,
    call_site: &'static Location<'static>,
}

impl ScoreReport {
    /// Sets why the score was given. `None` sets nothing.
    pub fn comment(mut self, comment: impl AsText) -> Self {
        self.text(evaluation::EXPLANATION, &comment);
        self
    }

    /// Gives the score to an earlier span, such as the span of the answer that a user rates later.
    ///
    /// Keep both ids where the span runs: [`Record::trace_id`](crate::Record::trace_id) and
    /// [`Record::span_id`](crate::Record::span_id) have them.
    ///
    /// ```
    /// # let rec = whose::testing::Recorder::start();
    /// tracing::info_span!("answer").in_scope(|| ());
    /// let (trace, span) = (rec.span("answer").trace_id().unwrap(), rec.span("answer").span_id().unwrap());
    ///
    /// whose::score("helpful", true).span(trace, span).record(); // in a later request
    /// # assert_eq!(rec.events()[0].span_id(), Some(span));
    /// ```
    pub fn span(mut self, trace_id: TraceId, span_id: SpanId) -> Self {
        self.about = Some(SpanContext {
            trace_id: Some(trace_id),
            span_id: Some(span_id),
        });
        self
    }

    /// Gives the score to a session; `None` sets nothing.
    #[track_caller]
    pub fn session(mut self, session: impl AsId) -> Self {
        if let Some(session) = attribute(|| SessionId::of(&session)) {
            self.explicit.session = Some(session);
        }
        self
    }

    /// Gives the score to a conversation; `None` sets nothing.
    #[track_caller]
    pub fn conversation(mut self, conversation: impl AsId) -> Self {
        if let Some(id) = attribute(|| ConversationId::of(&conversation)) {
            let data = self.explicit.data.get_or_insert_default();
            data.set_conversation(Some(id));
        }
        self
    }

    /// Sets the user of the record; `None` sets nothing.
    pub fn user(mut self, user: impl AsUser) -> Self {
        if let Some(user) = user.as_user() {
            self.explicit.user = Slot::Set(user);
        }
        self
    }

    /// Adds an actor, who gave the score for the user; `None` sets nothing.
    #[track_caller]
    pub fn actor(mut self, actor: impl AsActor) -> Self {
        if let Some(actor) = attribute(|| Actor::of(&actor)) {
            self.explicit.add_actor(actor);
        }
        self
    }

    /// Records the score, as an event with the current user.
    pub fn record(self) {
        let event = BuiltEvent {
            name: evaluation::RESULT_EVENT,
            call_site: self.call_site,
            explicit: self.explicit,
            fields: self.fields,
            about: self.about,
            owner: None,
        };
        event.record();
    }

    fn text(&mut self, name: WireName, text: &impl AsText) {
        if let Some(text) = text.as_text().filter(|text| !text.is_empty()) {
            let text = truncate_bytes(&text, Limits::FIELD_BYTES);
            self.fields.push((name.name, Value::from(text)));
        }
    }

    /// A number that is not finite has no order, so it is kept as a word.
    fn number(&mut self, number: f64) {
        match number.is_finite() {
            true => self.fields.push((evaluation::VALUE.name, number.into())),
            false => self.text(evaluation::LABEL, &number.to_string()),
        }
    }
}

impl fmt::Debug for ScoreReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScoreReport")
            .field("call_site", &CallSite::from(self.call_site))
            .field("fields", &self.fields.len())
            .finish_non_exhaustive()
    }
}
