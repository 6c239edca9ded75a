//! Random programs of many tasks at once on shared threads, each of which knows its own user.
//!
//! The truth of a task is a list of plain values that the task itself keeps: it never asks `whose`
//! for it, and no thread-local holds it. Each event and span says which user it is to have, and the
//! sink compares; each read is compared at once.

mod local;
mod sink;
mod task;
mod truth;

use std::future::Future;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use fastrand::Rng;
use tokio::runtime::{Builder, Runtime};
use tokio::task::{JoinError, JoinSet, LocalSet};

pub use sink::{Count, Tally, install};
use task::{Storm, run};
use truth::Truth;

/// How many programs run at once on several threads.
const AT_ONCE: usize = 200;
/// How many run at once on one: each leaves its guards on the stack of the thread, and whoever looks
/// passes over all of them.
const AT_ONCE_ON_ONE: usize = 40;

/// What drives the programs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Flavour {
    /// One thread, whose tasks are `!Send` too.
    CurrentThread,
    /// Four threads that steal work.
    MultiThread,
}

impl Flavour {
    /// The name that a report says.
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

/// Runs programs until that many events were emitted, and calls `progress` with the events so far
/// about every ten seconds.
///
/// # Errors
/// The system's, if it gives no threads.
pub fn storm(
    flavour: Flavour,
    events: u64,
    seed: u64,
    progress: impl Fn(u64),
) -> std::io::Result<Count> {
    let tally = install();
    let before = tally.count();
    let storm = Storm::new(tally, before.events + events)?;
    let runtime = flavour.runtime()?;
    let report = async {
        loop {
            tokio::time::sleep(Duration::from_secs(10)).await;
            progress(tally.count().events - before.events);
        }
    };
    match flavour {
        Flavour::CurrentThread => {
            let local = LocalSet::new();
            let all = on_one_thread(storm.clone(), seed);
            local.block_on(&runtime, until_first(all, report));
        }
        Flavour::MultiThread => {
            runtime.block_on(until_first(on_many_threads(storm.clone(), seed), report));
        }
    }
    storm.settle();
    runtime.shutdown_timeout(Duration::from_secs(60));
    Ok(tally.count().since(&before))
}

async fn until_first(work: impl Future<Output = ()>, other: impl Future<Output = ()>) {
    tokio::select! {
        () = work => {}
        () = other => {}
    }
}

async fn on_many_threads(storm: Storm, seed: u64) {
    let mut programs = JoinSet::new();
    let mut seed = seed;
    while !storm.is_over() {
        while programs.len() < AT_ONCE {
            seed += 1;
            programs.spawn(run(
                storm.clone(),
                Truth::default(),
                Rng::with_seed(seed),
                0,
            ));
        }
        storm.ended(programs.join_next().await);
    }
    while let Some(ended) = programs.join_next().await {
        storm.ended(Some(ended));
    }
}

async fn on_one_thread(storm: Storm, seed: u64) {
    let mut programs = JoinSet::new();
    let mut seed = seed;
    while !storm.is_over() {
        while programs.len() < AT_ONCE_ON_ONE {
            seed += 1;
            programs.spawn_local(local::run(storm.clone(), Rng::with_seed(seed), 0));
        }
        storm.ended(programs.join_next().await);
    }
    while let Some(ended) = programs.join_next().await {
        storm.ended(Some(ended));
    }
}

impl Storm {
    /// A program that panics itself is as wrong as a record.
    fn ended(&self, program: Option<Result<(), JoinError>>) {
        if let Some(Err(error)) = program {
            self.tally.failed(&error);
        }
    }

    /// Waits for the jobs of the pools, which no task waits for.
    fn settle(&self) {
        while self.jobs.load(Relaxed) > 0 {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}
