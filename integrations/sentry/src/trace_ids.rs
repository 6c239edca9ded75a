//! The trace id and the span id of Sentry, for the records of `whose`.
//!
//! Only the hub of a span has Sentry's span, so the ids are noted at the first entry.

use sentry_core::{Hub, TransactionOrSpan};
use tracing::{Dispatch, Id};
use tracing_subscriber::Registry;
use tracing_subscriber::registry::{LookupSpan, SpanData, SpanRef};
use whose::{SpanId, TraceContext, TraceId};

/// The ids of a span, among the extensions of the `tracing` span.
#[derive(Clone, Copy, Debug)]
struct Ids(TraceId, SpanId);

/// Notes the ids of a span that the layers of Sentry have entered with that hub. Returns whether the ids
/// were not known.
pub(crate) fn note<'a, S: LookupSpan<'a>>(hub: &Hub, span: &SpanRef<'a, S>) -> bool {
    if span.extensions().get::<Ids>().is_some() {
        return false;
    }
    let of_sentry = hub.configure_scope(|scope| scope.get_span());
    let Some(ids) = of_sentry.as_ref().and_then(ids_of) else {
        return false;
    };
    span.extensions_mut().replace(ids);
    true
}

/// The ids in the header with which Sentry continues a trace: other readers copy all data of the span.
fn ids_of(span: &TransactionOrSpan) -> Option<Ids> {
    let (_, header) = span.iter_headers().next()?;
    let (trace, rest) = header.split_once('-')?;
    let span = rest.split('-').next()?;
    let trace = u128::from_str_radix(trace, 16).ok()?;
    let span = u64::from_str_radix(span, 16).ok()?;
    Some(Ids(
        TraceId::from_bytes(trace.to_be_bytes()),
        SpanId::from_bytes(span.to_be_bytes()),
    ))
}

/// Reads the ids of spans that were entered.
#[derive(Debug)]
pub(crate) struct SentryIds;

impl TraceContext for SentryIds {
    fn span_context(&self, id: &Id, dispatch: &Dispatch) -> Option<(TraceId, SpanId)> {
        let span = dispatch.downcast_ref::<Registry>()?.span_data(id)?;
        let Ids(trace, span) = *span.extensions().get::<Ids>()?;
        Some((trace, span))
    }

    fn knows_closing_spans(&self) -> bool {
        true
    }
}
