use std::cell::Cell;
use std::sync::Arc;

use tracing::span::Attributes;
use tracing::Metadata;

use super::{Failures, Fields, Place};
use crate::attribution::Attribution;
use crate::clock::Moment;
use crate::frame::{epoch, Frame, Recorded, Says};
use crate::record::{filled, Kind, Record, RecordType, SpanId, Status, TraceId};
use crate::resolve;
use crate::source::Source;
use crate::stack::{self, frames, Node, Stack};
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

/// What is around a span that is created.
pub(super) struct Around {
    /// The nearest span that is known.
    pub(super) parent: Option<u64>,
    pub(super) place: Place,
    /// Of a parent that is named, where it is a frame; else what is current counts.
    pub(super) stack: Option<Stack>,
}

/// A span between its creation and its close.
#[derive(Debug)]
pub(crate) struct OpenSpan {
    /// What is known of it by now. Nobody else has it before the span is closed.
    record: Arc<Record>,
    /// The stack that was current when the span was created, with what is explicit on the span.
    stack: Stack,
    pub(super) parent: Option<u64>,
    begun: Moment,
    /// How much was written into mutable frames before it was created.
    epoch: u64,
    is_frame: bool,
    rare: Option<Box<Rare>>,
}

/// What most spans do not have.
#[derive(Debug, Default)]
struct Rare {
    recorded: Option<Arc<Recorded>>,
    explicit: Option<Says>,
    taps: Vec<Arc<Tap>>,
    /// What failed inside the span.
    failures: Failures,
    failure: Option<Box<str>>,
}

impl OpenSpan {
    pub(super) fn new(
        attrs: &Attributes<'_>,
        (explicit, fields): (Option<Says>, Fields),
        mark: Option<Mark>,
        around: Around,
    ) -> Self {
        let begun = Moment::now();
        let epoch = epoch();
        let start = begun.system_time();
        let (metadata, place) = (attrs.metadata(), around.place);
        let (record, outside) = filled(RecordType::Span, metadata, start, place, |record| {
            record.span_id = Some(SpanId::new());
            record.trace_id = Some(place.trace_id.unwrap_or_else(|| TraceId::new(start)));
            record.kind = mark.and_then(|mark| mark.kind);
            fields.fill(record);
            let at = &mut record.attribution;
            let outside = match (&explicit, around.stack) {
                (None, None) => {
                    stack::answer_to(at);
                    stack::capture()
                }
                (explicit, stack) => {
                    let stack = stack.unwrap_or_else(stack::capture);
                    resolve::resolve_to(at, explicit.as_ref(), frames(&stack));
                    stack
                }
            };
            if explicit.is_none() && mark.is_some_and(|mark| mark.is_explicit) {
                say_explicit(at, &outside);
            }
            outside
        });
        let taps = Tap::all_on(frames(&outside));
        let outside = resolve::bounded(outside);
        let mut rare = None;
        let mut stack = outside;
        if explicit.is_some() || !taps.is_empty() || names_somebody(attrs.metadata()) {
            let recorded = names_somebody(attrs.metadata())
                .then(|| Arc::new(Recorded::new(frame_of(explicit.as_ref()))));
            if let Some(recorded) = &recorded {
                stack = Some(Node::new(Frame::Recorded(recorded.clone()), stack));
            }
            rare = Some(Box::new(Rare {
                recorded,
                explicit,
                taps,
                ..Rare::default()
            }));
        }
        Self {
            record,
            stack,
            parent: around.parent,
            begun,
            epoch,
            // A connection pool makes such spans inside whichever request came first.
            is_frame: !attrs.is_root(),
            rare,
        }
    }

    /// Nobody else has the record, so this copies nothing.
    fn record_mut(&mut self) -> &mut Record {
        Arc::make_mut(&mut self.record)
    }

