//! Takes samples, in turn of all contenders of a case.
//!
//! Written for this, because neither `criterion` nor `divan` takes turns: each measures one
//! contender after the other for seconds, and on a machine that others use, what one of them is to
//! the next then depends on who else ran when. `divan` writes no JSON either, and neither asks
//! processes that have different subscribers.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::op::{Op, Unit};
use crate::results::{Figure, median};
use crate::rows::pipeline::{self, Outcome, Pipeline};
use crate::rows::polls;
use crate::rows::sizes::{self, Size};
use crate::setup::Setup;
use crate::worker::{Question, Ran, Worker};

/// What is to be measured, and how thoroughly.
pub struct Sampler {
    /// The program that measures times.
    pub timing: PathBuf,
    /// The program that measures allocations.
    pub counting: PathBuf,
    /// A folder for what they write.
    pub folder: PathBuf,
    /// Whether rough figures will do.
    pub quick: bool,
}

/// How long a sample takes at least, in nanoseconds.
const SAMPLE: u64 = 200_000;
/// How many operations a sample has at most where spans are collected: fastrace takes 10,240 of
/// them a parent, and no queue is to overflow.
const COLLECTED: u64 = 4_000;
/// How many operations make a sample so long that few are enough.
const LONG: u64 = 100_000;
/// How many spans are enough to see how much is in use at most.
const PEAK: u64 = 300_000;
/// How many operations are counted: enough for an allocation that is made now and then.
const COUNTED: u64 = 1_000;

type Workers = HashMap<&'static str, Worker>;

fn worker<'a>(
    workers: &'a mut Workers,
    program: &Path,
    setup: Setup,
    folder: &Path,
) -> Result<&'a mut Worker, Failure> {
    let name = setup.name();
    if !workers.contains_key(name) {
        workers.insert(name, Worker::start(program, setup, folder)?);
    }
    workers.get_mut(name).ok_or_else(|| "no worker".into())
}

impl Sampler {
    /// Measures the operations, case by case.
    ///
    /// # Errors
    /// Where a worker fails.
    pub fn ops(&self, ops: &[Op]) -> Result<Vec<Figure>, Failure> {
        let (mut timing, mut counting) = (Workers::new(), Workers::new());
        let mut figures = Vec::new();
        let mut left: Vec<&Op> = ops.iter().collect();
        while let Some(first) = left.first().copied() {
            let is_beside = |op: &&Op| {
                (op.row, op.case, op.argument) == (first.row, first.case, first.argument)
            };
            let (case, others): (Vec<&Op>, Vec<&Op>) = left.iter().partition(|op| is_beside(op));
            left = others;
            eprintln!("{} / {}", first.row, first.case);
            let times = match first.unit {
                Unit::Nanoseconds => self.times(&mut timing, &case)?,
                Unit::Bytes => vec![Times::default(); case.len()],
            };
            for (op, times) in case.into_iter().zip(times) {
                figures.push(self.figure(&mut counting, op, times)?);
            }
        }
        Ok(figures)
    }

    /// The median time of each, and what it delivered.
    fn times(&self, workers: &mut Workers, case: &[&Op]) -> Result<Vec<Times>, Failure> {
        let mut sizes = Vec::new();
        for op in case {
            let worker = worker(workers, &self.timing, op.setup, &self.folder)?;
            sizes.push(op.operations.map_or_else(|| size(worker, op), Ok)?);
        }
        let longest = case.iter().filter_map(|op| op.operations).max();
        let rounds = match (longest, self.quick) {
            (Some(longest), false) if longest >= LONG => 5,
            (Some(_), false) => 15,
            (Some(_), true) => 1,
            (None, false) => 51,
            (None, true) => 11,
        };
        let mut samples = vec![Vec::with_capacity(rounds); case.len()];
        let mut spans = vec![Share::default(); case.len()];
        for _ in 0..rounds {
            for (at, op) in case.iter().enumerate() {
                let worker = worker(workers, &self.timing, op.setup, &self.folder)?;
                let ran = worker.run(&op.key(), sizes[at])?;
                samples[at].push(ratio(ran.sample.nanoseconds, ran.sample.operations));
                spans[at].add(&ran);
            }
        }
        let medians = samples.into_iter().map(median);
        Ok(medians
            .zip(spans)
            .map(|(median, spans)| Times {
                median: median.unwrap_or_default(),
                delivered: spans.share(),
            })
            .collect())
    }

    /// The figure of an operation, with what the other program counts.
    fn figure(&self, workers: &mut Workers, op: &Op, times: Times) -> Result<Figure, Failure> {
        let worker = worker(workers, &self.counting, op.setup, &self.folder)?;
        let operations = match (op.unit, op.operations) {
            (Unit::Bytes, Some(all)) if self.quick => all / 10,
            (Unit::Bytes, Some(all)) => all,
            _ => COUNTED,
        };
        let ran = worker.run(&op.key(), operations)?;
        let of = |count: u64| ratio(count, ran.sample.operations);
        let is_time = op.unit == Unit::Nanoseconds;
        let median = if is_time {
            times.median
        } else {
            of(ran.sample.live)
        };
        Ok(Figure {
            argument: op.argument,
            allocations: is_time.then(|| of(ran.sample.allocations)),
            bytes: is_time.then(|| of(ran.sample.bytes)),
            delivered: times.delivered,
            ..Figure::new(op.row, op.case, op.contender, op.role, median, op.unit)
        })
    }

