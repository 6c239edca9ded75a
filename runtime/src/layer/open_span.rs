use std::cell::Cell;
use std::sync::Arc;

use tracing::span::Attributes;
use tracing::Metadata;

use crate::frame::epoch::epoch;
use crate::frame::{Frame, RecordObserver, ScopeData, SpanIdentity};
use crate::layer::failures::Failures;
use crate::layer::fields::{is_identifying, matters_without_record, FieldReader};
use crate::layer::span_hint::SpanHint;
use crate::layer::span_record::SpanRecord;
use crate::model::{Attribution, Source, SpanId, TraceId};
use crate::record::{Record, SpanContext};
use crate::resolve;
use crate::stack::{self, frames, Frames, Node, Snapshot, Stack};
use crate::util::clock::system_time;
use crate::util::{CallSite, Moment, SetAt};

thread_local! {
    /// Closed spans, to be used again.
    static SPARE: Cell<Option<Box<OpenSpan>>> = const { Cell::new(None) };
}

/// The surroundings of a new span.
#[derive(Default)]
pub(crate) struct ParentContext {
    /// The nearest known span around the new span.
    pub(crate) parent: Option<u64>,
    pub(crate) place: SpanContext,
    /// The stack of an explicit parent that is a frame. Otherwise the current stack counts.
    pub(crate) stack: Option<Stack>,
    /// Whether something may receive the record of the new span.
    pub(crate) may_record: bool,
}

/// The position of an open span in its trace.
#[derive(Clone, Copy, Default)]
pub(crate) struct TracePosition {
    pub(crate) place: SpanContext,
    /// Whether another tool was asked for the ids of the span.
    pub(crate) is_adopted: bool,
}

/// A span between its creation and its close.
#[derive(Debug)]
pub(crate) struct OpenSpan {
    /// The record of the span so far.
    pub(super) record: SpanRecord,
    /// The stack at the creation of the span, with the explicit frame of the span.
    pub(super) stack: Snapshot,
    pub(crate) parent: Option<u64>,
    pub(super) started_at: Moment,
    /// The epoch of writes at the creation of the span.
    pub(super) epoch: u64,
    pub(super) is_frame: bool,
    /// Whether another tool was asked for the ids of the span.
    is_adopted: bool,
    /// Whether the record has its start and its ids.
    is_placed: bool,
    /// Whether the record has ids of the span around it that the other tool was not asked for.
    awaits_parent: bool,
    pub(super) cold: Option<Box<ColdFields>>,
    /// The next span of the pool, and the length of the pool from here.
    next: Option<Box<OpenSpan>>,
    spares: u32,
}

/// The parts that most spans lack.
#[derive(Debug, Default)]
pub(super) struct ColdFields {
    pub(super) span_identity: Option<Arc<SpanIdentity>>,
    pub(super) explicit: Option<Box<ScopeData>>,
    pub(super) observers: Vec<RecordObserver>,
    pub(super) metadata: Option<&'static Metadata<'static>>,
    /// The failures inside the span.
    pub(super) failures: Failures,
    pub(super) failure: Option<Box<str>>,
    /// The end of the work of the span, where it is known before the close.
    pub(super) end: Option<End>,
}

/// The end of the work of a span, before the close.
#[derive(Clone, Copy, Debug)]
pub(super) struct End {
    pub(super) at: Moment,
    pub(super) is_failed: bool,
}

impl OpenSpan {
    /// Starts a span. The surroundings are large, and so are taken by reference.
    #[inline]
    pub(crate) fn begin(
        attrs: &Attributes<'_>,
        mark: Option<SpanHint>,
        around: &mut ParentContext,
    ) -> Box<Self> {
        let mut open = Self::spare().unwrap_or_else(|| Box::new(Self::blank()));
        open.epoch = epoch();
        open.parent = around.parent;
        open.is_adopted = false;
        open.awaits_parent = false;
        // A connection pool creates spans with `parent: None` inside whichever request comes first.
        open.is_frame = !attrs.is_root();
        // Most spans have no field that matters without a record.
        let is_read = around.may_record || matters_without_record(attrs.metadata());
        let explicit = open.fill(attrs, mark, around, is_read);
        // Observers are on isolated frames, which are always shared, unlike the frame of a user on
        // top.
        let observers = frames(open.stack.shared()).observers();
        resolve::limit_depth(&mut open.stack);
        let has_identity = is_read && has_identity_field(attrs.metadata());
        if explicit.is_some() || !observers.is_empty() || has_identity {
            open.add_rare(attrs.metadata(), explicit, observers, has_identity);
        }
        open
    }