    pub(super) fn name(&self) -> &'static str {
        self.record.name
    }

    /// Another span begins inside this one; says where.
    pub(super) fn begin_inside(&mut self) -> Place {
        if let Some(failures) = self.failures_if_any() {
            failures.forget();
        }
        self.place()
    }

    pub(super) fn place(&self) -> Place {
        Place {
            trace_id: self.record.trace_id,
            span_id: self.record.span_id,
        }
    }

    /// The stack for what is created with this span as its parent.
    pub(super) fn frame(&self) -> Option<Stack> {
        self.is_frame.then(|| self.stack.clone())
    }

    /// What entering the span makes current.
    pub(super) fn entry(&self) -> Option<&Stack> {
        self.is_frame.then_some(&self.stack)
    }

    pub(super) fn taps(&self) -> &[Arc<Tap>] {
        self.rare.as_ref().map_or(&[], |rare| &rare.taps)
    }

    pub(super) fn take_taps(&mut self) -> Vec<Arc<Tap>> {
        let rare = self.rare.as_mut();
        rare.map_or_else(Vec::new, |rare| std::mem::take(&mut rare.taps))
    }

    /// What failed inside it.
    pub(super) fn failures(&mut self) -> &mut Failures {
        &mut self.rare.get_or_insert_default().failures
    }

    /// As [`failures`](Self::failures), where anything did.
    pub(super) fn failures_if_any(&mut self) -> Option<&mut Failures> {
        self.rare.as_mut().map(|rare| &mut rare.failures)
    }

    /// Takes fields that are recorded after the span was created.
    pub(super) fn record(&mut self, (late, fields): (Option<Says>, Fields)) {
        let record = Arc::make_mut(&mut self.record);
        // One value for each field, however often a long span records its progress.
        for (name, value) in fields.values {
            match record.fields.iter_mut().find(|(key, _)| *key == name) {
                Some(recorded) => recorded.1 = value,
                None => record.fields.push((name, value)),
            }
        }
        record.message = fields.message.or(record.message.take());
        record.error = fields.error.or(record.error.take());
        let Some(late) = late else { return };
        let (is_user, is_session) = (!late.user.is_unset(), late.session.is_some());
        let rare = self.rare.get_or_insert_default();
        let explicit = late.over(rare.explicit.take());
        if let Some(recorded) = &rare.recorded {
            recorded.set(frame_of(Some(&explicit)));
        }
        // Only what was recorded changes: the rest stays as it was when the span was created.
        let now = resolve::resolve(Some(&explicit), frames(&self.stack));
        let created = &mut record.attribution;
        if is_user {
            created.user = now.user;
        }
        if is_session {
            created.session = now.session;
        }
        let mut tags = explicit.tags.clone();
        tags.fill_from(&created.tags);
        created.tags = tags;
        rare.explicit = Some(explicit);
    }

    pub(super) fn fail(&mut self, message: &str) {
        self.record_mut().status = Status::Error;
        self.rare.get_or_insert_default().failure = Some(message.into());
    }

    pub(super) fn has_failed(&self) -> bool {
        self.record.status == Status::Error
    }

    /// The finished record.
    pub(super) fn close(mut self, now: Moment) -> Arc<Record> {
        let record = Arc::make_mut(&mut self.record);
        record.duration = Some(now.since(self.begun));
        if let Some(failure) = self.rare.and_then(|rare| rare.failure) {
            record.message = Some(failure);
        }
        // As long as nothing was written, nobody can have been identified.
        if self.is_frame && self.epoch != epoch() {
            resolve::settle(&mut record.attribution, &self.stack);
        }
        self.record
    }
}

/// Whether a span of that call site has fields that name somebody, now or later.
fn names_somebody(metadata: &Metadata<'_>) -> bool {
    metadata.fields().iter().any(|field| {
        let name = field.name();
        name == "user.id" || name == "session.id" || name.starts_with("tag.")
    })
}

/// What is explicit on a span, as the frame of what is inside it.
fn frame_of(explicit: Option<&Says>) -> Says {
    explicit.map_or_else(
        || Says::nothing(Source::Scope),
        |says| says.clone().with_source(Source::Scope),
    )
}

/// What the innermost frame says is said on the span itself.
fn say_explicit(at: &mut Attribution, stack: &Stack) {
    let named = stack.as_ref().and_then(|top| top.frame.named());
    if let Some((user, session)) = named {
        at.say_explicit(!user.is_unset(), session.is_some());
    }
}
