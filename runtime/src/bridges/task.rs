//! `tokio` tasks that carry the current scope and span.
//!
//! A task that `tokio::spawn` starts has no user. The functions of this module replace those of
//! `tokio`. Clippy finds the remaining calls with this `clippy.toml`:
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
//! A task that outlives its request and serves other requests, such as the worker of a connection
//! pool, should start with `.with_scope(Scope::detached())` instead.

use std::future::Future;

use crate::bridges::span_inside::span_inside;
use crate::scope::traced::{traced, Traced};
use crate::scope::{Prepared, Scope};
use tokio::task::{AbortHandle, JoinHandle, JoinSet};

/// Wraps a future with the current scope and span.
fn carried<F>(future: F) -> Traced<F> {
    let scope = Scope::current();
    let span = span_inside(&scope);
    traced(Prepared::of(scope.into_slot(), span), future)
}

/// Wraps a closure with the current scope and span.
fn carried_closure<R>(f: impl FnOnce() -> R) -> impl FnOnce() -> R {
    let scope = Scope::current();
    let span = span_inside(&scope);
    move || scope.in_scope(|| span.in_scope(f))
}

/// Spawns a task with the current scope and span.
///
/// Replaces `tokio::spawn`. Writes of the task to a shared isolated scope are visible here too.
/// Fixed scopes that the task opens are not. Where no scope is current here, no scope is current in
/// the task.
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
/// Panics outside a `tokio` runtime, as `tokio::spawn` does.
#[track_caller]
pub fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    tokio::spawn(carried(future))
}

/// Spawns a task on the current `LocalSet`, with the current scope and span.
///
/// Replaces `tokio::task::spawn_local`.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let tasks = tokio::task::LocalSet::new();
/// let user = tasks.run_until(async {
///     let task = whose::user("alice").in_scope(|| {
///         whose::task::spawn_local(async { whose::current().user_id().map(String::from) })
///     });
///     task.await.unwrap()
/// });
/// assert_eq!(user.await.as_deref(), Some("alice"));
/// # }
/// ```
///
/// # Panics
/// Panics outside a `LocalSet`, as `tokio::task::spawn_local` does.
#[track_caller]
pub fn spawn_local<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + 'static,
    F::Output: 'static,
{
    tokio::task::spawn_local(carried(future))
}

/// Runs a closure on a thread for blocking work, with the current scope and span.
///
/// Replaces `tokio::task::spawn_blocking`.
///
/// ```
/// # #[tokio::main] async fn main() {
/// let task = whose::user("alice").in_scope(|| {
///     whose::task::spawn_blocking(|| whose::current().user_id().map(String::from))
/// });
/// assert_eq!(task.await.unwrap().as_deref(), Some("alice"));
/// # }
/// ```
///
/// # Panics
/// Panics outside a `tokio` runtime, as `tokio::task::spawn_blocking` does.
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

/// Spawns the tasks of a [`JoinSet`] with the current scope and span.
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
    /// Replaces `JoinSet::spawn`: the task has the current scope and span.
    ///
    /// # Panics
    /// Panics outside a `tokio` runtime, as `JoinSet::spawn` does.
    #[track_caller]
    fn spawn_scoped<F>(&mut self, future: F) -> AbortHandle
    where
        F: Future<Output = T> + Send + 'static,
        T: Send;

    /// Replaces `JoinSet::spawn_local`: the task has the current scope and span.
    ///
    /// # Panics
    /// Panics outside a `LocalSet`, as `JoinSet::spawn_local` does.
    #[track_caller]
    fn spawn_local_scoped<F>(&mut self, future: F) -> AbortHandle
    where
        F: Future<Output = T> + 'static;

    /// Replaces `JoinSet::spawn_blocking`: the closure has the current scope and span.
    ///
    /// # Panics
    /// Panics outside a `tokio` runtime, as `JoinSet::spawn_blocking` does.
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
