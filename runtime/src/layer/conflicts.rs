//! Spans of one request that are entered in another request with another user.

use crate::diagnostics::{stats, Origin, Warning};
use crate::pipeline::strict;
use crate::stack::Conflict;
use crate::util::CallSite;

const CONFLICTING_ENTRY: Warning = Warning::warn("conflicting entry");

/// Counts the entry and warns once for each call site of a span. Where both requests run and name
/// different users, the strict test around the entry fails.
#[cold]
pub(crate) fn note(conflict: Conflict, span: &'static str, call_site: Option<CallSite>) {
    stats::conflicting_entry();
    let text = move |origin| message(span, conflict, origin);
    let origin = Origin::new(call_site, span);
    CONFLICTING_ENTRY.emit_deferred(origin, text);
    if conflict.is_certain {
        strict::note_misuse(|| text(origin));
    }
}

fn message(span: &str, conflict: Conflict, origin: Origin) -> String {
    format!(
        "the span `{span}` made at {origin} belongs to the request identified at {}, and was entered in \
         the request of {}: what happens inside counts as the {}. A pooled object should not keep a span \
         of the request that made it (make the span with `parent: None`). A worker that serves many \
         requests should not carry the scope of one (spawn it with `.with_scope(Scope::detached())`), \
         and should run each job in the `Scope::current()` of its submitter",
        conflict.span,
        conflict.current,
        if conflict.is_spans {
            "span's"
        } else {
            "current request's"
        },
    )
}
