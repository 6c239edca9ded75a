//! The answer for the current place, resolved once until the place or a write changes it.

use crate::model::Attribution;
use crate::resolve::precedence::resolve_to;
use crate::stack::{self, Frames};

/// Calls `read` with the attribution of the current place. `read` may call back into this crate: the
/// cached answer is taken out meanwhile.
#[inline]
pub(crate) fn with_current<R>(read: impl FnOnce(&Attribution) -> R) -> R {
    match stack::answer::answer(|attribution, frames| resolve_to(attribution, None, frames)) {
        Some(kept) => {
            let result = read(&kept.attribution);
            stack::answer::keep(kept);
            result
        }
        // The thread is being torn down.
        None => read(&resolved_without_stack()),
    }
}

/// Writes the attribution of the current place to `attribution`, for a record.
pub(crate) fn resolve_current_to(attribution: &mut Attribution) {
    let resolve = |attribution: &mut Attribution, frames: Frames<'_>| {
        resolve_to(attribution, None, frames);
    };
    if stack::answer::answer_to(attribution, resolve).is_none() {
        *attribution = resolved_without_stack();
    }
}

fn resolved_without_stack() -> Attribution {
    let mut attribution = Attribution::default();
    resolve_to(&mut attribution, None, Frames::default());
    attribution
}
