//! The trace id and the span id of Sentry, for the records of `whose`.
//!
//! Sentry's span of a `tracing` span is private to `sentry-tracing`. Only the hub has it, while the span
//! is entered, so the ids are noted at the first entry.

use std::cell::Cell;
use std::sync::Arc;

use sentry_core::{Hub, TransactionOrSpan};
use tracing::{Dispatch, Id};
use tracing_subscriber::Registry;
use tracing_subscriber::registry::{LookupSpan, SpanData, SpanRef};
use whose::{SpanId, TraceContext, TraceId};

thread_local! {
    /// The address of the hub before the layers of Sentry enter a span; 0 where nobody needs ids.
    static HUB_BEFORE: Cell<usize> = const { Cell::new(0) };
}

/// The ids of a span, among the extensions of the `tracing` span.
#[derive(Clone, Copy, Debug)]
struct Ids(TraceId, SpanId);

fn address_of(hub: &Arc<Hub>) -> usize {
    Arc::as_ptr(hub).addr()
}

/// Notes the hub before the layers of Sentry enter a span.
#[inline]
pub(crate) fn before_entry(is_needed: bool) {
    HUB_BEFORE.set(match is_needed {
        true => address_of(&Hub::current()),
        false => 0,
    });
}

/// Notes the ids of a span that the layers of Sentry have entered. Returns whether the span has ids that
/// were not known. A span that a filter hides from Sentry leaves the hub as it was.
#[inline]
pub(crate) fn after_entry<'a, S: LookupSpan<'a> + 'a>(
    find: impl FnOnce() -> Option<SpanRef<'a, S>>,
) -> bool {
    let before = HUB_BEFORE.replace(0);
    before != 0 && note(before, find).is_some()
}

fn note<'a, S: LookupSpan<'a> + 'a>(
    before: usize,
    find: impl FnOnce() -> Option<SpanRef<'a, S>>,
) -> Option<()> {
    let hub = Hub::current();
    if address_of(&hub) == before {
        return None;
    }
    let span = find()?;
    if span.extensions().get::<Ids>().is_some() {
        return None;
    }
    let of_sentry = hub.configure_scope(|scope| scope.get_span());
    let ids = ids_of(&of_sentry?)?;
    span.extensions_mut().replace(ids);
    Some(())
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
