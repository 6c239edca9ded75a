//! Tasks that work for everybody, behind channels.

use tokio::sync::mpsc;
use tracing::{Instrument as _, Span};
use whose::{Scope, ScopeExt as _};

use super::program::Program;
use super::sink::Tally;
use super::truth::Truth;
use super::who::Who;

/// How many jobs wait for a worker.
const WAITING: usize = 16;

/// Work, with what carries the submitter.
pub(super) struct Job {
    pub(super) carrier: Carrier,
    /// The frames that are current inside the carrier.
    pub(super) truth: Truth,
    pub(super) program: Program,
}

pub(super) enum Carrier {
    Future(Scope),
    Closure(Scope),
    Guard(Scope),
    Span(Span),
    SpanClosure(Span),
}

/// Starts a worker of nobody.
pub(super) fn start(tally: &'static Tally) -> mpsc::Sender<Job> {
    let (jobs, mut inbox) = mpsc::channel::<Job>(WAITING);
    tokio::spawn(async move {
        while let Some(job) = inbox.recv().await {
            let seed = job.program.seed;
            tally.event(Who::default(), seed);
            work(job).await;
            tally.event(Who::default(), seed);
            tally.read(Who::default(), seed);
        }
    });
    jobs
}

async fn work(job: Job) {
    let Job {
        carrier,
        truth,
        mut program,
    } = job;
    match carrier {
        Carrier::Future(scope) => program.run(truth).with_scope(scope).await,
        Carrier::Span(span) => program.run(truth).instrument(span).await,
        Carrier::Closure(scope) => scope.in_scope(|| program.block(&truth, 0)),
        Carrier::SpanClosure(span) => span.in_scope(|| program.block(&truth, 0)),
        Carrier::Guard(scope) => {
            let _guard = scope.enter();
            program.block(&truth, 0);
        }
    }
}

impl Program {
    /// Submits work of this place to a worker, if the worker has room.
    pub(super) fn submit(&mut self, truth: &Truth) {
        let span = self.span(truth);
        let given = truth.captured();
        let program = self.task(&given);
        // A span that names nobody changes nothing, and the worker has nothing.
        let in_span = || Truth::default().entered(truth, false);
        let (carrier, truth) = match (self.rng.u8(0..5), in_span()) {
            (0, _) => (Carrier::Future(Scope::current()), given),
            (1, _) => (Carrier::Closure(Scope::current()), given),
            (2, Some(inside)) => (Carrier::Span(span), inside),
            (3, Some(inside)) => (Carrier::SpanClosure(span), inside),
            _ => (Carrier::Guard(Scope::current()), given),
        };
        let job = Job {
            carrier,
            truth,
            program,
        };
        let worker = self.rng.choice(&self.shared.workers);
        if let Some(worker) = worker {
            drop(worker.try_send(job));
        }
    }
}
