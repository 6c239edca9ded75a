//! What the clones and the callers of a layer share: its open spans and its pipeline.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use tracing::dispatcher::WeakDispatch;
use tracing::{Dispatch, Id};

use crate::layer::open_span::OpenSpan;
use crate::layer::span_record::SpanRecord;
use crate::layer::span_table::SpanTable;
use crate::layer::trace_context::TraceContext;
use crate::model::{Attribution, Value};
use crate::pipeline::Pipeline;
use crate::record::{Kind, Record};
use crate::resolve;
use crate::stack::Stack;

/// Whether a layer of the process reads the attributions of closed spans.
static KEEPS_CLOSED: AtomicBool = AtomicBool::new(false);

/// The span that this thread closed last.
struct ClosedSpan {
    /// The number of the layer.
    layer: u64,
    id: u64,
    /// The generation of the id after the close: see [`SpanTable::closed_beside`].
    generation: u64,
    /// The record before the hooks and the policies.
    record: SpanRecord,
}

thread_local! {
    /// Other layers learn of the close after this one, which has removed the span by then. In a box, so
    /// that taking it out and putting it back moves a pointer.
    static CLOSED: Cell<Option<Box<ClosedSpan>>> = const { Cell::new(None) };
}

impl ClosedSpan {
    /// No layer has the number 0.
    fn none() -> Self {
        Self {
            layer: 0,
            id: 0,
            generation: 0,
            record: SpanRecord::new(),
        }
    }

    /// Takes the span out, so that its reader may close other spans.
    #[inline]
    fn take() -> Option<Box<Self>> {
        CLOSED.try_with(Cell::take).ok().flatten()
    }

    /// Puts the span back. Replaces a span that was closed meanwhile: the close of this one goes on.
    #[inline]
    fn put_back(self: Box<Self>) {
        let _ = CLOSED.try_with(|kept| kept.set(Some(self)));
    }

    #[inline]
    fn is(&self, layer: u64, id: u64) -> bool {
        self.layer == layer && self.id == id
    }
}

/// The shared part of a [`Layer`](crate::Layer).
pub(crate) struct LayerCore {
    pipeline: Arc<Pipeline>,
    spans: SpanTable,
    /// The layer of the subscriber that has taken over from this one.
    leader: OnceLock<Arc<Self>>,
    dispatch: OnceLock<WeakDispatch>,
    trace_context: OnceLock<Arc<dyn TraceContext>>,
}

