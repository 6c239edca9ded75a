//! A queue whose workers serve all users.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use tokio::sync::{mpsc, oneshot};
use tokio::task::yield_now;
use tracing::{Instrument as _, Span, info};
use whose::{Scope, ScopeExt as _};

use super::auth::Account;
use super::{Forgotten, Id, Shared, log};

const WORKERS: usize = 4;

/// Work for a request.
struct Job {
    id: Id,
    step: &'static str,
    carrier: Carrier,
    done: oneshot::Sender<()>,
}

/// The carrier of the user of a job.
enum Carrier {
    Scope(Scope),
    Span(Span),
    /// The worker calls `set_user` without a scope.
    Account(Option<Account>),
    Nothing,
}

/// The channels to the workers, used in turn.
pub(super) struct Queue(Vec<mpsc::Sender<Job>>);

impl Queue {
    pub(super) fn start() -> Self {
        let start = |_| {
            let (jobs, inbox) = mpsc::channel(4);
            tokio::spawn(work(inbox));
            jobs
        };
        Self((0..WORKERS).map(start).collect())
    }

    async fn run(&self, id: &Id, step: &'static str, carrier: Carrier) {
        let (done, wait) = oneshot::channel();
        let worker = &self.0[fastrand::usize(..WORKERS)];
        let job = Job {
            id: id.clone(),
            step,
            carrier,
            done,
        };
        assert!(worker.send(job).await.is_ok(), "the workers run");
        wait.await.expect("the job is done");
    }
}

async fn work(mut inbox: mpsc::Receiver<Job>) {
    loop {
        info!("queue worker waits");
        let Some(job) = inbox.recv().await else {
            return;
        };
        let run = run(job.id, job.step);
        match job.carrier {
            Carrier::Scope(scope) => run.with_scope(scope).await,
            Carrier::Span(span) => run.instrument(span).await,
            Carrier::Account(account) => {
                let run = async move {
                    if let Some(account) = account {
                        whose::set_user(&account.user);
                        whose::set_session(&account.session);
                    }
                    run.await;
                };
                tokio::spawn(run).await.expect("a task");
            }
            Carrier::Nothing => run.await,
        }
        // The waiting request may be cancelled.
        let _ = job.done.send(());
    }
}

async fn run(id: Id, step: &'static str) {
    log(&id, step);
    yield_now().await;
    log(&id, step);
}

pub(super) async fn queue(State(shared): State<Arc<Shared>>, id: Id, headers: HeaderMap) {
    let carrier = match shared.forgotten {
        Some(Forgotten::JobScope) => Carrier::Nothing,
        Some(Forgotten::WorkerScope) => Carrier::Account(shared.accounts.of(&headers).await),
        _ => Carrier::Scope(Scope::current()),
    };
    let (queue, span) = (&shared.queue, Carrier::Span(Span::current()));
    queue.run(&id, "job by its scope", carrier).await;
    queue.run(&id, "job by its span", span).await;
    log(&id, "jobs done");
}
