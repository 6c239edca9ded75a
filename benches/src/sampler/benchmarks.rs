//! Samples of benchmarks.

use super::programs::{Sampler, Workers};
use crate::benchmark::{Benchmark, Unit};
use crate::failure::Failure;
use crate::results::{Figure, median, ratio};
use crate::worker::{BenchmarkRun, Worker};

/// The shortest duration of a sample, in nanoseconds.
const MIN_SAMPLE_NANOSECONDS: u64 = 200_000;
/// The most operations in a sample that makes records: `fastrace` keeps 10,240 spans of a parent,
/// and no queue may overflow.
const MAX_COLLECTED_OPERATIONS: u64 = 4_000;
/// The number of operations from which on few samples are enough.
const LONG_SAMPLE_OPERATIONS: u64 = 100_000;
/// The operations of a sample that counts allocations: enough for rare allocations.
const COUNTED_OPERATIONS: u64 = 1_000;

impl Sampler {
    /// Measures the benchmarks case by case.
    ///
    /// # Errors
    /// Returns an error if a worker fails.
    pub fn benchmarks(&self, benchmarks: &[Benchmark]) -> Result<Vec<Figure>, Failure> {
        let mut workers = Workers::default();
        let mut figures = Vec::new();
        let mut left: Vec<&Benchmark> = benchmarks.iter().collect();
        while let Some(first) = left.first().copied() {
            let is_same_case = |one: &&Benchmark| {
                (one.row, one.case, one.argument) == (first.row, first.case, first.argument)
            };
            let (case, others): (Vec<&Benchmark>, Vec<&Benchmark>) =
                left.iter().partition(|one| is_same_case(one));
            left = others;
            eprintln!("{} / {}", first.row, first.case);
            let times = match first.unit {
                Unit::Nanoseconds => self.times(&mut workers, &case)?,
                Unit::Bytes => vec![Timing::default(); case.len()],
            };
            for (benchmark, timing) in case.into_iter().zip(times) {
                figures.push(self.figure(&mut workers, benchmark, timing)?);
            }
        }
        Ok(figures)
    }

    /// Measures the median time and the delivered share of each contender of a case.
    fn times(&self, workers: &mut Workers, case: &[&Benchmark]) -> Result<Vec<Timing>, Failure> {
        let mut sizes = Vec::new();
        for one in case {
            let worker = workers.get(&self.timing, one.setup, &self.folder)?;
            let size = one
                .operations
                .map_or_else(|| sample_size(worker, one), Ok)?;
            sizes.push(size);
        }
        let longest = case.iter().filter_map(|one| one.operations).max();
        let rounds = match (longest, self.quick) {
            (Some(longest), false) if longest >= LONG_SAMPLE_OPERATIONS => 5,
            (Some(_), false) => 15,
            (Some(_), true) => 1,
            (None, false) => 51,
            (None, true) => 11,
        };
        let mut samples = vec![Vec::with_capacity(rounds); case.len()];
        let mut deliveries = vec![Delivery::default(); case.len()];
        for _ in 0..rounds {
            for (at, one) in case.iter().enumerate() {
                let worker = workers.get(&self.timing, one.setup, &self.folder)?;
                let run = worker.run(&one.key(), sizes[at])?;
                samples[at].push(ratio(run.sample.nanoseconds, run.sample.operations));
                deliveries[at].add(&run);
            }
        }
        let medians = samples.into_iter().map(median);
        Ok(medians
            .zip(deliveries)
            .map(|(median, delivery)| Timing {
                median: median.unwrap_or_default(),
                delivered: delivery.share(),
            })
            .collect())
    }

    /// Creates the figure of a benchmark, and counts its allocations.
    fn figure(
        &self,
        workers: &mut Workers,
        one: &Benchmark,
        timing: Timing,
    ) -> Result<Figure, Failure> {
        let program = self.counting(one.allocations);
        let worker = workers.get(program, one.setup, &self.folder)?;
        let operations = match (one.unit, one.operations) {
            (Unit::Bytes, Some(all)) if self.quick => all / 10,
            (Unit::Bytes, Some(all)) => all,
            _ => COUNTED_OPERATIONS,
        };
        let run = worker.run(&one.key(), operations)?;
        let per_operation = |count: u64| ratio(count, run.sample.operations);
        let is_time = one.unit == Unit::Nanoseconds;
        let median = if is_time {
            timing.median
        } else {
            per_operation(run.sample.live)
        };
        Ok(Figure {
            argument: one.argument,
            allocations: is_time.then(|| per_operation(run.sample.allocations)),
            bytes: is_time.then(|| per_operation(run.sample.bytes)),
            delivered: timing.delivered,
            ..Figure::new(one.row, one.case, one.contender, one.role, median, one.unit)
        })
    }
}

/// Finds the number of operations that makes a sample long enough.
fn sample_size(worker: &mut Worker, one: &Benchmark) -> Result<u64, Failure> {
    let most = if one.records > 0 {
        MAX_COLLECTED_OPERATIONS
    } else {
        u64::MAX
    };
    let mut operations = 64;
    while operations < most {
        if worker.run(&one.key(), operations)?.sample.nanoseconds >= MIN_SAMPLE_NANOSECONDS {
            return Ok(operations);
        }
        operations *= 2;
    }
    Ok(most)
}

/// The median time of a contender, and the share of its records that were delivered.
#[derive(Clone, Copy, Default)]
struct Timing {
    median: f64,
    delivered: Option<f64>,
}

/// The numbers of records made and delivered.
#[derive(Clone, Copy, Default)]
struct Delivery {
    made: u64,
    delivered: Option<u64>,
}

impl Delivery {
    fn add(&mut self, run: &BenchmarkRun) {
        self.made += run.made;
        let before = self.delivered.unwrap_or_default();
        self.delivered = run.delivered.map(|count| before + count);
    }

    fn share(self) -> Option<f64> {
        let delivered = self.delivered.filter(|_| self.made > 0);
        delivered.map(|delivered| ratio(delivered, self.made))
    }
}
