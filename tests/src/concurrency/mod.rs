//! Many users served concurrently, with every way to pass work between tasks and threads. Each
//! record carries its expected user and session.

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

/// The number of workers that all requests share.
const WORKERS: usize = 4;

/// A number of users with a number of requests each.
#[derive(Clone, Copy, Debug)]
pub struct Workload {
    /// Distinguishes the workloads of one process.
    pub name: &'static str,
    /// The number of users.
    pub users: usize,
    /// The number of requests of each user.
    pub requests: usize,
    /// Determines the steps of each request, but not the order in which the runtime runs them.
    pub seed: u64,
}

impl Workload {
    /// Serves all requests concurrently and waits for them.
    ///
    /// # Panics
    /// If a request panics. The requests catch their intended panics.
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

    /// The origins that emit at least one record if the workload is large enough.
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
        let methods = EntryMethod::ALL.map(|method| format!("event {method:?}"));
        fixed
            .map(String::from)
            .into_iter()
            .chain(steps)
            .chain(methods)
    }
}

/// The state of a request or of a part of a request.
#[derive(Clone, Debug)]
struct Work {
    expected_user: ExpectedUser,
    rng: Rng,
    workers: Vec<mpsc::Sender<Job>>,
    /// The remaining depth of nested parts.
    depth: u32,
}

impl Work {
    /// A part of this work for the same user.
    fn part(&mut self) -> Self {
        Self {
            rng: self.rng.fork(),
            depth: self.depth.saturating_sub(1),
            ..self.clone()
        }
    }

    /// A part of this work for another user.
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
        // Formats as text, without the quotes of `Debug` for strings.
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
