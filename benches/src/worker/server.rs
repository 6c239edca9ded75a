//! The worker's side: reads requests on the standard input, answers on the standard output.

use std::env;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::protocol::{BenchmarkRun, Request, SERVE};
use crate::catalog;
use crate::failure::Failure;
use crate::meter::{Meter, ReadAllocator};
use crate::pipeline::PipelineOutcome;
use crate::setup::Collector;

/// The arguments of a worker process.
#[derive(Debug)]
pub struct Arguments {
    setup: String,
    folder: PathBuf,
}

impl Arguments {
    /// Returns the arguments if this process was started as a worker.
    #[must_use]
    pub fn from_env() -> Option<Self> {
        let mut arguments = env::args().skip(1);
        if arguments.next()? != SERVE {
            return None;
        }
        Some(Self {
            setup: arguments.next()?,
            folder: arguments.next()?.into(),
        })
    }
}

/// Installs the setup and answers requests until the standard input ends.
///
/// # Errors
/// Returns an error if the setup is unknown, or if a request fails.
pub fn serve(arguments: &Arguments, allocator: Option<ReadAllocator>) -> Result<(), Failure> {
    let Arguments { setup, folder } = arguments;
    let setup = catalog::find_setup(setup).ok_or_else(|| format!("unknown setup `{setup}`"))?;
    let collector = (setup.install)(folder)?;
    for line in std::io::stdin().lines() {
        let answer = match serde_json::from_str(&line?)? {
            Request::Benchmark { key, operations } => {
                serde_json::to_string(&run_benchmark(&collector, &key, operations, allocator)?)?
            }
            Request::Pipeline {
                name,
                threads,
                spans,
            } => serde_json::to_string(&run_pipeline(
                &collector,
                &name,
                (threads, spans),
                folder,
                allocator,
            )?)?,
        };
        let mut out = std::io::stdout().lock();
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}

fn run_benchmark(
    collector: &Collector,
    key: &str,
    operations: u64,
    allocator: Option<ReadAllocator>,
) -> Result<BenchmarkRun, Failure> {
    let benchmark =
        catalog::find_benchmark(key).ok_or_else(|| format!("unknown benchmark `{key}`"))?;
    let before = (collector.delivered)();
    let argument = benchmark.argument.unwrap_or_default();
    let mut meter = Meter::new(operations, argument, allocator);
    (benchmark.run)(&mut meter);
    (collector.flush)();
    let after = (collector.delivered)();
    Ok(BenchmarkRun {
        sample: meter.sample(),
        made: meter.executed() * benchmark.records + meter.extra_records(),
        delivered: after.zip(before).map(|(after, before)| after - before),
    })
}

fn run_pipeline(
    collector: &Collector,
    name: &str,
    (threads, spans): (u64, u64),
    folder: &Path,
    allocator: Option<ReadAllocator>,
) -> Result<PipelineOutcome, Failure> {
    let pipeline =
        catalog::find_pipeline(name).ok_or_else(|| format!("unknown pipeline `{name}`"))?;
    pipeline.run(collector, threads, spans, folder, allocator)
}
