//! Random programs of many concurrent tasks on shared threads, each with its own user.
//!
//! A task keeps its expected frames as plain values: no thread-local holds the frames, and the task
//! never reads them from `whose`. Each event, span and error carries its expected user, session and
//! tag, and the sink compares them. Each read is compared at once.

mod annotated;
mod block;
mod checker;
mod frames;
mod ids;
mod isolated_scope;
mod local_task;
mod pool;
mod program;
mod shared;
mod task;
mod worker;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::task::{JoinError, JoinSet, LocalSet};

pub use checker::{Checker, Count, install};
use frames::ExpectedFrames;
use program::Program;
use shared::Shared;

/// The number of concurrent programs on several threads.
const PROGRAMS_ON_MANY_THREADS: usize = 200;
/// The number of concurrent programs on one thread. Each program leaves its guards on the stack of
/// the thread, and each lookup walks over all of them.
const PROGRAMS_ON_ONE_THREAD: usize = 40;

/// The runtime that drives the programs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Flavour {
    /// One thread, which also runs `!Send` tasks.
    CurrentThread,
    /// Four work-stealing threads.
    MultiThread,
}

impl Flavour {
    /// The name in a report.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CurrentThread => "current-thread",
            Self::MultiThread => "multi-thread",
        }
    }

    fn runtime(self) -> std::io::Result<Runtime> {
        match self {
            Self::CurrentThread => Builder::new_current_thread().enable_time().build(),
            Self::MultiThread => {
                let mut builder = Builder::new_multi_thread();
                builder.worker_threads(4).enable_time().build()
            }
        }
    }
}

/// Runs programs until that many events are emitted. Calls `progress` about every ten seconds with
/// the number of events and of wrong records and reads so far.
///
/// # Errors
/// An error of the system if it provides no threads.
pub fn stress(
    flavour: Flavour,
    events: u64,
    seed: u64,
    progress: impl Fn(u64, u64),
) -> std::io::Result<Count> {
    let checker = install();
    checker.clear_examples();
    let before = checker.count();
    let is_one_thread = flavour == Flavour::CurrentThread;
    let runtime = flavour.runtime()?;
    let shared = {
        let _context = runtime.enter();
        Arc::new(Shared::new(checker, before.events + events, is_one_thread)?)
    };
    let report = async {
        loop {
            tokio::time::sleep(Duration::from_secs(10)).await;
            let count = checker.count().since(&before);
            progress(count.events, count.wrong);
        }
    };
    if is_one_thread {
        let local_task = LocalSet::new();
        let all = on_one_thread(shared.clone(), seed);
        local_task.block_on(&runtime, until_first(all, report));
    } else {
        let all = on_many_threads(shared.clone(), seed);
        runtime.block_on(until_first(all, report));
    }
    shared.wait_for_jobs();
    runtime.shutdown_timeout(Duration::from_secs(60));
    shared.clear();
    Ok(checker.count().since(&before))
}

async fn until_first(work: impl Future<Output = ()>, other: impl Future<Output = ()>) {
    tokio::select! {
        () = work => {}
        () = other => {}
    }
}

async fn on_many_threads(shared: Arc<Shared>, seed: u64) {
    let mut programs = JoinSet::new();
    let mut seeds = seed..;
    while !shared.is_over() {
        while programs.len() < PROGRAMS_ON_MANY_THREADS {
            let program = seeds.next().map(|seed| Program::new(shared.clone(), seed));
            programs.spawn(program.expect("a seed").run(ExpectedFrames::default()));
        }
        shared.ended(programs.join_next().await);
    }
    while let Some(ended) = programs.join_next().await {
        shared.ended(Some(ended));
    }
}

async fn on_one_thread(shared: Arc<Shared>, seed: u64) {
    let mut programs = JoinSet::new();
    let mut seeds = seed..;
    while !shared.is_over() {
        while programs.len() < PROGRAMS_ON_ONE_THREAD {
            let program = seeds.next().map(|seed| Program::new(shared.clone(), seed));
            programs.spawn_local(local_task::run(program.expect("a seed")));
        }
        shared.ended(programs.join_next().await);
    }
    while let Some(ended) = programs.join_next().await {
        shared.ended(Some(ended));
    }
}

impl Shared {
    /// Counts a panic of a program as a wrong record.
    fn ended(&self, program: Option<Result<(), JoinError>>) {
        if let Some(Err(error)) = program {
            self.checker.failed(&error);
        }
    }
}
