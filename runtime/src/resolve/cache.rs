//! The attribution of the current stack, cached until the stack or a write changes it.

use crate::model::Attribution;
use crate::resolve::precedence::resolve_to;
use crate::stack::{self, Frames};

/// Calls `read` with the attribution of the current stack. `read` may call back into this crate: the
/// attribution is out of the cache meanwhile.
#[inline]
pub(crate) fn with_current<R>(read: impl FnOnce(&Attribution) -> R) -> R {
    match stack::attribution_cache::resolve_cached(|attribution, frames| {
        resolve_to(attribution, None, frames)
    }) {
        Some(cached) => {
            let result = read(&cached.attribution);
            stack::attribution_cache::store(cached);
            result
        }
        // The thread is being torn down.
        None => read(&resolved_without_stack()),
    }
}

/// Writes the attribution of the current stack to `attribution`, for a record.
#[inline]
pub(crate) fn resolve_current_to(attribution: &mut Attribution) {
    let resolve = |attribution: &mut Attribution, frames: Frames<'_>| {
        resolve_to(attribution, None, frames);
    };
    if stack::attribution_cache::resolve_cached_to(attribution, resolve).is_none() {
        *attribution = resolved_without_stack();
    }
}

fn resolved_without_stack() -> Attribution {
    let mut attribution = Attribution::default();
    resolve_to(&mut attribution, None, Frames::default());
    attribution
}
