//! Runs an operation many times, and reads the clock or the allocator before and after.

use std::hint::black_box;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

/// The counters of an allocator since the process or the thread started.
#[derive(Clone, Copy, Debug, Default)]
pub struct Allocations {
    /// Allocations and reallocations.
    pub count: u64,
    /// Bytes requested.
    pub bytes: u64,
    /// Bytes in use.
    pub live: u64,
}

/// Reads the counters of the allocator, in a program whose allocator counts.
pub type ReadAllocator = fn() -> Allocations;

/// The sums over the measured operations.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Sample {
    /// Operations measured.
    pub operations: u64,
    /// Elapsed time in nanoseconds.
    pub nanoseconds: u64,
    /// Allocations and reallocations.
    pub allocations: u64,
    /// Bytes requested.
    pub bytes: u64,
    /// Growth of the bytes in use; 0 if they shrank.
    pub live: u64,
}

/// Measures one benchmark: a fixed number of operations.
pub struct Meter {
    operations: u64,
    argument: u64,
    allocator: Option<ReadAllocator>,
    sample: Sample,
    executed: u64,
    extra_records: u64,
}

/// Operations that run before the measured ones, to fill caches and per-thread state.
const WARM_UP: u64 = 16;
/// Inputs that are made at a time: few enough to leave the caches warm.
const INPUTS: u64 = 256;

impl Meter {
    /// Creates a meter for `operations` operations.
    #[must_use]
    pub fn new(operations: u64, argument: u64, allocator: Option<ReadAllocator>) -> Self {
        Self {
            operations,
            argument,
            allocator,
            sample: Sample::default(),
            executed: 0,
            extra_records: 0,
        }
    }

    /// Returns the position on the curve (a depth, a number of tags), or 0 without a curve.
    #[must_use]
    pub fn argument(&self) -> u64 {
        self.argument
    }

    /// Returns the number of operations executed, including those that warm up.
    #[must_use]
    pub fn executed(&self) -> u64 {
        self.executed
    }

    /// Adds records that the benchmark makes outside the measured operations.
    pub fn add_extra_records(&mut self, records: u64) {
        self.extra_records += records;
    }

    /// Returns the records that were made outside the measured operations.
    #[must_use]
    pub fn extra_records(&self) -> u64 {
        self.extra_records
    }

    /// Returns the sums.
    #[must_use]
    pub fn sample(&self) -> Sample {
        self.sample
    }

    /// Returns the number of operations to measure.
    #[must_use]
    pub fn operations(&self) -> u64 {
        self.operations
    }

    /// Measures `operation`.
    #[inline]
    pub fn time<R>(&mut self, mut operation: impl FnMut() -> R) {
        measured(WARM_UP, &mut operation);
        self.executed += WARM_UP;
        let operations = self.operations;
        self.around(operations, || counted(operations, &mut operation));
    }

    /// Measures `operation` on inputs that `make` creates outside the measured time.
    #[inline]
    pub fn time_on<I, R>(
        &mut self,
        mut make: impl FnMut() -> I,
        mut operation: impl FnMut(I) -> R,
    ) {
        let mut left = self.operations;
        let warm: Vec<I> = (0..WARM_UP).map(|_| make()).collect();
        on_each(&mut warm.into_iter(), &mut operation);
        self.executed += WARM_UP;
        while left > 0 {
            let count = left.min(INPUTS);
            let inputs: Vec<I> = (0..count).map(|_| make()).collect();
            let mut inputs = inputs.into_iter();
            self.around(count, || counted_on_each(&mut inputs, &mut operation));
            left -= count;
        }
    }

    /// Measures `operation` on several threads at once.
    ///
    /// Every thread executes all operations; the time is that of the slowest thread.
    pub fn time_threads(&mut self, threads: u64, operation: impl Fn() + Sync) {
        self.time_threads_in(threads, || (), operation);
    }

    /// Like [`time_threads`](Self::time_threads), inside the guard that `around` returns on each
    /// thread.
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
        // The threads use their own clocks, so that the time to start them is not included.
        self.sample.nanoseconds = before.nanoseconds + nanoseconds(slowest);
        self.sample.allocations = mean(before.allocations, self.sample.allocations, threads);
        self.sample.bytes = mean(before.bytes, self.sample.bytes, threads);
        self.executed += threads * (operations + WARM_UP) - operations;
    }

    /// Measures the live bytes of the values that `make` returns.
    pub fn keep<T>(&mut self, mut make: impl FnMut() -> T) {
        // Per-thread state does not belong to the values.
        drop(make());
        let count = self.operations;
        let mut kept = Vec::new();
        self.around(count, || {
            // The vector is part of the measurement, so that a value's own size counts too.
            kept.reserve_exact(usize::try_from(count).unwrap_or_default());
            kept.extend((0..count).map(|_| make()));
        });
    }

    /// Measures `run`, which executes `operations` operations.
    pub fn around(&mut self, operations: u64, run: impl FnOnce()) {
        let before = self.allocator.map(|read| read()).unwrap_or_default();
        let start = Instant::now();
        run();
        let nanoseconds = nanoseconds(start.elapsed());
        let after = self.allocator.map(|read| read()).unwrap_or_default();
        self.executed += operations;
        self.sample.operations += operations;
        self.sample.nanoseconds += nanoseconds;
        self.sample.allocations += after.count - before.count;
        self.sample.bytes += after.bytes - before.bytes;
        self.sample.live += after.live.saturating_sub(before.live);
    }
}

/// Returns `before` plus the mean growth per thread.
fn mean(before: u64, after: u64, threads: u64) -> u64 {
    before + (after - before) / threads.max(1)
}

/// Converts a duration to nanoseconds.
#[must_use]
pub fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// The pattern by which callgrind finds the functions whose instructions it collects.
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
        // By reference: the result is created and dropped, but not copied.
        black_box(&operation());
    }
}

#[inline(always)]
fn on_each<I, R>(inputs: &mut std::vec::IntoIter<I>, operation: &mut impl FnMut(I) -> R) {
    for input in inputs {
        black_box(&operation(input));
    }
}
