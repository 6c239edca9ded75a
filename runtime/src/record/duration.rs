use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// How long a span was open, written through a shared reference when it is closed: to prove that
/// nobody else has the record would cost more than the rest of closing it.
pub(crate) struct DurationCell(AtomicU64);

/// Longer than a span can be open: five centuries.
const NOT_YET: u64 = u64::MAX;

impl DurationCell {
    pub(crate) const fn not_yet() -> Self {
        Self(AtomicU64::new(NOT_YET))
    }

    /// Whoever reads it got the record after this.
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
