//! Runs code of the application that may panic inside the crate.

use crate::stack;
use std::cell::Cell;
use std::panic::{catch_unwind, AssertUnwindSafe};

thread_local! {
    static CATCHING: Cell<u32> = const { Cell::new(0) };
}

struct Catching;

impl Catching {
    fn begin() -> Self {
        let _ = CATCHING.try_with(|depth| depth.set(depth.get() + 1));
        Self
    }
}

impl Drop for Catching {
    fn drop(&mut self) {
        let _ = CATCHING.try_with(|depth| depth.set(depth.get() - 1));
    }
}

/// Runs `run` and catches its panic, so that instrumentation never panics. The
/// [hook](crate::panic::install) does not record such a panic.
pub(crate) fn catch<R>(run: impl FnOnce() -> R) -> Option<R> {
    let _catching = Catching::begin();
    let mark = stack::mark();
    let result = catch_unwind(AssertUnwindSafe(run));
    // A guard that a sink or a hook forgets must not leave its user to the application.
    stack::pop_above(mark);
    match result {
        Ok(result) => Some(result),
        Err(payload) => {
            // The panic payload may panic when it is dropped.
            if let Err(again) = catch_unwind(AssertUnwindSafe(move || drop(payload))) {
                std::mem::forget(again);
            }
            None
        }
    }
}

/// Whether this thread runs code inside [`catch`].
pub(crate) fn is_catching() -> bool {
    CATCHING.try_with(Cell::get).is_ok_and(|depth| depth > 0)
}
