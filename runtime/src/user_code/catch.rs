//! Code of the user's that runs inside of whose, and may panic.

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

/// Runs code that may panic; the application never pays for that, and the
/// [hook](crate::panic::install) does not take it for a panic of the application's.
pub(crate) fn catch<R>(run: impl FnOnce() -> R) -> Option<R> {
    let _catching = Catching::begin();
    let mark = stack::mark();
    let result = catch_unwind(AssertUnwindSafe(run));
    // A guard that a sink or a hook forgets must not leave its user to the application.
    stack::pop_above(mark);
    match result {
        Ok(result) => Some(result),
        Err(payload) => {
            // What it panicked with may panic again when it is dropped.
            if let Err(again) = catch_unwind(AssertUnwindSafe(move || drop(payload))) {
                std::mem::forget(again);
            }
            None
        }
    }
}

/// Whether a panic on this thread would be caught here.
pub(crate) fn is_catching() -> bool {
    CATCHING.try_with(Cell::get).is_ok_and(|depth| depth > 0)
}
