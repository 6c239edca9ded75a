//! The steps inside a request.

use std::future::pending;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tracing::{Instrument as _, info_span};
use whose::{Scope, ScopeExt as _};

use super::Work;
use super::entry_method::EntryMethod;
use super::expected_user::ExpectedUser;
use super::library::{self, LogOnDrop};
use super::worker::{Carrier, Job};

#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    Yield,
    Span,
    Library,
    Spawn,
    SpawnBare,
    SpawnBlocking,
    Channel,
    Abort,
    SelectLoser,
    Timeout,
    Panic,
    PanicBlocking,
    Report,
    Guard,
    OtherUser,
    Anonymous,
}

impl Step {
    pub(super) const ALL: [Self; 16] = [
        Self::Yield,
        Self::Span,
        Self::Library,
        Self::Spawn,
        Self::SpawnBare,
        Self::SpawnBlocking,
        Self::Channel,
        Self::Abort,
        Self::SelectLoser,
        Self::Timeout,
        Self::Panic,
        Self::PanicBlocking,
        Self::Report,
        Self::Guard,
        Self::OtherUser,
        Self::Anonymous,
    ];
}

#[derive(Debug)]
struct Failed(String);

impl std::error::Error for Failed {}

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl Work {
    /// Runs that many random steps.
    pub(super) fn run(mut self, steps: usize) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(async move {
            for _ in 0..steps {
                let step = self.choose(&Step::ALL);
                self.log(step);
                self.step(step).await;
                self.yield_some().await;
                self.log("back again");
            }
        })
    }

    async fn step(&mut self, step: Step) {
        if self.depth == 0 {
            return library::query(&self.expected()).await;
        }
        match step {
            Step::Yield => self.yield_some().await,
            Step::Span => {
                let span = info_span!("step", expected = %self.expected_user);
                self.part().run(2).instrument(span).await;
            }
            Step::Library => {
                library::query(&self.expected()).await;
                library::parse(&self.expected());
            }
            Step::Spawn => {
                let part = self.part().run(2);
                self.spawn(part).await.expect("a task");
            }
            Step::SpawnBare => {
                let none = self.part_for(ExpectedUser::none(self.expected_user.workload));
                tokio::spawn(none.run(1)).await.expect("a task");
            }
            Step::SpawnBlocking => self.block().await.expect("a closure"),
            Step::Channel => self.channel().await,
            Step::Abort => self.abort().await,
            Step::SelectLoser => self.select().await,
            Step::Timeout => {
                let late = tokio::time::timeout(Duration::from_millis(1), self.forever()).await;
                late.expect_err("the future never ends");
            }
            Step::Panic => self.panic().await,
            Step::PanicBlocking => self.panic_blocking().await,
            Step::Report => {
                whose::capture_error(&Failed(self.expected()));
                whose::usage(self.expected()).input_tokens(7).record();
            }
            Step::Guard => self.guard(),
            Step::OtherUser => {
                let (other, method) = (self.other(), self.choose(&EntryMethod::ALL));
                Box::pin(self.part().serve(other, method)).await;
            }
            Step::Anonymous => {
                let anonymous = self.part_for(self.expected_user.anonymous());
                anonymous.run(1).with_scope(whose::anonymous()).await;
            }
        }
    }

    /// Another user, with a session that no request has.
    fn other(&mut self) -> ExpectedUser {
        ExpectedUser::of(self.expected_user.workload, self.rng.usize(10_000..), 9)
    }

    /// Spawns with a random method that carries the scope.
    fn spawn<F>(&mut self, part: F) -> JoinHandle<()>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        match self.rng.u8(..3) {
            0 => whose::task::spawn(part),
            1 => tokio::spawn(part.with_current_scope()),
            _ => tokio::spawn(part.instrument(info_span!("task", expected = %self.expected_user))),
        }
    }

    /// A future that never completes and logs when it is dropped.
    fn forever(&mut self) -> impl Future<Output = ()> + Send + use<> {
        let log_on_drop = LogOnDrop {
            expected: self.expected(),
        };
        let part = self.part();
        async move {
            let _log_on_drop = log_on_drop;
            part.log("goes on for ever");
            pending().await
        }
    }

    fn block(&mut self) -> JoinHandle<()> {
        let (part, other) = (self.part(), self.other());
        whose::task::spawn_blocking(move || {
            library::parse(&part.expected());
            {
                whose::guard!(user = other.user, session = other.session);
                library::parse(&other.to_string());
            }
            part.log("back again");
        })
    }

    async fn channel(&mut self) {
        let carrier = match self.rng.u8(..3) {
            0 => Carrier::Scope(Scope::current()),
            1 => Carrier::Sync(Scope::current()),
            _ => Carrier::Span(info_span!("handed over", expected = %self.expected_user)),
        };
        let (done, is_done) = oneshot::channel();
        let job = Job {
            carrier,
            expected: self.expected(),
            done,
        };
        let worker = self.rng.usize(..self.workers.len());
        self.workers[worker].send(job).await.expect("a worker");
        is_done.await.expect("the worker ends the job");
    }

    async fn abort(&mut self) {
        let forever = self.forever();
        let task = self.spawn(forever);
        self.yield_some().await;
        task.abort();
        let end = task.await;
        assert!(end.is_err_and(|error| error.is_cancelled()));
    }

    async fn select(&mut self) {
        let other = self.other();
        let theirs = self.part_for(other.clone()).forever();
        let theirs = theirs.with_scope(other.scope());
        let ours = self.forever();
        let mut winner = self.part();
        tokio::select! {
            biased;
            () = theirs => unreachable!("the future never ends"),
            () = ours => unreachable!("the future never ends"),
            () = winner.yield_some() => {}
        }
    }

    async fn panic(&mut self) {
        let log_on_drop = LogOnDrop {
            expected: self.expected(),
        };
        let mut part = self.part();
        let task = self.spawn(async move {
            let _log_on_drop = log_on_drop;
            part.yield_some().await;
            // `resume_unwind` prints no message; a panic would print thousands.
            resume_unwind(Box::new("on purpose"));
        });
        assert!(task.await.is_err_and(|error| error.is_panic()));
    }

    async fn panic_blocking(&mut self) {
        let other = self.other();
        let expected = self.expected();
        let blocking = whose::task::spawn_blocking(move || {
            let _log_on_drop = LogOnDrop { expected };
            whose::guard!(user = other.user, session = other.session);
            let _theirs = LogOnDrop {
                expected: other.to_string(),
            };
            resume_unwind(Box::new("on purpose"));
        });
        assert!(blocking.await.is_err_and(|error| error.is_panic()));
    }

    /// A guard between two awaits.
    fn guard(&mut self) {
        let other = self.other();
        let _scope = other.scope().enter();
        library::parse(&other.to_string());
    }
}
