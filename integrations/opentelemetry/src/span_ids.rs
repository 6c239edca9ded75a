//! The trace id and the span id of OpenTelemetry, for the records of `whose`.

use opentelemetry::trace::TraceContextExt;
use tracing::{Dispatch, Id};
use tracing_opentelemetry::get_otel_context;
use whose::{SpanId, TraceContext, TraceId};

use crate::in_progress;

#[derive(Debug)]
pub(crate) struct OpenTelemetryIds;

impl TraceContext for OpenTelemetryIds {
    fn span_context(&self, id: &Id, dispatch: &Dispatch) -> Option<(TraceId, SpanId)> {
        // The wrapped layer may hold the lock of the span: a sampler that logs while the span starts.
        if in_progress::is_in_callback() {
            return None;
        }
        let context = in_progress::starting(|| get_otel_context(id, dispatch))?;
        let span = context.span();
        let ids = span.span_context();
        ids.is_valid().then(|| {
            (
                TraceId::from_bytes(ids.trace_id().to_bytes()),
                SpanId::from_bytes(ids.span_id().to_bytes()),
            )
        })
    }
}
