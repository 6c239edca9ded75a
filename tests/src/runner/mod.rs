//! Runs programs on `whose`: tasks of a multi-thread runtime, threads, guards, closures and
//! futures, under a subscriber with the layer of `whose`.

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

/// The environment of programs: a runtime and a subscriber whose records are collected.
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
    /// An error of the system if it provides no threads.
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

    /// Runs the program and returns its outcome.
    ///
    /// The program and its spawned bodies run under their own global frame.
    #[must_use]
    pub fn run(&self, program: &Program) -> Outcome {
        let _turn = lock(&ONE_AT_A_TIME);
        let refused = || whose::stats().refused_writes;
        let before = refused();
        // A new thread, so that state left by one program does not reach the next.
        let done = std::thread::scope(|threads| threads.spawn(|| self.run_here(program)).join());
        let run = done.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        let (answers, left_behind) = run.take_answers();
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
            self.runtime.block_on(interpreter::run_program(
                Arc::clone(&run),
                program.0.clone(),
            ));
            run.drop_all_spans();
            run
        });
        run.expect_nothing();
        run
    }
}

/// Ignores poisoning: a panic is reported where it happens, not by every later lock.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
