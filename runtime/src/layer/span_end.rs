//! The end of a span that is known before the span closes.

use std::panic::Location;

use tracing::Span;

use crate::layer::lookup;
use crate::util::Moment;

/// Ends the work of a span now. A task or a connection that a request started may keep the span open
/// after that; the duration of the record does not grow any more. A failed span gets no message.
///
/// The call site of the record is a line of the application instead of one of this crate.
pub(crate) fn end_span(span: &Span, is_failed: bool, call_site: &'static Location<'static>) {
    span.with_subscriber(|(id, dispatch)| {
        if let Some(core) = lookup::core_of(dispatch) {
            let now = Moment::now();
            core.spans().with(id.into_u64(), |open| {
                open.end(now, is_failed, call_site.into())
            });
        }
    });
}
