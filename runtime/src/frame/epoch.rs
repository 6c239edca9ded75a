//! How often anything was written into a mutable frame.

use std::sync::atomic::{AtomicU64, Ordering};

/// How often anything was written into a mutable frame: an answer that was kept holds as long as
/// this stays as it was before the answer was made.
static EPOCH: AtomicU64 = AtomicU64::new(0);

pub(crate) fn epoch() -> u64 {
    EPOCH.load(Ordering::Acquire)
}

/// Tells after a write that what was read before may no longer hold.
pub(crate) fn written() {
    EPOCH.fetch_add(1, Ordering::Release);
}
