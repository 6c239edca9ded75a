//! What runs an operation many times, and reads a clock or an allocator around it.

use std::hint::black_box;
use std::time::Instant;

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
#[derive(Clone, Copy, Debug, Default)]
pub struct Sample {
    /// How many operations were measured.
    pub operations: u64,
    /// How long they took, in nanoseconds.
    pub nanoseconds: u64,
    /// How often they asked for memory.
    pub allocations: u64,
    /// How many bytes they asked for.
    pub bytes: u64,
}

/// Measures the operation that it is given, as often as it was told.
pub struct Meter {
    operations: u64,
    allocator: Option<ReadAllocator>,
    sample: Sample,
}

/// Operations before the measured ones, which fill caches and what a thread makes once.
const WARM_UP: u64 = 16;
/// How many inputs are made at once: so few that making them does not empty the caches.
const INPUTS: u64 = 256;

impl Meter {
    /// A meter for that many operations.
    #[must_use]
    pub fn new(operations: u64, allocator: Option<ReadAllocator>) -> Self {
        Self {
            operations,
            allocator,
            sample: Sample::default(),
        }
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
        while left > 0 {
            let count = left.min(INPUTS);
            let inputs: Vec<I> = (0..count).map(|_| make()).collect();
            let mut inputs = inputs.into_iter();
            self.around(count, || counted_on_each(&mut inputs, &mut operation));
            left -= count;
        }
    }

    /// Takes over what another thread or runtime has measured.
    pub fn add(&mut self, sample: Sample) {
        self.sample.operations += sample.operations;
        self.sample.nanoseconds += sample.nanoseconds;
        self.sample.allocations += sample.allocations;
        self.sample.bytes += sample.bytes;
    }

    /// Measures what `run` does, which is that many operations.
    pub fn around(&mut self, operations: u64, run: impl FnOnce()) {
        let before = self.allocator.map(|read| read()).unwrap_or_default();
        let start = Instant::now();
        run();
        let nanoseconds = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let after = self.allocator.map(|read| read()).unwrap_or_default();
        self.add(Sample {
            operations,
            nanoseconds,
            allocations: after.count - before.count,
            bytes: after.bytes - before.bytes,
        });
    }
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
