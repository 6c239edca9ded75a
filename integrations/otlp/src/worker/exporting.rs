//! Whether this thread is a sender.

use std::cell::Cell;

thread_local! {
    static EXPORTING: Cell<bool> = const { Cell::new(false) };
}

/// Marks this thread as a sender.
///
/// The libraries of the transport emit spans and events too. A record of the sender's thread is not
/// exported: each export would cause the next one.
pub(crate) fn mark_exporting() {
    EXPORTING.set(true);
}

/// Whether this thread is a sender.
#[inline]
pub(crate) fn is_exporting() -> bool {
    EXPORTING.try_with(Cell::get).unwrap_or(false)
}
