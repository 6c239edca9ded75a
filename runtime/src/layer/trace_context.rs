//! The trace ids and span ids of another tool.

use tracing::{Dispatch, Id};

use crate::model::{SpanId, TraceId};

/// The trace ids and span ids that another layer of the subscriber gives to `tracing` spans.
///
/// Implement the trait for a tool that exports the same spans, and pass it to
/// [`SpanAttributions::set_trace_context`](crate::SpanAttributions::set_trace_context): one trace then
/// has one id in all tools.
///
/// The layer of `whose` asks once for each span, as late as possible: at the first entry of the span,
/// at an event or a span inside, or at its close. It never asks at the creation of the span, because
/// the other tool may still wait for a remote parent.
pub trait TraceContext: Send + Sync + 'static {
    /// The ids of a span; `None` if the tool does not know the span. A panic counts as `None`.
    fn span_context(&self, id: &Id, dispatch: &Dispatch) -> Option<(TraceId, SpanId)>;

    /// Whether the tool still knows the ids of a span while the layer of `whose` closes the span, in both
    /// orders of the layers. `true` saves the question at the first entry of each span.
    fn knows_closing_spans(&self) -> bool {
        false
    }
}
