//! Reads: whose this place in the program is.

use crate::attribution::Attribution;
use crate::resolve::resolve;
use crate::stack;

/// Whose this place in the program is.
///
/// ```
/// whose::user("alice").in_scope(|| assert_eq!(whose::current().user_id(), Some("alice")));
/// ```
#[must_use]
pub fn current() -> Attribution {
    stack::with_frames(|frames| resolve(None, frames))
}

/// Reads whose this place is, without keeping the answer; the closure may call back into `whose`,
/// and log.
///
/// ```
/// let is_known = whose::with_current(|at| at.user_id().is_some());
/// assert!(!is_known);
/// ```
pub fn with_current<R>(read: impl FnOnce(&Attribution) -> R) -> R {
    read(&current())
}
