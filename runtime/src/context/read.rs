//! Reads of the current attribution.

use crate::model::Attribution;
use crate::resolve;

/// Resolves the user, the session, the tags and the data that apply to the calling code.
///
/// Use [`with_current`] in hot code, because it does not clone the result.
///
/// ```
/// whose::user("alice").in_scope(|| assert_eq!(whose::current().user_id(), Some("alice")));
/// ```
#[must_use]
pub fn current() -> Attribution {
    with_current(Attribution::clone)
}

/// Calls `read` with the current attribution, without cloning it.
///
/// The closure may call functions of `whose`, and may log.
///
/// ```
/// let is_known = whose::with_current(|at| at.user_id().is_some());
/// assert!(!is_known);
/// ```
pub fn with_current<R>(read: impl FnOnce(&Attribution) -> R) -> R {
    resolve::with_current(read)
}
