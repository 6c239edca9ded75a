//! The messages between the sampler and a worker: one line of JSON for each.

use serde::{Deserialize, Serialize};

use crate::meter::Sample;

/// The first argument of a worker process.
pub(super) const SERVE: &str = "--serve";

/// A request to a worker.
#[derive(Debug, Serialize, Deserialize)]
pub enum Request {
    /// Runs a benchmark; the answer is a [`BenchmarkRun`].
    Benchmark {
        /// The key of the benchmark.
        key: String,
        /// The number of operations.
        operations: u64,
    },
    /// Sends spans through a pipeline; the answer is a
    /// [`PipelineOutcome`](crate::pipeline::PipelineOutcome).
    Pipeline {
        /// The name of the pipeline.
        name: String,
        /// The number of threads that make spans.
        threads: u64,
        /// The number of spans of all threads.
        spans: u64,
    },
}

/// The answer to [`Request::Benchmark`].
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct BenchmarkRun {
    /// The measurements.
    pub sample: Sample,
    /// Records made, including those that warm up.
    pub made: u64,
    /// Records delivered, if the setup counts them.
    pub delivered: Option<u64>,
}
