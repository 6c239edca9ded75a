//! Spans that are entered where another request of another user runs.

use crate::diagnostics::{self, At, Once};
use crate::record::CallSite;
use crate::resolve::Conflict;
use crate::stats;
use crate::testing;

/// Counts the entry, warns about it once for each call site of a span, and tells the strict tests
/// around it where both requests run and name different users.
#[cold]
pub(super) fn note(conflict: Conflict, span: &'static str, call_site: Option<CallSite>) {
    stats::conflicting_entry();
    let at = call_site.map_or(At::Target(span), At::Site);
    let warning = Once::ConflictingEntry(span, conflict);
    diagnostics::warn_later(warning, at);
    if conflict.is_certain {
        testing::note_misuse(|| warning.text(at));
    }
}
