//! Counters without contention: each live thread adds to a slot of its own.

use std::cell::Cell;

use crate::util::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// The number of counters in a slot.
pub(crate) const COUNTS: usize = 12;

/// The number of slots. Threads past that number share one more slot.
const PLACES: usize = if cfg!(all(test, whose_loom)) { 1 } else { 64 };

/// The counters of one thread, aligned to two cache lines, which processors fetch in pairs.
#[repr(align(128))]
struct Slot {
    counts: [AtomicU64; COUNTS],
    is_taken: AtomicBool,
}

#[cfg(not(all(test, whose_loom)))]
impl Slot {
    const fn new() -> Self {
        Self {
            counts: [const { AtomicU64::new(0) }; COUNTS],
            is_taken: AtomicBool::new(false),
        }
    }
}

#[cfg(not(all(test, whose_loom)))]
static PLACED: [Slot; PLACES] = [const { Slot::new() }; PLACES];
#[cfg(not(all(test, whose_loom)))]
static SHARED: Slot = Slot::new();
#[cfg(all(test, whose_loom))]
use self::loom_models::{LEASE, PLACED, SHARED};

/// The slot of a thread.
#[derive(Clone, Copy)]
enum Mine {
    Unknown,
    Alone(&'static Slot),
    Shared,
}

/// Returns the slot when the thread ends. The counts stay in the slot.
struct SlotLease(Cell<Mine>);

#[cfg(not(all(test, whose_loom)))]
thread_local! {
    static LEASE: SlotLease = const { SlotLease(Cell::new(Mine::Unknown)) };
}

impl SlotLease {
    #[inline]
    fn place(&self) -> Option<&'static Slot> {
        match self.0.get() {
            Mine::Alone(place) => Some(place),
            Mine::Shared => None,
            Mine::Unknown => self.take(),
        }
    }

    #[cold]
    fn take(&self) -> Option<&'static Slot> {
        // `Acquire`: this thread reads the counts of the thread that had the slot before.
        let is_free = |place: &&Slot| !place.is_taken.swap(true, Ordering::Acquire);
        let place = PLACED.iter().find(is_free);
        self.0.set(place.map_or(Mine::Shared, Mine::Alone));
        place
    }
}

impl Drop for SlotLease {
    fn drop(&mut self) {
        if let Mine::Alone(place) = self.0.get() {
            place.is_taken.store(false, Ordering::Release);
        }
    }
}

/// Adds 1 to a counter.
#[inline]
pub(crate) fn add(at: usize) {
    // A thread in teardown has no slot.
    let place = LEASE.try_with(SlotLease::place).ok().flatten();
    match place {
        // No other thread writes this slot: a load and a store cost less than an atomic addition.
        Some(place) => {
            let count = &place.counts[at];
            count.store(count.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        }
        None => {
            SHARED.counts[at].fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// The sum of each counter over all slots.
pub(crate) fn sums() -> [u64; COUNTS] {
    std::array::from_fn(|at| {
        let count = |place: &Slot| place.counts[at].load(Ordering::Relaxed);
        PLACED.iter().map(count).sum::<u64>() + count(&SHARED)
    })
}

#[cfg(all(test, not(whose_loom)))]
mod tests {
    use super::*;

    #[test]
    fn counts_survive_ended_and_surplus_threads() {
        const THREADS: usize = 3 * PLACES;
        let before = sums();
        for _ in 0..2 {
            let all = std::sync::Barrier::new(THREADS);
            std::thread::scope(|scope| {
                for _ in 0..THREADS {
                    scope.spawn(|| {
                        all.wait();
                        (0..1_000).for_each(|_| add(3));
                        all.wait();
                    });
                }
            });
        }
        let counted: Vec<_> = sums()
            .iter()
            .zip(before)
            .map(|(now, was)| now - was)
            .collect();
        assert_eq!(counted[3], 2 * 1_000 * THREADS as u64);
        assert_eq!(counted.iter().sum::<u64>(), counted[3]);
    }
}

/// One thread has the only place, the other shares, or has it after the first.
#[cfg(all(test, whose_loom))]
mod loom_models {
    use loom::thread;

    use super::*;

    impl Slot {
        fn new() -> Self {
            Self {
                counts: std::array::from_fn(|_| AtomicU64::new(0)),
                is_taken: AtomicBool::new(false),
            }
        }
    }

    loom::lazy_static! {
        pub(super) static ref PLACED: [Slot; PLACES] = std::array::from_fn(|_| Slot::new());
        pub(super) static ref SHARED: Slot = Slot::new();
    }

    loom::thread_local! {
        pub(super) static LEASE: SlotLease = SlotLease(Cell::new(Mine::Unknown));
    }

    // The first thread of a model never counts: loom ends its thread locals after the statics.

    #[test]
    fn nothing_is_lost_where_a_thread_takes_the_place_of_another() {
        loom::model(|| {
            let threads = [(); 2].map(|()| thread::spawn(|| add(3)));
            for thread in threads {
                thread.join().unwrap();
            }
            assert_eq!(sums()[3], 2);
        });
    }

    #[test]
    fn nothing_is_lost_where_threads_share() {
        loom::model(|| {
            let threads = [(); 2].map(|()| {
                thread::spawn(|| {
                    SHARED.counts[3].fetch_add(1, Ordering::Relaxed);
                    add(3);
                })
            });
            for thread in threads {
                thread.join().unwrap();
            }
            assert_eq!(sums()[3], 4);
        });
    }
}
