//! When something happened: one reading tells the time of day, and how long it took.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Nanoseconds on a clock that only goes forward, since the first reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(u64);

/// How long the time of day is told from the last time that the system was asked for it.
const TRUSTED: u64 = 50_000_000;

/// The time of day at the first reading, by the last that the system told of it.
static BEGAN: AtomicU64 = AtomicU64::new(0);
/// Until when that is trusted.
static UNTIL: AtomicU64 = AtomicU64::new(0);

impl Moment {
    #[inline]
    pub(crate) fn now() -> Self {
        static FIRST: OnceLock<Instant> = OnceLock::new();
        let first = FIRST.get_or_init(Instant::now);
        Self(nanos(first.elapsed()))
    }

    /// How long it is since then.
    #[inline]
    pub(crate) fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }

    /// The time of day.
    #[inline]
    pub(crate) fn system_time(self) -> SystemTime {
        if self.0 >= UNTIL.load(Relaxed) {
            ask_system();
        }
        UNIX_EPOCH + Duration::from_nanos(BEGAN.load(Relaxed) + self.0)
    }
}

/// Asks the system for the time of day, which may have been set since.
#[cold]
fn ask_system() {
    let system = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = Moment::now().0;
    let began = system.map_or(0, nanos).saturating_sub(now);
    BEGAN.store(began, Relaxed);
    UNTIL.store(now + TRUSTED, Relaxed);
}

/// Enough for five centuries.
fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
