//! Counters that threads add to without meeting: each at a place that it has alone while it lives.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// How many are counted.
pub(crate) const COUNTS: usize = 11;

/// How many threads that live at once have a place; any more share one.
const PLACES: usize = 64;

/// Apart from its neighbours by two lines of the processor's cache, which it fetches in pairs.
#[repr(align(128))]
struct Place {
    counts: [AtomicU64; COUNTS],
    is_taken: AtomicBool,
}

impl Place {
    const fn new() -> Self {
        Self {
            counts: [const { AtomicU64::new(0) }; COUNTS],
            is_taken: AtomicBool::new(false),
        }
    }
}

static PLACED: [Place; PLACES] = [const { Place::new() }; PLACES];
static SHARED: Place = Place::new();

/// Where a thread counts.
#[derive(Clone, Copy)]
enum Mine {
    Unknown,
    Alone(&'static Place),
    Shared,
}

/// Gives the place back when the thread ends; what was counted there stays.
struct Lease(Cell<Mine>);

thread_local! {
    static LEASE: Lease = const { Lease(Cell::new(Mine::Unknown)) };
}

impl Lease {
    #[inline]
    fn place(&self) -> Option<&'static Place> {
        match self.0.get() {
            Mine::Alone(place) => Some(place),
            Mine::Shared => None,
            Mine::Unknown => self.take(),
        }
    }

    #[cold]
    fn take(&self) -> Option<&'static Place> {
        // What the thread before has counted there is seen by this one.
        let is_free = |place: &&Place| !place.is_taken.swap(true, Ordering::Acquire);
        let place = PLACED.iter().find(is_free);
        self.0.set(place.map_or(Mine::Shared, Mine::Alone));
        place
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Mine::Alone(place) = self.0.get() {
            place.is_taken.store(false, Ordering::Release);
        }
    }
}

/// Adds one.
#[inline]
pub(crate) fn add(at: usize) {
    // A thread that is being torn down has none.
    let place = LEASE.try_with(Lease::place).ok().flatten();
    match place {
        // Nobody else writes here: a plain addition, where a shared one would wait for the memory.
        Some(place) => {
            let count = &place.counts[at];
            count.store(count.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        }
        None => {
            SHARED.counts[at].fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// The sums of what all threads have added.
pub(crate) fn sums() -> [u64; COUNTS] {
    std::array::from_fn(|at| {
        let counts = PLACED.iter().chain([&SHARED]);
        counts
            .map(|place| place.counts[at].load(Ordering::Relaxed))
            .sum()
    })
}

#[cfg(test)]
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
