//! `tokio` tasks that take along what is current where they are spawned.

use std::future::Future;

use tokio::task::JoinHandle;

use crate::scope::Scope;
use crate::scoped::ScopeExt;

/// Spawns a task with the scope that is current here.
///
/// What the task writes into an isolated scope is seen here too; the fixed scopes that it opens are
/// its own.
///
/// ```
/// # #[tokio::main] async fn main() {
/// let task = whose::user("alice").in_scope(|| {
///     whose::task::spawn(async { whose::current().user_id().map(String::from) })
/// });
/// assert_eq!(task.await.unwrap().as_deref(), Some("alice"));
/// # }
/// ```
///
/// # Panics
/// As `tokio::spawn`: outside a runtime.
#[track_caller]
pub fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    tokio::spawn(future.with_current_scope())
}

/// Runs a blocking closure on tokio's threads for that, with the scope that is current here.
///
/// # Panics
/// As `tokio::task::spawn_blocking`: outside a runtime.
#[track_caller]
pub fn spawn_blocking<F, R>(f: F) -> JoinHandle<R>
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    let scope = Scope::current();
    tokio::task::spawn_blocking(move || scope.in_scope(f))
}
