//! Samples of pipelines.

use std::path::Path;

use super::programs::Sampler;
use crate::benchmark::{AllocationScope, Unit};
use crate::failure::Failure;
use crate::pipeline::{Pipeline, PipelineOutcome};
use crate::results::{Figure, median, ratio};
use crate::rows::pipelines::{PRODUCER, ROW, TO_THE_END};
use crate::worker::{Request, Worker};

/// Spans of a run that looks for the peak of the bytes in use.
const PEAK_SPANS: u64 = 300_000;
/// Spans of a run that is long enough to run only once.
const LONG_RUN_SPANS: u64 = 1_000_000;

impl Sampler {
    /// Sends spans through the pipelines; each run has a new process.
    ///
    /// # Errors
    /// Returns an error if a worker fails.
    pub fn pipelines(&self, pipelines: &[Pipeline]) -> Result<Vec<Figure>, Failure> {
        let mut figures = Vec::new();
        for threads in [1, 2] {
            let mut outcomes = vec![Vec::new(); pipelines.len()];
            for round in 0..3 {
                for (pipeline, outcomes) in pipelines.iter().zip(&mut outcomes) {
                    if round > 0 && (self.quick || pipeline.spans >= LONG_RUN_SPANS) {
                        continue;
                    }
                    eprintln!("{} / {}, {threads} producers", ROW, pipeline.name);
                    outcomes.push(self.send(&self.timing, pipeline, threads)?);
                }
            }
            for (pipeline, outcomes) in pipelines.iter().zip(&outcomes) {
                // The peak is reached long before the millionth span.
                let few = Pipeline {
                    spans: pipeline.spans.min(PEAK_SPANS),
                    ..*pipeline
                };
                let peak = self
                    .send(self.counting(AllocationScope::Process), &few, threads)?
                    .peak;
                figures.extend(pipeline_figures(pipeline, threads, outcomes, peak));
            }
        }
        Ok(figures)
    }

    fn send(
        &self,
        program: &Path,
        pipeline: &Pipeline,
        threads: u64,
    ) -> Result<PipelineOutcome, Failure> {
        let spans = if self.quick {
            pipeline.spans / 10
        } else {
            pipeline.spans
        };
        let name = pipeline.name.to_owned();
        let request = Request::Pipeline {
            name,
            threads,
            spans,
        };
        Worker::start(program, pipeline.setup, &self.folder)?.request(&request)
    }
}

/// Creates the figures of a pipeline; each is a case of its own.
fn pipeline_figures(
    pipeline: &Pipeline,
    threads: u64,
    outcomes: &[PipelineOutcome],
    peak: u64,
) -> Vec<Figure> {
    let share = |outcome: &PipelineOutcome| {
        let delivered = outcome.delivered?;
        Some(ratio(delivered, outcome.made))
    };
    let delivered = outcomes.iter().filter_map(share).reduce(f64::min);
    let per_span = |value: fn(&PipelineOutcome) -> u64| {
        let spans = outcomes
            .iter()
            .map(|outcome| ratio(value(outcome), outcome.made));
        median(spans.collect()).unwrap_or_default()
    };
    let mut cases = vec![
        (
            PRODUCER,
            per_span(|outcome| outcome.produced),
            Unit::Nanoseconds,
        ),
        (
            TO_THE_END,
            per_span(|outcome| outcome.ended),
            Unit::Nanoseconds,
        ),
        (
            "a span, CPU time of all threads",
            per_span(|outcome| outcome.cpu),
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
            ..Figure::new(ROW, &case, pipeline.name, pipeline.role, median, unit)
        }
    };
    let on_disk = per_span(|outcome| outcome.on_disk);
    if on_disk > 0.0 {
        cases.push(("bytes on disk a span", on_disk, Unit::Bytes));
    }
    cases.into_iter().map(figure).collect()
}
