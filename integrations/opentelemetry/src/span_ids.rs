//! The trace id and the span id of OpenTelemetry, for the records of `whose`.

use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicU64, Ordering};

use opentelemetry::Context;
use opentelemetry::trace::{self, SpanContext, TraceContextExt};
use tracing::{Dispatch, Id};
use tracing_opentelemetry::get_otel_context;
use whose::{SpanId, TraceContext, TraceId};

use crate::in_progress;

/// The number of the next layer.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// The key of a span: the number of the layer, and the id in its subscriber.
type Key = (u64, u64);

/// The context of a span.
struct Kept {
    key: Key,
    context: Context,
    /// Whether the context was kept at the entry of the span, and not read at its close. The span may
    /// have ended on another thread since, and a later span may have its id.
    is_of_entry: bool,
}

thread_local! {
    /// The context of the span that this thread has entered last, or whose context was read last: most
    /// spans close after their entry, and the layer of `whose` and our layer ask for the same span.
    static CONTEXT: RefCell<Option<Kept>> = const { RefCell::new(None) };
    /// The current span of OpenTelemetry before the wrapped layer enters a span; `None` before the first
    /// entry of the thread.
    static OUTER: Cell<Option<trace::SpanId>> = const { Cell::new(None) };
    /// The ids of the span that closed last, where the layer of `whose` comes after the wrapped layer,
    /// which knows the span no more.
    static CLOSED: Cell<Option<(Key, Ids)>> = const { Cell::new(None) };
}

type Ids = (TraceId, SpanId);

/// Reads the context of spans, for one layer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OpenTelemetryIds {
    layer: u64,
}

impl OpenTelemetryIds {
    pub(crate) fn new() -> Self {
        Self {
            layer: NEXT.fetch_add(1, Ordering::Relaxed),
        }
    }

    fn key(self, id: &Id) -> Key {
        (self.layer, id.into_u64())
    }

    /// Notes the current span of OpenTelemetry, before the wrapped layer enters a span.
    #[inline]
    pub(crate) fn before_entry() {
        let is_first = OUTER.get().is_none();
        // A read of the current context panics after the end of its thread-local. Ours is used after it
        // for the first time, and so ends before it.
        if is_first || CONTEXT.try_with(|_| ()).is_ok() {
            OUTER.set(Some(Context::map_current(span_id_of)));
            let _ = CONTEXT.try_with(|_| ());
        }
    }

    /// Keeps the context of the span that the wrapped layer has entered: to read the context at the
    /// close takes several lookups. A layer that does not activate contexts has changed nothing.
    #[inline]
    pub(crate) fn after_entry(self, id: &Id) {
        let replace = |slot: &RefCell<Option<Kept>>| {
            let outer = OUTER.get();
            let entered = Context::map_current(|context| {
                let has_changed = Some(span_id_of(context)) != outer;
                has_changed.then(|| context.clone())
            });
            slot.replace(Some(self.kept(id, entered?, true)))
        };
        let before = CONTEXT.try_with(replace);
        drop(before);
    }

    fn kept(self, id: &Id, context: Context, is_of_entry: bool) -> Kept {
        Kept {
            key: self.key(id),
            context,
            is_of_entry,
        }
    }

    /// Takes the kept context of a span that has not ended.
    #[inline]
    fn take_kept(self, id: &Id) -> Option<Context> {
        let key = self.key(id);
        let take = |slot: &RefCell<Option<Kept>>| slot.borrow_mut().take_if(|kept| kept.key == key);
        let kept = CONTEXT.try_with(take).ok().flatten()?;
        let is_open = !kept.is_of_entry || kept.context.span().is_recording();
        is_open.then_some(kept.context)
    }

    /// The context of a span that closes now. Starts the span where it was never entered. No lock of
    /// the span may be held.
    pub(crate) fn closing_context(
        self,
        id: &Id,
        dispatch: impl FnOnce() -> Option<Dispatch>,
    ) -> Option<Context> {
        let kept = self.take_kept(id);
        let context = kept.or_else(|| get_otel_context(id, &dispatch()?))?;
        let key = self.key(id);
        let ids = ids_of(context.span().span_context()).map(|ids| (key, ids));
        let _ = CLOSED.try_with(|closed| closed.set(ids));
        Some(context)
    }

    /// Forgets the context of the thread, so that the close of a span leaves no span behind.
    #[inline]
    pub(crate) fn forget() {
        let is_empty = |slot: &RefCell<Option<Kept>>| slot.borrow().is_none();
        if CONTEXT.try_with(is_empty) == Ok(false) {
            let kept = CONTEXT.try_with(RefCell::take);
            drop(kept);
        }
    }
}

#[inline]
fn span_id_of(context: &Context) -> trace::SpanId {
    context.span().span_context().span_id()
}

fn ids_of(context: &SpanContext) -> Option<Ids> {
    context.is_valid().then(|| {
        (
            TraceId::from_bytes(context.trace_id().to_bytes()),
            SpanId::from_bytes(context.span_id().to_bytes()),
        )
    })
}

impl TraceContext for OpenTelemetryIds {
    fn span_context(&self, id: &Id, dispatch: &Dispatch) -> Option<Ids> {
        let key = self.key(id);
        // The wrapped layer may hold the lock of the span: a sampler that logs while the span starts.
        if in_progress::is_in_callback() {
            return None;
        }
        let kept = self.take_kept(id);
        let context = kept.or_else(|| in_progress::starting(|| get_otel_context(id, dispatch)));
        let Some(context) = context else {
            let closed = CLOSED.try_with(Cell::take).ok().flatten();
            return closed.filter(|(of, _)| *of == key).map(|(_, ids)| ids);
        };
        let ids = ids_of(context.span().span_context());
        let kept = self.kept(id, context, false);
        let before = CONTEXT.try_with(|slot| slot.replace(Some(kept)));
        drop(before);
        ids
    }

    fn knows_closing_spans(&self) -> bool {
        true
    }
}