    fn blank() -> Self {
        Self {
            record: SpanRecord::new(),
            stack: Snapshot::default(),
            parent: None,
            started_at: Moment::now(),
            epoch: 0,
            is_frame: false,
            is_adopted: false,
            is_placed: false,
            awaits_parent: false,
            cold: None,
            next: None,
            spares: 0,
        }
    }

    #[inline]
    fn spare() -> Option<Box<Self>> {
        let take = |spare: &Cell<Option<Box<Self>>>| {
            let mut open = spare.take()?;
            spare.set(open.next.take());
            Some(open)
        };
        SPARE.try_with(take).ok().flatten()
    }

    /// Fills the record, with the fields if `is_read`, and resolves its attribution. Returns the identity
    /// that the fields set.
    #[inline]
    fn fill(
        &mut self,
        attrs: &Attributes<'_>,
        mark: Option<SpanHint>,
        around: &mut ParentContext,
        is_read: bool,
    ) -> Option<Box<ScopeData>> {
        let metadata = attrs.metadata();
        self.started_at = Moment::now();
        self.is_placed = around.may_record;
        let record = if around.may_record {
            let (start, place) = (self.started_at.unix_nanos(), around.place);
            let record = self.record.start(metadata, start, place);
            record.span_id = Some(SpanId::new());
            record.trace_id = Some(place.trace_id.unwrap_or_else(|| TraceId::new(start)));
            record
        } else {
            self.record.start_unplaced(metadata, is_read)
        };
        record.kind = mark.and_then(|mark| mark.kind);
        let explicit = match attrs.is_empty() || !is_read {
            true => None,
            false => FieldReader::read(record, metadata, |fields| attrs.record(fields)),
        };
        let at = &mut record.attribution;
        match (explicit.as_deref(), around.stack.take()) {
            (None, None) => {
                resolve::resolve_current_to(at);
                stack::capture_to(&mut self.stack);
            }
            (explicit, named) => {
                self.stack = named.map_or_else(stack::capture, Snapshot::from);
                resolve::resolve_to(at, explicit, frames(self.stack.stack()));
            }
        }
        if explicit.is_none() && mark.is_some_and(|mark| mark.is_explicit) {
            // The innermost frame is the explicit frame of the span itself.
            at.mark_explicit(self.stack.named());
        }
        explicit
    }

    fn add_rare(
        &mut self,
        metadata: &'static Metadata<'static>,
        explicit: Option<Box<ScopeData>>,
        observers: Vec<RecordObserver>,
        has_identity: bool,
    ) {
        let span_identity = has_identity.then(|| {
            Arc::new(SpanIdentity::new(frame_of(
                explicit.as_deref(),
                Some(metadata),
            )))
        });
        if let Some(span_identity) = &span_identity {
            let stack = self.stack.stack();
            *stack = Some(Node::new(Frame::Span(span_identity.clone()), stack.take()));
        }
        self.cold = Some(Box::new(ColdFields {
            span_identity,
            explicit,
            observers,
            metadata: Some(metadata),
            ..ColdFields::default()
        }));
    }

    /// The record as far as it is known.
    pub(crate) fn so_far(&self) -> &Record {
        &self.record
    }

    pub(crate) fn record_mut(&mut self) -> &mut Record {
        self.record.get_mut()
    }

