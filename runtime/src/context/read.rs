//! Reads: whose this place in the program is.

use crate::model::Attribution;
use crate::resolve;

/// Whose this place in the program is.
///
/// ```
/// whose::user("alice").in_scope(|| assert_eq!(whose::current().user_id(), Some("alice")));
/// ```
#[must_use]
pub fn current() -> Attribution {
    with_current(Attribution::clone)
}

/// Reads whose this place is, without keeping the answer; the closure may call back into `whose`,
/// and log.
///
/// ```
/// let is_known = whose::with_current(|at| at.user_id().is_some());
/// assert!(!is_known);
/// ```
pub fn with_current<R>(read: impl FnOnce(&Attribution) -> R) -> R {
    resolve::with_current(read)
}
