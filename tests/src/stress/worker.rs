//! Tasks that work for all programs, behind channels.

use tokio::sync::mpsc;
use tracing::{Instrument as _, Span};
use whose::{Scope, ScopeExt as _};

use super::checker::Checker;
use super::frames::ExpectedFrames;
use super::ids::RecordIds;
use super::program::Program;

/// The number of jobs that can wait for a worker.
const WAITING: usize = 16;

/// A job with the carrier of its submitter.
pub(super) struct Job {
    pub(super) carrier: Carrier,
    /// The frames that are current inside the carrier.
    pub(super) frames: ExpectedFrames,
    pub(super) program: Program,
}

pub(super) enum Carrier {
    Future(Scope),
    Closure(Scope),
    Guard(Scope),
    Span(Span),
    SpanClosure(Span),
}

/// Starts a worker without a user.
pub(super) fn start(checker: &'static Checker) -> mpsc::Sender<Job> {
    let (jobs, mut inbox) = mpsc::channel::<Job>(WAITING);
    tokio::spawn(async move {
        while let Some(job) = inbox.recv().await {
            let seed = job.program.seed;
            checker.event(RecordIds::default(), seed);
            work(job).await;
            checker.event(RecordIds::default(), seed);
            checker.read(RecordIds::default(), seed);
        }
    });
    jobs
}

async fn work(job: Job) {
    let Job {
        carrier,
        frames,
        mut program,
    } = job;
    match carrier {
        Carrier::Future(scope) => program.run(frames).with_scope(scope).await,
        Carrier::Span(span) => program.run(frames).instrument(span).await,
        Carrier::Closure(scope) => scope.in_scope(|| program.block(&frames, 0)),
        Carrier::SpanClosure(span) => span.in_scope(|| program.block(&frames, 0)),
        Carrier::Guard(scope) => {
            let _guard = scope.enter();
            program.block(&frames, 0);
        }
    }
}

impl Program {
    /// Submits a job with the current frames, if the worker has capacity.
    pub(super) fn submit(&mut self, frames: &ExpectedFrames) {
        let span = self.span(frames);
        let given = frames.captured();
        let program = self.task(&given);
        // A span without a user changes nothing, and the stack of the worker is empty.
        let in_span = || ExpectedFrames::default().entered(frames, false);
        let (carrier, frames) = match (self.rng.u8(0..5), in_span()) {
            (0, _) => (Carrier::Future(Scope::current()), given),
            (1, _) => (Carrier::Closure(Scope::current()), given),
            (2, Some(inside)) => (Carrier::Span(span), inside),
            (3, Some(inside)) => (Carrier::SpanClosure(span), inside),
            _ => (Carrier::Guard(Scope::current()), given),
        };
        let job = Job {
            carrier,
            frames,
            program,
        };
        let worker = self.rng.choice(&self.shared.workers);
        if let Some(worker) = worker {
            drop(worker.try_send(job));
        }
    }
}
