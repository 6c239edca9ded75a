//! Gives open spans the trace ids and span ids of another tool.
//!
//! Only records have ids, so the other tool is asked only where something receives a record. A span
//! that is opened before that has ids of this crate, until a record needs those of the tool.

use tracing::Id;

use crate::layer::core::LayerCore;
use crate::layer::open_span::{OpenSpan, TracePosition};
use crate::layer::trace_context::TraceContext;
use crate::model::{SpanId, TraceId};
use crate::record::SpanContext;
use crate::user_code::catch::catch;

impl LayerCore {
    /// Gives an open span the ids of the other tool, if there is one. Every use of the ids of a span
    /// comes after a call.
    #[inline]
    pub(crate) fn adopt_trace_context(&self, id: &Id) {
        if let Some(source) = self.trace_context() {
            self.adopt_open(&**source, id.into_u64());
        }
    }

    /// As [`adopt_trace_context`](Self::adopt_trace_context), unless the close of the span is early enough.
    #[inline]
    pub(crate) fn adopt_trace_context_at_entry(&self, id: &Id) {
        if let Some(source) = self.trace_context() {
            if !source.knows_closing_spans() {
                self.adopt_open(&**source, id.into_u64());
            }
        }
    }

    /// The place of the span around a new record, with the ids of the other tool.
    #[inline]
    pub(crate) fn adopted_place(&self, around: Option<(u64, TracePosition)>) -> SpanContext {
        let Some((id, position)) = around else {
            return SpanContext::default();
        };
        match self.trace_context() {
            Some(source) if !position.is_adopted => {
                self.adopt_open(&**source, id);
                self.spans().place(Some(id))
            }
            _ => position.place,
        }
    }

    /// Gives a new span the ids of the span around it, or leaves that to the close where nothing
    /// receives the record yet.
    #[inline]
    pub(crate) fn adopt_parent(&self, open: &mut OpenSpan, parent: Option<(u64, TracePosition)>) {
        if parent.is_some_and(|(_, parent)| !parent.is_adopted) && self.trace_context().is_some() {
            match self.is_recorded(open) {
                true => open.move_into(self.adopted_place(parent)),
                false => open.await_parent(),
            }
        }
    }

    /// Gives a span that closes now the ids of the other tool, and those of the span around it.
    #[inline]
    pub(crate) fn adopt_closing(&self, id: &Id, open: &mut OpenSpan) {
        let Some(source) = self.trace_context() else {
            return;
        };
        if let Some(parent) = open.awaited_parent() {
            self.adopt_open(&**source, parent);
            if let Some(place) = self.spans().with(parent, |open| open.place()) {
                open.move_into(place);
            }
        }
        if open.mark_adopted() {
            if let Some(ids) = self.ids_of(&**source, id) {
                open.adopt(ids);
            }
        }
    }

    fn adopt_open(&self, source: &dyn TraceContext, id: u64) {
        // Marked first: the other tool may emit events while it starts the span.
        if self.spans().with(id, OpenSpan::mark_adopted) != Some(true) {
            return;
        }
        if let Some(ids) = self.ids_of(source, &Id::from_u64(id)) {
            self.spans().with(id, |open| open.adopt(ids));
        }
    }

    /// Asks the other tool. No lock is held: the tool runs code of the application, such as a sampler.
    fn ids_of(&self, source: &dyn TraceContext, id: &Id) -> Option<(TraceId, SpanId)> {
        let dispatch = self.dispatch()?;
        catch(|| source.span_context(id, &dispatch)).flatten()
    }
}
