//! Locks that a global allocator of the application may meet again.
//!
//! What runs under a lock of this crate allocates, and an application's allocator may call the crate:
//! a memory profiler that tags what it sees. The thread would wait for itself.

use std::cell::Cell;

thread_local! {
    static LOCKED: Cell<bool> = const { Cell::new(false) };
}

/// The right of a thread to take one of the crate's locks.
pub(crate) struct Exclusive(());

impl Exclusive {
    /// `None` where this thread has the right already, further out.
    #[inline]
    pub(crate) fn enter() -> Option<Self> {
        let was_locked = LOCKED.try_with(|locked| locked.replace(true));
        (!was_locked.unwrap_or(false)).then(|| Self(()))
    }
}

impl Drop for Exclusive {
    #[inline]
    fn drop(&mut self) {
        let _ = LOCKED.try_with(|locked| locked.set(false));
    }
}
