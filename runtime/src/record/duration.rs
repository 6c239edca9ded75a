use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// How long a span was open: it is told when the span is closed, and a record that is written to by
/// one who does not own it alone need not be asked who else has it, which costs more than the rest.
pub(crate) struct Lasted(AtomicU64);

/// Longer than a span can be open: five centuries.
const NOT_YET: u64 = u64::MAX;

impl Lasted {
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

impl Clone for Lasted {
    fn clone(&self) -> Self {
        Self(AtomicU64::new(self.0.load(Relaxed)))
    }
}

impl fmt::Debug for Lasted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}
