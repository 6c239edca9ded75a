//! What runs an operation many times, and reads a clock or an allocator around it.

use std::hint::black_box;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

/// What an allocator has done since the process began.
#[derive(Clone, Copy, Debug, Default)]
pub struct Allocations {
    /// How often memory was asked for, growth included.
    pub count: u64,
    /// How many bytes were asked for.
    pub bytes: u64,
    /// How many bytes are in use.
    pub live: u64,
}

/// How a process reads its allocator, where it counts.
pub type ReadAllocator = fn() -> Allocations;

/// What was measured over some operations.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Sample {
    /// How many operations were measured.
    pub operations: u64,
    /// How long they took, in nanoseconds.
    pub nanoseconds: u64,
    /// How often they asked for memory.
    pub allocations: u64,
    /// How many bytes they asked for.
    pub bytes: u64,
    /// How many bytes more were in use afterwards; fewer do not count.
    pub live: u64,
}

/// Measures the operation that it is given, as often as it was told.
pub struct Meter {
    operations: u64,
    argument: u64,
    allocator: Option<ReadAllocator>,
    sample: Sample,
    run: u64,
}

/// Operations before the measured ones, which fill caches and what a thread makes once.
const WARM_UP: u64 = 16;
/// How many inputs are made at once: so few that making them does not empty the caches.
const INPUTS: u64 = 256;

impl Meter {
    /// A meter for that many operations.
    #[must_use]
    pub fn new(operations: u64, argument: u64, allocator: Option<ReadAllocator>) -> Self {
        Self {
            operations,
            argument,
            allocator,
            sample: Sample::default(),
            run: 0,
        }
    }

    /// How deep, how many, how often: what the curve that this is a point of goes over.
    #[must_use]
    pub fn argument(&self) -> u64 {
        self.argument
    }

    /// How many operations were run, those that warm up included.
    #[must_use]
    pub fn run(&self) -> u64 {
        self.run
    }

    /// What was measured.
    #[must_use]
    pub fn sample(&self) -> Sample {
        self.sample
    }

    /// How many operations are to be measured.
    #[must_use]
    pub fn operations(&self) -> u64 {
        self.operations
    }

    /// Measures `operation`.
    #[inline]
    pub fn time<R>(&mut self, mut operation: impl FnMut() -> R) {
        measured(WARM_UP, &mut operation);
        self.run += WARM_UP;
        let operations = self.operations;
        self.around(operations, || counted(operations, &mut operation));
    }

    /// Measures `operation` on what `make` makes outside of what is measured.
    #[inline]
    pub fn time_on<I, R>(
        &mut self,
        mut make: impl FnMut() -> I,
        mut operation: impl FnMut(I) -> R,
    ) {
        let mut left = self.operations;
        let warm: Vec<I> = (0..WARM_UP).map(|_| make()).collect();
        on_each(&mut warm.into_iter(), &mut operation);
        self.run += WARM_UP;
        while left > 0 {
            let count = left.min(INPUTS);
            let inputs: Vec<I> = (0..count).map(|_| make()).collect();
            let mut inputs = inputs.into_iter();
            self.around(count, || counted_on_each(&mut inputs, &mut operation));
            left -= count;
        }
    }

    /// Measures on that many threads at once, each of which does every operation; so what is told
    /// is how long each of them has to wait.
    pub fn time_threads(&mut self, threads: u64, operation: impl Fn() + Sync) {
        self.time_threads_in(threads, || (), operation);
    }

    /// The same, inside of what `around` makes on each thread.
    pub fn time_threads_in<T>(
        &mut self,
        threads: u64,
        around: impl Fn() -> T + Sync,
        operation: impl Fn() + Sync,
    ) {
        let operations = self.operations;
        let barrier = Barrier::new(usize::try_from(threads).unwrap_or(1));
        let work = || {
            let _around = around();
            measured(WARM_UP, &mut || operation());
            barrier.wait();
            let start = Instant::now();
            measured(operations, &mut || operation());
            start.elapsed()
        };
        let before = self.sample;
        let mut slowest = Duration::ZERO;
        self.around(operations, || {
            thread::scope(|scope| {
                let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
                let times = threads.into_iter().filter_map(|thread| thread.join().ok());
                slowest = times.max().unwrap_or_default();
            });
        });
        // By their own clocks: how long threads take to start is not the operation's.
        self.sample.nanoseconds = before.nanoseconds + nanoseconds(slowest);
        self.sample.allocations = mean(before.allocations, self.sample.allocations, threads);
        self.sample.bytes = mean(before.bytes, self.sample.bytes, threads);
        self.run += threads * (operations + WARM_UP) - operations;
    }

    /// Measures what stays in memory of so many values.
    pub fn keep<T>(&mut self, mut make: impl FnMut() -> T) {
        // What a thread makes once is not the values' own.
        drop(make());
        let count = self.operations;
        let mut kept = Vec::new();
        self.around(count, || {
            // Here, so that what a value is itself counts too, and not only what it points at.
            kept.reserve_exact(usize::try_from(count).unwrap_or_default());
            kept.extend((0..count).map(|_| make()));
        });
    }

    /// Measures what `run` does, which is that many operations.
    pub fn around(&mut self, operations: u64, run: impl FnOnce()) {
        let before = self.allocator.map(|read| read()).unwrap_or_default();
        let start = Instant::now();
        run();
        let nanoseconds = nanoseconds(start.elapsed());
        let after = self.allocator.map(|read| read()).unwrap_or_default();
        self.run += operations;
        self.sample.operations += operations;
        self.sample.nanoseconds += nanoseconds;
        self.sample.allocations += after.count - before.count;
        self.sample.bytes += after.bytes - before.bytes;
        self.sample.live += after.live.saturating_sub(before.live);
    }
}

/// What each of so many threads has added.
fn mean(before: u64, after: u64, threads: u64) -> u64 {
    before + (after - before) / threads.max(1)
}

/// A time in nanoseconds.
#[must_use]
pub fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// The functions whose instructions callgrind collects: it knows them by this part of their names.
pub const COUNTED: &str = "*whose_benches::meter::counted*";

#[inline(never)]
fn counted<R>(operations: u64, operation: &mut impl FnMut() -> R) {
    measured(operations, operation);
}

#[inline(never)]
fn counted_on_each<I, R>(inputs: &mut std::vec::IntoIter<I>, operation: &mut impl FnMut(I) -> R) {
    on_each(inputs, operation);
}

#[inline(always)]
fn measured<R>(operations: u64, operation: &mut impl FnMut() -> R) {
    for _ in 0..operations {
        // By reference: a result is made and dropped, and not copied besides.
        black_box(&operation());
    }
}

#[inline(always)]
fn on_each<I, R>(inputs: &mut std::vec::IntoIter<I>, operation: &mut impl FnMut(I) -> R) {
    for input in inputs {
        black_box(&operation(input));
    }
}
