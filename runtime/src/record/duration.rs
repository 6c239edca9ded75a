use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// How long a span was open.
///
/// The layer writes the duration through a shared reference when the span closes. To prove
/// exclusive access would cost more than the rest of the close.
pub(crate) struct DurationCell(AtomicU64);

/// Longer than any span: five centuries.
const NOT_YET: u64 = u64::MAX;

impl DurationCell {
    pub(crate) const fn not_yet() -> Self {
        Self(AtomicU64::new(NOT_YET))
    }

    /// Relaxed is enough: a reader receives the record after this write.
    #[inline]
    pub(crate) fn set(&self, nanos: u64) {
        self.0.store(nanos.min(NOT_YET - 1), Relaxed);
    }

    pub(crate) fn get(&self) -> Option<Duration> {
        let nanos = self.0.load(Relaxed);
        (nanos != NOT_YET).then(|| Duration::from_nanos(nanos))
    }
}

impl Clone for DurationCell {
    fn clone(&self) -> Self {
        Self(AtomicU64::new(self.0.load(Relaxed)))
    }
}

impl fmt::Debug for DurationCell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}
