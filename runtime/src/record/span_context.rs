use crate::model::{SpanId, TraceId};

/// The position of a record in a trace.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SpanContext {
    pub(crate) trace_id: Option<TraceId>,
    pub(crate) span_id: Option<SpanId>,
}
