use std::cell::Cell;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use tracing::span::Attributes;
use tracing::Metadata;

use super::{blank, Failures, Fields, Place};
use crate::attribution::Attribution;
use crate::frame::{Frame, Recorded, Says};
use crate::record::{Kind, Record, RecordType, SpanId, Status, TraceId};
use crate::resolve;
use crate::source::Source;
use crate::stack::{frames, Node, Stack};
use crate::testing::Tap;

thread_local! {
    static MARK: Cell<Option<Mark>> = const { Cell::new(None) };
}

/// What the macros have to tell the layer of the span that they are about to create, beside its
/// fields, which every other layer sees.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    pub(crate) kind: Option<Kind>,
    /// Whether the innermost frame is what the macro says of the span itself.
    pub(crate) is_explicit: bool,
}

impl Mark {
    /// Marks the next span that `create` creates on this thread.
    pub(crate) fn around<R>(self, create: impl FnOnce() -> R) -> R {
        /// Nobody takes the mark where the span is disabled, or is never created.
        struct Unmark;
        impl Drop for Unmark {
            fn drop(&mut self) {
                Mark::take();
            }
        }
        let _ = MARK.try_with(|mark| mark.set(Some(self)));
        let _unmark = Unmark;
        create()
    }

    pub(super) fn take() -> Option<Self> {
        MARK.try_with(Cell::take).ok().flatten()
    }
}

/// A span between its creation and its close.
#[derive(Debug)]
pub(crate) struct OpenSpan {
    /// The stack that was current when the span was created, with what is explicit on the span.
    stack: Stack,
    is_frame: bool,
    /// Whether the stack names somebody; where that can change, it is asked at every entry.
    carries: Option<bool>,
    recorded: Option<Arc<Recorded>>,
    explicit: Option<Says>,
    created: Attribution,
    taps: Vec<Arc<Tap>>,
    kind: Option<Kind>,
    fields: Fields,
    /// What failed inside the span.
    pub(super) failures: Failures,
    failure: Option<Box<str>>,
    status: Status,
    trace_id: TraceId,
    span_id: SpanId,
    parent_id: Option<SpanId>,
    start: SystemTime,
    begun: Instant,
}

impl OpenSpan {
    pub(super) fn new(
        attrs: &Attributes<'_>,
        (explicit, fields): (Option<Says>, Fields),
        mark: Option<Mark>,
        around: Place,
        outside: Stack,
    ) -> Self {
        let marked = mark
            .filter(|mark| mark.is_explicit)
            .and_then(|_| top_frame(&outside));
        let created = resolve::resolve(explicit.as_ref().or(marked.as_ref()), frames(&outside));
        let outside = resolve::bounded(outside);
        let recorded = names_somebody(attrs.metadata())
            .then(|| Arc::new(Recorded::new(frame_of(explicit.as_ref()))));
        let stack = match &recorded {
            Some(recorded) => Some(Node::new(Frame::Recorded(recorded.clone()), outside)),
            None => outside,
        };
        let start = SystemTime::now();
        Self {
            // A connection pool makes such spans inside whichever request came first.
            is_frame: !attrs.is_root(),
            carries: (!has_recorded(&stack)).then(|| resolve::carries(frames(&stack))),
            recorded,
            explicit,
            created,
            taps: Tap::all_on(frames(&stack)),
            stack,
            kind: mark.and_then(|mark| mark.kind),
            fields,
            failures: Failures::default(),
            failure: None,
            status: Status::Unset,
            trace_id: around.trace_id.unwrap_or_else(|| TraceId::new(start)),
            span_id: SpanId::new(),
            parent_id: around.span_id,
            start,
            begun: Instant::now(),
        }
    }

    pub(super) fn place(&self) -> Place {
        Place {
            trace_id: Some(self.trace_id),
            span_id: Some(self.span_id),
        }
    }

    /// The stack for what is created with this span as its parent.
    pub(super) fn frame(&self) -> Option<Stack> {
        self.is_frame.then(|| self.stack.clone())
    }

    /// What entering the span makes current.
    pub(super) fn entry(&self) -> Option<(&Stack, bool)> {
        self.is_frame.then(|| {
            (
                &self.stack,
                self.carries
                    .unwrap_or_else(|| resolve::carries(frames(&self.stack))),
            )
        })
    }

    pub(super) fn taps(&self) -> Vec<Arc<Tap>> {
        self.taps.clone()
    }

    /// Takes fields that are recorded after the span was created.
    pub(super) fn record(&mut self, (late, fields): (Option<Says>, Fields)) {
        // One value for each field, however often a long span records its progress.
        for (name, value) in fields.values {
            match self.fields.values.iter_mut().find(|(key, _)| *key == name) {
                Some(recorded) => recorded.1 = value,
                None => self.fields.values.push((name, value)),
            }
        }
        self.fields.message = fields.message.or(self.fields.message.take());
        self.fields.error = fields.error.or(self.fields.error.take());
        let Some(late) = late else { return };
        let (is_user, is_session) = (!late.user.is_unset(), late.session.is_some());
        let explicit = late.over(self.explicit.take());
        if let Some(recorded) = &self.recorded {
            recorded.set(frame_of(Some(&explicit)));
        }
        // Only what was recorded changes: the rest stays as it was when the span was created.
        let now = resolve::resolve(Some(&explicit), frames(&self.stack));
        if is_user {
            self.created.user = now.user;
        }
        if is_session {
            self.created.session = now.session;
        }
        let mut tags = explicit.tags.clone();
        tags.fill_from(&self.created.tags);
        self.created.tags = tags;
        self.explicit = Some(explicit);
    }

    pub(super) fn fail(&mut self, message: &str) {
        self.status = Status::Error;
        self.failure = Some(message.into());
    }

    pub(super) fn has_failed(&self) -> bool {
        self.status == Status::Error
    }

    /// The finished record.
    pub(super) fn close(mut self, metadata: &'static Metadata<'static>, now: Instant) -> Record {
        if self.is_frame {
            resolve::settle(&mut self.created, &self.stack);
        }
        let place = Place {
            trace_id: Some(self.trace_id),
            span_id: Some(self.span_id),
        };
        Record {
            kind: self.kind,
            message: self.failure.or(self.fields.message),
            error: self.fields.error,
            status: self.status,
            start: self.start,
            duration: Some(now.saturating_duration_since(self.begun)),
            parent_id: self.parent_id,
            attribution: self.created,
            fields: self.fields.values,
            ..blank(RecordType::Span, metadata, place)
        }
    }
}

/// Whether a span of that call site has fields that name somebody, now or later.
fn names_somebody(metadata: &Metadata<'_>) -> bool {
    metadata.fields().iter().any(|field| {
        let name = field.name();
        name == "user.id" || name == "session.id" || name.starts_with("tag.")
    })
}

fn has_recorded(stack: &Stack) -> bool {
    frames(stack).any(|frame| frame.as_recorded().is_some())
}

/// What is explicit on a span, as the frame of what is inside it.
fn frame_of(explicit: Option<&Says>) -> Says {
    explicit.map_or_else(
        || Says::nothing(Source::Scope),
        |says| says.clone().with_source(Source::Scope),
    )
}

/// What the innermost frame says, as said on the record itself.
fn top_frame(stack: &Stack) -> Option<Says> {
    let says = match frames(stack).next()? {
        Frame::User(user) => Says::from(user.clone()),
        Frame::Fixed(says) if !says.user.is_unset() || says.session.is_some() => (**says).clone(),
        _ => return None,
    };
    Some(says.with_source(Source::Explicit))
}
