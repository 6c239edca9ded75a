//! A crowd of users who are served at the same time, in every way in which work goes from task to
//! task and from thread to thread; each record that comes of it carries whose it is to be.

mod entry_method;
mod expected_records;
mod expected_user;
mod library;
mod step;
mod worker;

use fastrand::Rng;
use tokio::sync::mpsc;

use entry_method::EntryMethod;
pub use expected_records::{ExpectedRecords, RecordCounts};
use expected_user::ExpectedUser;
use worker::Job;

/// How many workers everybody shares.
const WORKERS: usize = 4;

/// So many users with so many requests each.
#[derive(Clone, Copy, Debug)]
pub struct Workload {
    /// Tells the crowds of one process apart.
    pub name: &'static str,
    /// How many users there are.
    pub users: usize,
    /// How many requests each of them has.
    pub requests: usize,
    /// What each of them does follows from this, but not in which order the runtime does it.
    pub seed: u64,
}

impl Workload {
    /// Serves all requests at once, and waits for them.
    ///
    /// # Panics
    /// If a request does: what is to panic in it is caught inside it.
    pub async fn run(self) {
        let mut rng = Rng::with_seed(self.seed);
        let workers: Vec<_> = (0..WORKERS).map(|_| worker::start(self.name)).collect();
        let mut served = Vec::new();
        for request in 0..self.requests {
            for user in 0..self.users {
                let mut work = Work {
                    expected_user: ExpectedUser::none(self.name),
                    rng: rng.fork(),
                    workers: workers.clone(),
                    depth: 4,
                };
                let method = work.choose(&EntryMethod::ALL);
                let expected_user = ExpectedUser::of(self.name, user, request);
                served.push(tokio::spawn(async move {
                    work.serve(expected_user, method).await;
                    work.log("request done");
                }));
            }
        }
        for request in served {
            request.await.expect("a request");
        }
    }

    /// What emits at least one record, if the crowd is large enough for everything to happen.
    pub fn origins() -> impl Iterator<Item = String> {
        let fixed = [
            "error",
            "event job begun",
            "event job taken",
            "event usage",
            "event gave up",
            "event back again",
            "event before the login",
            "event request done",
            "span fetch",
            "span handed over",
            "span parse",
            "span query",
            "span roll back",
            "span server",
            "span step",
            "span task",
            "span traced",
        ];
        let steps = step::Step::ALL.map(|step| format!("event {step:?}"));
        let ways = EntryMethod::ALL.map(|method| format!("event {method:?}"));
        fixed.map(String::from).into_iter().chain(steps).chain(ways)
    }
}

/// What somebody has done: a request, or a part of it.
#[derive(Clone, Debug)]
struct Work {
    expected_user: ExpectedUser,
    rng: Rng,
    workers: Vec<mpsc::Sender<Job>>,
    /// How deep parts may have parts of their own.
    depth: u32,
}

impl Work {
    /// Part of this work, for the same user.
    fn part(&mut self) -> Self {
        Self {
            rng: self.rng.fork(),
            depth: self.depth.saturating_sub(1),
            ..self.clone()
        }
    }

    /// Part of this work, for somebody else.
    fn part_for(&mut self, expected_user: ExpectedUser) -> Self {
        Self {
            expected_user,
            ..self.part()
        }
    }

    fn expected(&self) -> String {
        self.expected_user.to_string()
    }

    fn log(&self, message: impl std::fmt::Debug) {
        // As text, without the quotes that a string's `Debug` has.
        let message = format!("{message:?}");
        tracing::info!(expected = %self.expected_user, "{}", message.trim_matches('"'));
    }

    fn choose<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.rng.usize(..choices.len())]
    }

    async fn yield_some(&mut self) {
        for _ in 0..self.rng.usize(..3) {
            tokio::task::yield_now().await;
        }
    }
}