    /// Sends spans through the pipelines, each time in a new process.
    ///
    /// # Errors
    /// Where a worker fails.
    pub fn pipelines(&self, pipelines: &[Pipeline]) -> Result<Vec<Figure>, Failure> {
        let mut figures = Vec::new();
        for threads in [1, 2] {
            let mut outcomes = vec![Vec::new(); pipelines.len()];
            for round in 0..3 {
                for (pipeline, outcomes) in pipelines.iter().zip(&mut outcomes) {
                    // A run of millions is many runs in one.
                    if round > 0 && (self.quick || pipeline.spans >= 1_000_000) {
                        continue;
                    }
                    eprintln!("{} / {}, {threads} producers", pipeline::ROW, pipeline.name);
                    outcomes.push(self.send(&self.timing, pipeline, threads)?);
                }
            }
            for (pipeline, outcomes) in pipelines.iter().zip(&outcomes) {
                // What is in use at most is so long before the millionth span.
                let few = Pipeline {
                    spans: pipeline.spans.min(PEAK),
                    ..*pipeline
                };
                let peak = self.send(&self.counting, &few, threads)?.peak;
                figures.extend(pipeline_figures(pipeline, threads, outcomes, peak));
            }
        }
        Ok(figures)
    }

    fn send(&self, program: &Path, pipeline: &Pipeline, threads: u64) -> Result<Outcome, Failure> {
        let spans = if self.quick {
            pipeline.spans / 10
        } else {
            pipeline.spans
        };
        let name = pipeline.name.to_owned();
        let question = Question::Pipeline {
            name,
            threads,
            spans,
        };
        Worker::start(program, pipeline.setup, &self.folder)?.ask(&question)
    }
}

/// How many bytes each wrapper adds to a future.
#[must_use]
pub fn sizes() -> Vec<Figure> {
    let figure = |size: Size| {
        let Size {
            case,
            contender,
            role,
            bytes,
        } = size;
        Figure::new(polls::ROW, case, contender, role, bytes as f64, Unit::Bytes)
    };
    sizes::sizes().into_iter().map(figure).collect()
}

/// How many operations make a sample long enough.
fn size(worker: &mut Worker, op: &Op) -> Result<u64, Failure> {
    let most = if op.spans > 0 { COLLECTED } else { u64::MAX };
    let mut operations = 64;
    while operations < most {
        if worker.run(&op.key(), operations)?.sample.nanoseconds >= SAMPLE {
            return Ok(operations);
        }
        operations *= 2;
    }
    Ok(most)
}

#[derive(Clone, Copy, Default)]
struct Times {
    median: f64,
    delivered: Option<f64>,
}

/// How many spans were made and how many arrived.
#[derive(Clone, Copy, Default)]
struct Share {
    made: u64,
    arrived: Option<u64>,
}

impl Share {
    fn add(&mut self, ran: &Ran) {
        self.made += ran.made;
        let before = self.arrived.unwrap_or_default();
        self.arrived = ran.delivered.map(|count| before + count);
    }

    fn share(self) -> Option<f64> {
        let arrived = self.arrived.filter(|_| self.made > 0);
        arrived.map(|arrived| ratio(arrived, self.made))
    }
}

/// The figures of one pipeline: each a case of its own.
fn pipeline_figures(
    pipeline: &Pipeline,
    threads: u64,
    outcomes: &[Outcome],
    peak: u64,
) -> Vec<Figure> {
    let share = |of: &Outcome| of.delivered.map(|delivered| ratio(delivered, of.made));
    let delivered = outcomes.iter().filter_map(share).reduce(f64::min);
    let of = |value: fn(&Outcome) -> u64| {
        let spans = outcomes
            .iter()
            .map(|outcome| ratio(value(outcome), outcome.made));
        median(spans.collect()).unwrap_or_default()
    };
    let mut cases = vec![
        (
            "a span, for the producer",
            of(|outcome| outcome.produced),
            Unit::Nanoseconds,
        ),
        (
            "a span, to the end",
            of(|outcome| outcome.ended),
            Unit::Nanoseconds,
        ),
        (
            "a span, CPU time of all threads",
            of(|outcome| outcome.cpu),
            Unit::Nanoseconds,
        ),
        ("bytes in use at most", peak as f64, Unit::Bytes),
    ];
    let producers = match threads {
        1 => "1 producer".into(),
        threads => format!("{threads} producers"),
    };
    let figure = |(case, median, unit)| {
        let case = format!("{producers}: {case}");
        Figure {
            delivered,
            ..Figure::new(
                pipeline::ROW,
                &case,
                pipeline.name,
                pipeline.role,
                median,
                unit,
            )
        }
    };
    let on_disk = of(|outcome| outcome.on_disk);
    if on_disk > 0.0 {
        cases.push(("bytes on disk a span", on_disk, Unit::Bytes));
    }
    cases.into_iter().map(figure).collect()
}

fn ratio(part: u64, whole: u64) -> f64 {
    part as f64 / whole.max(1) as f64
}
