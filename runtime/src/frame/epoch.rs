//! The epoch of writes.

use std::sync::atomic::{AtomicU64, Ordering};

static EPOCH: AtomicU64 = AtomicU64::new(0);

/// The number of writes to mutable frames in this process. A cached attribution is valid while the
/// epoch is the same as before the attribution was resolved.
pub(crate) fn epoch() -> u64 {
    EPOCH.load(Ordering::Acquire)
}

/// Advances the epoch after a write, which invalidates cached attributions.
pub(crate) fn written() {
    EPOCH.fetch_add(1, Ordering::Release);
}
