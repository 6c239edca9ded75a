//! Spans that are entered where another request of another user runs.

use crate::diagnostics::{stats, warnings, At, Once};
use crate::record::CallSite;
use crate::resolve::Conflict;
use crate::testing;

/// Counts the entry, warns about it once for each call site of a span, and tells the strict tests
/// around it where both requests run and name different users.
#[cold]
pub(crate) fn note(conflict: Conflict, span: &'static str, call_site: Option<CallSite>) {
    stats::conflicting_entry();
    let at = call_site.map_or(At::Target(span), At::Site);
    let warning = Once::ConflictingEntry(span, conflict);
    warnings::warn_later(warning, at);
    if conflict.is_certain {
        testing::note_misuse(|| warning.text(at));
    }
}
