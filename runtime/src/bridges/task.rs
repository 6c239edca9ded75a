//! `tokio` tasks that carry the scope and the span that are current where they are spawned.
//!
//! A task that `tokio::spawn` starts has no user. The functions of this module take the place of
//! tokio's; this `clippy.toml` finds the calls that were forgotten:
//!
//! ```toml
//! disallowed-methods = [
//!     { path = "tokio::spawn", reason = "loses the user", replacement = "whose::task::spawn" },
//!     { path = "tokio::task::spawn", reason = "loses the user", replacement = "whose::task::spawn" },
//!     { path = "tokio::task::spawn_blocking", reason = "loses the user", replacement = "whose::task::spawn_blocking" },
//!     { path = "tokio::task::spawn_local", reason = "loses the user", replacement = "whose::task::spawn_local" },
//!     { path = "tokio::task::JoinSet::spawn", reason = "loses the user: use `spawn_scoped`" },
//! ]
//! ```
//!
//! A task that lives longer than its request and serves others, such as a connection pool's worker,
//! is spawned with `.with_scope(Scope::detached())` instead.

use std::future::Future;

use crate::bridges::span_inside::span_inside;
use crate::scope::traced::{traced, Traced};
use crate::scope::{Prepared, Scope};
use tokio::task::{AbortHandle, JoinHandle, JoinSet};

/// The future with the scope and the span that are current here.
fn carried<F>(future: F) -> Traced<F> {
    let scope = Scope::current();
    let span = span_inside(&scope);
    traced(Prepared::of(scope.into_carried(), span), future)
}

/// The closure with the scope and the span that are current here.
fn carried_closure<R>(f: impl FnOnce() -> R) -> impl FnOnce() -> R {
    let scope = Scope::current();
    let span = span_inside(&scope);
    move || scope.in_scope(|| span.in_scope(f))
}

/// Spawns a task with the scope and the span that are current here.
///
/// What the task writes into an isolated scope is seen here too; the fixed scopes that the task opens
/// are its own. Where nothing is current here, nothing is current in the task, whatever drives it.
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
    tokio::spawn(carried(future))
}

/// Spawns a task on the current `LocalSet` with the scope and the span that are current here.
///
/// # Panics
/// As `tokio::task::spawn_local`: outside a `LocalSet`.
#[track_caller]
pub fn spawn_local<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + 'static,
    F::Output: 'static,
{
    tokio::task::spawn_local(carried(future))
}

/// Runs a blocking closure on tokio's threads for that, with the scope and the span that are current
/// here.
///
/// # Panics
/// As `tokio::task::spawn_blocking`: outside a runtime.
#[track_caller]
pub fn spawn_blocking<F, R>(f: F) -> JoinHandle<R>
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    tokio::task::spawn_blocking(carried_closure(f))
}

mod sealed {
    pub trait Sealed {}
    impl<T> Sealed for tokio::task::JoinSet<T> {}
}

/// Spawns tasks of a [`JoinSet`] with the scope and the span that are current where they are spawned.
///
/// ```
/// use tokio::task::JoinSet;
/// use whose::{task::JoinSetExt, ScopeExt};
///
/// # #[tokio::main] async fn main() {
/// let request = async {
///     let mut set = JoinSet::new();
///     for _ in 0..3 {
///         set.spawn_scoped(async { whose::current().user_id().map(String::from) });
///     }
///     set.join_all().await
/// };
/// for user in request.with_scope(whose::user("alice")).await {
///     assert_eq!(user.as_deref(), Some("alice"));
/// }
/// # }
/// ```
pub trait JoinSetExt<T>: sealed::Sealed {
    /// As `JoinSet::spawn`, with the current scope and span.
    ///
    /// # Panics
    /// As `JoinSet::spawn`: outside a runtime.
    #[track_caller]
    fn spawn_scoped<F>(&mut self, future: F) -> AbortHandle
    where
        F: Future<Output = T> + Send + 'static,
        T: Send;

    /// As `JoinSet::spawn_local`, with the current scope and span.
    ///
    /// # Panics
    /// As `JoinSet::spawn_local`: outside a `LocalSet`.
    #[track_caller]
    fn spawn_local_scoped<F>(&mut self, future: F) -> AbortHandle
    where
        F: Future<Output = T> + 'static;

    /// As `JoinSet::spawn_blocking`, with the current scope and span.
    ///
    /// # Panics
    /// As `JoinSet::spawn_blocking`: outside a runtime.
    #[track_caller]
    fn spawn_blocking_scoped<F>(&mut self, f: F) -> AbortHandle
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send;
}

impl<T: 'static> JoinSetExt<T> for JoinSet<T> {
    fn spawn_scoped<F>(&mut self, future: F) -> AbortHandle
    where
        F: Future<Output = T> + Send + 'static,
        T: Send,
    {
        self.spawn(carried(future))
    }

    fn spawn_local_scoped<F>(&mut self, future: F) -> AbortHandle
    where
        F: Future<Output = T> + 'static,
    {
        self.spawn_local(carried(future))
    }

    fn spawn_blocking_scoped<F>(&mut self, f: F) -> AbortHandle
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send,
    {
        self.spawn_blocking(carried_closure(f))
    }
}