    pub(crate) fn name(&self) -> &'static str {
        self.record.name
    }

    pub(crate) fn call_site(&self) -> Option<CallSite> {
        self.record.call_site
    }

    /// Notes that an inner span begins. Returns the position of this span in the trace.
    pub(crate) fn begin_inside(&mut self) -> TracePosition {
        if let Some(failures) = self.failures_if_any() {
            failures.forget();
        }
        self.position()
    }

    pub(crate) fn position(&mut self) -> TracePosition {
        TracePosition {
            place: self.place(),
            is_adopted: self.is_adopted,
        }
    }

    /// Marks that the record has ids of the span around it that another tool may replace.
    pub(crate) fn await_parent(&mut self) {
        self.awaits_parent = true;
    }

    /// The span around this one, where another tool may replace the ids that the record has of it.
    pub(crate) fn awaited_parent(&self) -> Option<u64> {
        self.parent.filter(|_| self.awaits_parent)
    }

    /// Takes the ids of the span around this one, after another tool has given them.
    pub(crate) fn move_into(&mut self, place: SpanContext) {
        let record = self.record_mut();
        record.trace_id = place.trace_id.or(record.trace_id);
        record.parent_id = place.span_id;
    }

    pub(crate) fn place(&mut self) -> SpanContext {
        self.complete_place();
        SpanContext {
            trace_id: self.record.trace_id,
            span_id: self.record.span_id,
        }
    }

    /// Gives the record its start and its ids, where nothing received records at the creation of the span.
    #[inline]
    pub(super) fn complete_place(&mut self) {
        if !self.is_placed {
            self.place_late();
        }
    }

    #[cold]
    fn place_late(&mut self) {
        self.is_placed = true;
        let start = self.started_at.unix_nanos();
        let record = self.record_mut();
        record.start = system_time(start);
        record.span_id.get_or_insert_with(SpanId::new);
        record.trace_id.get_or_insert_with(|| TraceId::new(start));
    }

    /// Marks that another tool is asked for the ids of the span. Returns whether this is the first time.
    pub(crate) fn mark_adopted(&mut self) -> bool {
        !std::mem::replace(&mut self.is_adopted, true)
    }

    /// Takes the ids of another tool.
    pub(crate) fn adopt(&mut self, (trace_id, span_id): (TraceId, SpanId)) {
        let record = self.record_mut();
        record.trace_id = Some(trace_id);
        record.span_id = Some(span_id);
    }

    /// The attribution that the span would have if it closed now.
    pub(crate) fn attribution_at_close(&mut self) -> Attribution {
        let mut attribution = self.record.attribution.clone();
        if self.is_frame && self.epoch != epoch() {
            resolve::apply_late_identity(&mut attribution, self.stack.stack(), self.epoch);
        }
        attribution
    }

    /// The stack for records and spans with this span as their explicit parent.
    pub(crate) fn frame(&mut self) -> Option<Stack> {
        self.is_frame.then(|| self.stack.stack().clone())
    }

    /// The stack that entering the span makes current.
    pub(crate) fn entry(&mut self) -> Option<&Stack> {
        self.is_frame.then(|| &*self.stack.stack())
    }

    /// As [`entry`](Self::entry), at the creation of the span.
    pub(crate) fn first_entry(&self) -> Option<&Snapshot> {
        self.is_frame.then_some(&self.stack)
    }

    pub(crate) fn observers(&self) -> &[RecordObserver] {
        self.cold.as_ref().map_or(&[], |rare| &rare.observers)
    }

    /// The failures inside the span.
    pub(crate) fn failures(&mut self) -> &mut Failures {
        &mut self.cold.get_or_insert_default().failures
    }

    /// As [`failures`](Self::failures), if there are any.
    pub(crate) fn failures_if_any(&mut self) -> Option<&mut Failures> {
        self.cold.as_mut().map(|rare| &mut rare.failures)
    }

    /// The frames of the span, without a user's frame that has no node yet: a scope of a record that
    /// lacks a user is further out.
    pub(crate) fn outer_frames(&self) -> Frames<'_> {
        frames(self.stack.shared())
    }

    pub(crate) fn attribution(&self) -> &Attribution {
        &self.record.attribution
    }

    /// The record, and the observers that receive it beside the sinks.
    pub(crate) fn record_and_observers(&mut self) -> (&mut Arc<Record>, &[RecordObserver]) {
        let observers = self.cold.as_ref().map_or(&[][..], |rare| &rare.observers);
        (self.record.shared(), observers)
    }

    /// Returns the ended span to the pool of the thread, with another record where a sink keeps this
    /// span's.
    #[inline]
    pub(crate) fn release(mut self: Box<Self>) {
        self.record.release();
        self.stack = Snapshot::default();
        if self.cold.is_some() {
            self.cold = None;
        }
        let _ = SPARE.try_with(|spare| self.put_on(spare));
    }

    #[inline]
    fn put_on(mut self: Box<Self>, spare: &Cell<Option<Box<Self>>>) {
        /// As many spans as are usually nested.
        const MOST: u32 = 32;
        let next = spare.take();
        self.spares = next.as_ref().map_or(1, |next| next.spares + 1);
        if self.spares > MOST {
            spare.set(next);
        } else {
            self.next = next;
            spare.set(Some(self));
        }
    }
}

/// Whether a span of that call site has identity fields, which can be recorded later too.
fn has_identity_field(metadata: &Metadata<'_>) -> bool {
    metadata
        .fields()
        .iter()
        .any(|field| is_identifying(field.name()))
}

/// The explicit identity of a span, as a frame around the inside of the span.
pub(super) fn frame_of(
    explicit: Option<&ScopeData>,
    metadata: Option<&'static Metadata<'static>>,
) -> ScopeData {
    let Some(data) = explicit else {
        return ScopeData::empty(Source::Scope);
    };
    let set_at = metadata.map_or(SetAt::Unknown, SetAt::Span);
    ScopeData {
        made_at: set_at,
        user_set_at: set_at,
        session_set_at: set_at,
        ..data.clone().with_source(Source::Scope)
    }
}
