//! Reads of the current attribution.

use crate::model::{Attribution, Explanation};
use crate::{resolve, stack};

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

/// Explains the current attribution: the frames from the innermost outwards, the values and the call
/// sites of each frame, the values that win, and the values that they hide.
///
/// Use `explain` where a record has an unexpected user, or none.
///
/// ```
/// whose::user("alice").in_scope(|| {
///     whose::user("bob").in_scope(|| {
///         let text = whose::explain().to_string();
///         assert!(text.contains(r#"user "bob" wins, hides user "alice" of frame 2"#), "{text}");
///     });
/// });
/// ```
#[must_use]
pub fn explain() -> Explanation {
    stack::with_frames(resolve::explain)
}
