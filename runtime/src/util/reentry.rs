//! Protection against a deadlock with the application's global allocator.
//!
//! Code under a lock of this crate allocates, and the allocator of the application may call this
//! crate: a memory profiler that tags allocations. Without protection the thread would wait for its
//! own lock.

use std::cell::Cell;

thread_local! {
    static LOCKED: Cell<bool> = const { Cell::new(false) };
}

/// The permission of a thread to take one of the crate's locks.
pub(crate) struct Exclusive(());

impl Exclusive {
    /// `None` where this thread holds the permission already.
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
