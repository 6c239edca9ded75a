//! When something happened: one reading tells the time of day, and how long it took.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Nanoseconds on a clock that only goes forward.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(u64);

/// How long the time of day is told from what the system last said, in nanoseconds: it may be set,
/// and the processor's counter is calibrated to a few millionths.
const TRUSTED: u64 = 100_000_000;
/// By how much the system's time may be behind what was told before and is waited for; by more, it
/// was set, and is followed.
const WAITED_FOR: u64 = 1_000_000;

/// The time of day when the clock was at nothing, in nanoseconds since 1970.
static BEGAN: AtomicU64 = AtomicU64::new(0);
/// Until when that is trusted.
static UNTIL: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// The last time of day that this thread was told.
    static TOLD: Cell<u64> = const { Cell::new(0) };
}

impl Moment {
    #[inline]
    pub(crate) fn now() -> Self {
        Self(counter::nanos())
    }

    /// How many nanoseconds it is since then.
    #[inline]
    pub(crate) fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The time of day, in nanoseconds since 1970; on one thread it goes only forward, unless the
    /// system's time is set.
    #[inline]
    pub(crate) fn since_1970(self) -> u64 {
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

/// A time of day that is told in nanoseconds since 1970.
#[inline]
pub(crate) fn system_time(since_1970: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_nanos(since_1970)
}

/// The time of day now.
///
/// Every record and every link takes its time from this clock: the clock of the system differs by
/// up to a millisecond, so that a record just before a login would stand after the login.
pub(crate) fn now() -> SystemTime {
    system_time(Moment::now().since_1970())
}

/// Asks the system for the time of day.
#[cold]
fn ask_system() {
    /// Longer than the two clocks take to read: the thread was interrupted in between.
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

    /// By the processor's counter, or the system's clock where that is not invariant.
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

    /// By the system's clock, since it was first asked.
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
