//! The trace id and the span id of OpenTelemetry, for the records of `whose`.

use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicU64, Ordering};

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceContextExt};
use tracing::{Dispatch, Id};
use tracing_opentelemetry::get_otel_context;
use whose::{SpanId, TraceContext, TraceId};

use crate::in_progress;

/// The number of the next layer.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// The key of a span: the number of the layer, and the id in its subscriber.
type Key = (u64, u64);

thread_local! {
    /// The context that was read last on this thread: the layer of `whose` and our layer ask for the
    /// same span at its close, one after the other.
    static CONTEXT: RefCell<Option<(Key, Context)>> = const { RefCell::new(None) };
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

    /// The context of a span that closes now. Starts the span where it was never entered. No lock of
    /// the span may be held.
    pub(crate) fn closing_context(self, id: &Id, dispatch: &Dispatch) -> Option<Context> {
        let key = self.key(id);
        let take = |kept: &RefCell<Option<(Key, Context)>>| {
            let mut kept = kept.borrow_mut();
            kept.take_if(|(of, _)| *of == key)
        };
        let kept = CONTEXT.try_with(take).ok().flatten();
        let kept = kept.map(|(_, context)| context);
        let context = kept.or_else(|| get_otel_context(id, dispatch))?;
        let ids = ids_of(context.span().span_context()).map(|ids| (key, ids));
        let _ = CLOSED.try_with(|closed| closed.set(ids));
        Some(context)
    }

    /// Forgets the context of the thread, so that no span is kept after its close.
    pub(crate) fn forget() {
        let kept = CONTEXT.try_with(RefCell::take);
        drop(kept);
    }
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
        let Some(context) = in_progress::starting(|| get_otel_context(id, dispatch)) else {
            let closed = CLOSED.try_with(Cell::take).ok().flatten();
            return closed.filter(|(of, _)| *of == key).map(|(_, ids)| ids);
        };
        let ids = ids_of(context.span().span_context());
        let before = CONTEXT.try_with(|kept| kept.replace(Some((key, context))));
        drop(before);
        ids
    }

    fn knows_closing_spans(&self) -> bool {
        true
    }
}