impl LayerCore {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            pipeline: Pipeline::new(),
            spans: SpanTable::default(),
            leader: OnceLock::new(),
            dispatch: OnceLock::new(),
            trace_context: OnceLock::new(),
        })
    }

    #[inline]
    pub(crate) fn pipeline(&self) -> &Arc<Pipeline> {
        &self.pipeline
    }

    #[inline]
    pub(crate) fn spans(&self) -> &SpanTable {
        &self.spans
    }

    /// The number of the pipeline, which tells spans of several layers apart: each subscriber counts
    /// its span ids from 1.
    #[inline]
    pub(crate) fn number(&self) -> u64 {
        self.pipeline.number()
    }

    /// The stack of a span that is named as a parent, where the span is a frame.
    #[inline]
    pub(crate) fn stack_of(&self, id: Option<&Id>) -> Option<Stack> {
        let id = id?.into_u64();
        let stack = self.spans.with(id, |open| open.frame()).flatten();
        stack.filter(|stack| !resolve::gives_way(stack))
    }

    /// Notes the subscriber of the layer.
    pub(crate) fn set_dispatch(&self, dispatch: &Dispatch) {
        let _ = self.dispatch.set(dispatch.downgrade());
    }

    pub(super) fn dispatch(&self) -> Option<Dispatch> {
        self.dispatch.get()?.upgrade()
    }

    /// The source of the ids of spans, if another tool gives them.
    #[inline]
    pub(crate) fn trace_context(&self) -> Option<&Arc<dyn TraceContext>> {
        self.trace_context.get()
    }

    /// Sets the source of the ids. The first source counts.
    pub(crate) fn set_trace_context(&self, source: &Arc<dyn TraceContext>) {
        self.trace_context.get_or_init(|| source.clone());
    }

    /// From now on, every layer keeps the attribution of the span that a thread closed last.
    pub(crate) fn keep_closed_spans() {
        KEEPS_CLOSED.store(true, Ordering::Relaxed);
    }

    #[inline]
    pub(super) fn keeps_closed_spans() -> bool {
        KEEPS_CLOSED.load(Ordering::Relaxed)
    }

    /// Whether something receives the record of the span.
    #[inline]
    pub(super) fn is_recorded(&self, open: &OpenSpan) -> bool {
        !self.pipeline.is_idle() || !open.observers().is_empty()
    }

    /// Keeps the record of a span that closes now, for the layers that learn of the close later. The
    /// span takes the record that was kept before, so that nothing is copied.
    #[inline]
    pub(super) fn keep_closed(&self, id: &Id, open: &mut OpenSpan) {
        self.keep(id, |kept| std::mem::swap(kept, &mut open.record));
    }

    /// As [`keep_closed`](Self::keep_closed), where hooks or policies will change the record.
    #[cold]
    pub(super) fn keep_copy_of_closed(&self, id: &Id, open: &OpenSpan) {
        self.keep(id, |kept| {
            let record = kept.emptied();
            record.kind = open.so_far().kind();
            record.usage_inside.clone_from(&open.so_far().usage_inside);
            record.attribution.clone_from(open.attribution());
        });
    }

    #[inline]
    fn keep(&self, id: &Id, fill: impl FnOnce(&mut SpanRecord)) {
        let mut closed = ClosedSpan::take().unwrap_or_else(|| Box::new(ClosedSpan::none()));
        fill(&mut closed.record);
        closed.layer = self.number();
        closed.id = id.into_u64();
        closed.generation = self.spans.closed_beside(closed.id);
        closed.put_back();
    }

    /// Reads the record of the span, if this thread closed it last.
    fn with_closed<R>(&self, id: u64, read: impl FnOnce(&Record) -> R) -> Option<R> {
        let closed = ClosedSpan::take()?;
        let is_wanted = closed.is(self.number(), id);
        let result = is_wanted.then(|| read(&closed.record));
        closed.put_back();
        result
    }

    /// The kind of a span that is open or that this thread closed last.
    pub(super) fn kind_of(&self, id: &Id) -> Option<Kind> {
        let key = id.into_u64();
        let open = self.spans.with(key, |open| open.so_far().kind());
        open.or_else(|| self.with_closed(key, Record::kind))?
    }

    /// The usage of the calls that were reported inside a span that is open or that this thread closed
    /// last.
    pub(super) fn usage_of(&self, id: &Id) -> Vec<(&'static str, Value)> {
        let key = id.into_u64();
        let open = self
            .spans
            .with(key, |open| open.so_far().usage_inside.clone());
        open.or_else(|| self.with_closed(key, |closed| closed.usage_inside.clone()))
            .unwrap_or_default()
    }

    /// Notes the usage of a model call inside an open span.
    pub(crate) fn note_usage(&self, around: Option<u64>, call: &Record) {
        if let Some(id) = around {
            self.spans.with(id, |open| open.add_usage(call));
        }
    }

    /// Calls `read` with the attribution of a span that is open or that this thread closed last, after
    /// the policies.
    #[inline]
    pub(super) fn with_attribution<R>(
        &self,
        id: &Id,
        read: impl FnOnce(&Attribution) -> R,
    ) -> Option<R> {
        let key = id.into_u64();
        // Mostly the layer that asks comes after this one.
        if let Some(closed) = ClosedSpan::take() {
            // Surely no later span has the id.
            let is_just_closed =
                closed.is(self.number(), key) && closed.generation == self.spans.closed_beside(key);
            if is_just_closed {
                let result = self.read_allowed(&closed.record.attribution, read);
                closed.put_back();
                return Some(result);
            }
            closed.put_back();
        }
        match self.spans.with(key, |open| open.attribution_at_close()) {
            Some(attribution) => Some(self.read_allowed(&attribution, read)),
            None => self.with_closed(key, |closed| self.read_allowed(&closed.attribution, read)),
        }
    }

    /// Calls `read` with what the policies leave of an attribution.
    #[inline(always)]
    fn read_allowed<R>(
        &self,
        attribution: &Attribution,
        read: impl FnOnce(&Attribution) -> R,
    ) -> R {
        let processors = self.pipeline.processors();
        match processors.are_guarding() {
            false => read(attribution),
            true => {
                let mut attribution = attribution.clone();
                processors.apply_policies(&mut attribution);
                read(&attribution)
            }
        }
    }

    /// Whether another layer of the subscriber has taken over.
    #[inline]
    pub(crate) fn has_joined(&self) -> bool {
        self.leader.get().is_some()
    }

    /// The layer that has taken over, or this one.
    #[inline]
    pub(crate) fn leader(self: &Arc<Self>) -> &Arc<Self> {
        self.leader.get().unwrap_or(self)
    }

    /// As [`leader`](Self::leader), without a clone where no layer has taken over.
    #[inline]
    pub(crate) fn into_leader(self: Arc<Self>) -> Arc<Self> {
        match self.leader.get() {
            Some(leader) => leader.clone(),
            None => self,
        }
    }

    /// Takes over the pipeline of a layer that joins this one.
    pub(crate) fn take_over(self: &Arc<Self>, other: &Self) {
        if self.number() != other.number() && other.leader.set(self.clone()).is_ok() {
            self.pipeline.join(&other.pipeline);
        }
    }
}

impl std::fmt::Debug for LayerCore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LayerCore")
            .field("pipeline", &self.pipeline)
            .finish_non_exhaustive()
    }
}
