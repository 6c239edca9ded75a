//! A task that works for all users, behind a channel.

use tokio::sync::{mpsc, oneshot};
use tracing::{Instrument as _, Span, info};
use whose::{Scope, ScopeExt as _};

use super::expected_user::ExpectedUser;
use super::library;

/// A job with the carrier of its user.
pub(super) struct Job {
    pub(super) carrier: Carrier,
    pub(super) expected: String,
    pub(super) done: oneshot::Sender<()>,
}

/// The value that carries the user through the channel.
pub(super) enum Carrier {
    Scope(Scope),
    Span(Span),
    /// A scope entered around a closure instead of a future.
    Sync(Scope),
}

/// Starts the worker without a user.
pub(super) fn start(workload: &'static str) -> mpsc::Sender<Job> {
    let (jobs, mut inbox) = mpsc::channel::<Job>(4);
    tokio::spawn(async move {
        let none = ExpectedUser::none(workload).to_string();
        while let Some(job) = inbox.recv().await {
            info!(expected = %none, "job taken");
            let expected = job.expected;
            match job.carrier {
                Carrier::Scope(scope) => asynchronous(&expected).with_scope(scope).await,
                Carrier::Span(span) => asynchronous(&expected).instrument(span).await,
                Carrier::Sync(scope) => scope.in_scope(|| library::parse(&expected)),
            }
            // The waiting request may be cancelled.
            let _ = job.done.send(());
        }
    });
    jobs
}

async fn asynchronous(expected: &str) {
    info!(expected, "job begun");
    library::query(expected).await;
    library::parse(expected);
}
