//! Guards, which keep a scope current until they are dropped.

use std::fmt;
use std::marker::PhantomData;

use crate::stack;

/// Keeps a scope current until the guard is dropped; [`Scope::enter`](crate::Scope::enter) makes one.
///
/// Use a guard in a block of synchronous code, and bind it to a name: `let _ = scope.enter()` drops
/// the guard at once.
///
/// A guard belongs to the thread that entered the scope, and with the feature `tokio` to the task.
/// Other tasks on the same thread do not see the scope. A guard is not `Send`, so a future that
/// holds one across an `.await` is not `Send` either.
///
/// In async code use `#[whose::with_user]` or `.with_scope(..)`. A guard that is held across an
/// `.await` is counted in [`Stats::guards_across_await`](crate::Stats) and warned about once.
/// Inside a future that has a scope, such a guard ends at the `.await`. Clippy finds the mistake
/// with this line in `clippy.toml`:
///
/// ```toml
/// await-holding-invalid-types = ["whose::Guard"]
/// ```
#[must_use = "the scope ends when the guard is dropped: bind it to a name, such as `let _scope = ..`"]
pub struct Guard {
    /// The number of the entered scope; 0 for an empty scope.
    entered: u64,
    not_send: PhantomData<*const ()>,
}

impl Guard {
    /// The guard of an entered scope, by its number.
    #[inline]
    pub(super) fn new(entered: u64) -> Self {
        Self {
            entered,
            not_send: PhantomData,
        }
    }
}

impl Drop for Guard {
    #[inline]
    fn drop(&mut self) {
        if self.entered != 0 {
            stack::pop(self.entered);
        }
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").finish_non_exhaustive()
    }
}
