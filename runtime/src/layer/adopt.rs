//! Gives open spans the trace ids and span ids of another tool.

use tracing::Id;

use crate::layer::core::LayerCore;
use crate::layer::open_span::OpenSpan;
use crate::layer::trace_context::TraceContext;
use crate::user_code::catch::catch;

impl LayerCore {
    /// Gives an open span the ids of the other tool, if there is one. Every use of the ids of a span
    /// comes after a call.
    #[inline]
    pub(crate) fn adopt_trace_context(&self, id: &Id) {
        if let Some(source) = self.trace_context() {
            self.adopt_from(&**source, id);
        }
    }

    /// As [`adopt_trace_context`](Self::adopt_trace_context), unless the close of the span is early enough.
    #[inline]
    pub(crate) fn adopt_trace_context_at_entry(&self, id: &Id) {
        if let Some(source) = self.trace_context() {
            if !source.knows_closing_spans() {
                self.adopt_from(&**source, id);
            }
        }
    }

    #[cold]
    fn adopt_from(&self, source: &dyn TraceContext, id: &Id) {
        let key = id.into_u64();
        // Marked first: the other tool may emit events while it starts the span.
        let is_first = self.spans().with(key, OpenSpan::mark_adopted);
        if is_first != Some(true) {
            return;
        }
        let Some(dispatch) = self.dispatch() else {
            return;
        };
        // No lock is held: the other tool runs code of the application, such as a sampler.
        let context = catch(|| source.span_context(id, &dispatch)).flatten();
        if let Some(context) = context {
            self.spans().with(key, |open| open.adopt(context));
        }
    }
}
