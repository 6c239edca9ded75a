//! The clock of the records: one reading gives the time of day and the start of a duration.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Nanoseconds on a monotonic clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(u64);

/// How long an offset between the two clocks is used, in nanoseconds. The time of day can be set,
/// and the counter of the processor is calibrated to a few millionths.
const TRUSTED: u64 = 100_000_000;
/// The largest step backwards of the system's time that the clock waits out, in nanoseconds. After a
/// larger step the time was set, and the clock follows.
const WAITED_FOR: u64 = 1_000_000;

/// The time of day at the origin of the monotonic clock, in nanoseconds since 1970.
static BEGAN: AtomicU64 = AtomicU64::new(0);
/// The end of the use of that offset.
static UNTIL: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// The last time of day that this thread has read.
    static TOLD: Cell<u64> = const { Cell::new(0) };
}

impl Moment {
    #[inline]
    pub(crate) fn now() -> Self {
        Self(counter::nanos())
    }

    /// The nanoseconds since an earlier moment.
    #[inline]
    pub(crate) fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The time of day, in nanoseconds since 1970. On one thread the time only increases, unless the
    /// system's time is set.
    #[inline]
    pub(crate) fn unix_nanos(self) -> u64 {
        if self.0 >= UNTIL.load(Relaxed) {
            ask_system();
        }
        let time = BEGAN.load(Relaxed).saturating_add(self.0);
        TOLD.with(|told| {
            let behind = told.get().saturating_sub(time);
            let time = match behind {
                1..WAITED_FOR => told.get(),
                _ => time,
            };
            told.set(time);
            time
        })
    }
}

/// The time of day for nanoseconds since 1970.
#[inline]
pub(crate) fn system_time(since_1970: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_nanos(since_1970)
}

/// The current time of day.
///
/// Every record and every link takes its time from this clock. The clock of the system differs by up
/// to a millisecond, and a record just before a login would be dated after the login.
pub(crate) fn now() -> SystemTime {
    system_time(Moment::now().unix_nanos())
}

/// Reads the time of day from the system.
#[cold]
fn ask_system() {
    /// Longer than reading both clocks takes: the thread was interrupted in between.
    const INTERRUPTED: u64 = 5_000;
    for _ in 0..4 {
        let before = counter::nanos();
        let system = SystemTime::now().duration_since(UNIX_EPOCH);
        let after = counter::nanos();
        let system = system.map_or(0, nanos);
        let now = before.midpoint(after);
        BEGAN.store(system.saturating_sub(now), Relaxed);
        UNTIL.store(now.saturating_add(TRUSTED), Relaxed);
        if after.saturating_sub(before) < INTERRUPTED {
            return;
        }
    }
}

/// Enough for five centuries.
fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(feature = "tsc")]
mod counter {
    use std::sync::OnceLock;

    use quanta::Clock;

    /// Reads the counter of the processor, or the clock of the system where the counter is not
    /// invariant.
    #[inline]
    pub(crate) fn nanos() -> u64 {
        static CLOCK: OnceLock<Clock> = OnceLock::new();
        let clock = CLOCK.get_or_init(Clock::new);
        clock.delta_as_nanos(0, clock.raw())
    }
}

#[cfg(not(feature = "tsc"))]
mod counter {
    use std::sync::OnceLock;
    use std::time::Instant;

    /// Reads the clock of the system, since the first reading.
    #[inline]
    pub(crate) fn nanos() -> u64 {
        static FIRST: OnceLock<Instant> = OnceLock::new();
        super::nanos(FIRST.get_or_init(Instant::now).elapsed())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Mutex, PoisonError};
    use std::time::Instant;

    use super::*;

    /// The tests of one process share the clock.
    static ALONE: Mutex<()> = Mutex::new(());

    fn told() -> SystemTime {
        now()
    }

    #[test]
    fn time_follows_system_within_a_millisecond_and_is_monotonic() {
        let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let begun = Instant::now();
        let mut last = UNIX_EPOCH;
        let mut readings = 0_u64;
        // Long enough for the system to be asked several times.
        while begun.elapsed() < Duration::from_nanos(5 * TRUSTED) {
            let before = SystemTime::now();
            let told = told();
            let after = SystemTime::now();
            let most = Duration::from_millis(1);
            assert!(
                told + most >= before && told <= after + most,
                "{before:?} {told:?} {after:?}"
            );
            assert!(told >= last);
            last = told;
            readings += 1;
        }
        assert!(readings > 1_000);
    }

    #[test]
    fn small_lag_waits_and_changed_system_time_is_followed() {
        let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let before = told();
        let move_back = |nanos| BEGAN.fetch_sub(nanos, Relaxed);
        move_back(WAITED_FOR / 2);
        assert!(told() >= before);
        move_back(3_600_000_000_000);
        assert!(told() < before);
        UNTIL.store(0, Relaxed);
        assert!(told() >= before);
    }

    #[test]
    fn elapsed_time_advances_clock() {
        let before = (Moment::now(), Instant::now());
        std::thread::sleep(Duration::from_millis(20));
        let measured = Duration::from_nanos(Moment::now().since(before.0));
        let most = before.1.elapsed();
        // The counter is calibrated much better than to a hundredth.
        assert!(measured >= Duration::from_millis(20).mul_f64(0.99));
        assert!(measured <= most.mul_f64(1.01), "{measured:?} {most:?}");
    }
}
