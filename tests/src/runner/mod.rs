//! Runs programs on the real thing: tasks of a multi-thread runtime, threads, guards, closures and
//! futures, under a subscriber that has the layer of `whose`.

mod block_on;
mod collect;
mod convert;
mod interpreter;
mod write;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tracing::Dispatch;
use tracing::dispatcher::with_default;
use tracing_subscriber::layer::SubscriberExt as _;
use whose::Scope;

use crate::model::Outcome;
use crate::program::Program;

pub use collect::{AnswerSink, CollectedAnswers};
pub use convert::{Numbered, answer, report, scope, user};

use interpreter::Run;

/// What programs need around them: a runtime, and a subscriber whose records are collected.
#[derive(Debug)]
pub struct Runner {
    runtime: tokio::runtime::Runtime,
    dispatch: Dispatch,
    collected: Arc<AnswerSink>,
}

/// Refused writes are counted for the whole process, so one program runs at a time.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

impl Runner {
    /// A runner with a runtime of four threads.
    ///
    /// # Errors
    /// The system's, if it gives no threads to the runtime.
    pub fn new() -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(4)
            .build()?;
        let collected = Arc::new(AnswerSink::default());
        let layer = whose::layer().with_sink(Arc::clone(&collected));
        let dispatch = Dispatch::new(tracing_subscriber::registry().with(layer));
        Ok(Self {
            runtime,
            dispatch,
            collected,
        })
    }

    /// What the program shows.
    ///
    /// It runs under a global layer of its own, and what it spawns is given that layer too.
    #[must_use]
    pub fn run(&self, program: &Program) -> Outcome {
        let _turn = lock(&ONE_AT_A_TIME);
        let refused = || whose::stats().refused_writes;
        let before = refused();
        // A thread of its own: what one program leaves behind must not meet the next one.
        let done = std::thread::scope(|threads| threads.spawn(|| self.run_here(program)).join());
        let run = done.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        let (answers, left_behind) = run.shown();
        let CollectedAnswers { records, linked } = self.collected.take();
        Outcome {
            answers,
            records,
            linked,
            refused: refused() - before,
            left_behind,
        }
    }

    fn run_here(&self, program: &Program) -> Arc<Run> {
        let run = with_default(&self.dispatch, || {
            let _global = whose::testing::isolate_global();
            let run = Arc::new(Run::new(Scope::current()));
            self.runtime
                .block_on(interpreter::whole(Arc::clone(&run), program.0.clone()));
            run.drop_all_spans();
            run
        });
        run.expect_nothing();
        run
    }
}

/// A panic elsewhere is reported where it happened, not by every lock after it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
