//! Scopes around futures and streams.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::future::FusedFuture;
use futures_core::stream::{FusedStream, Stream};
use pin_project_lite::pin_project;

use crate::scope::scope::Scope;
use crate::stack::{self, ScopeSlot};

/// Attaches scopes to futures and streams.
///
/// ```
/// use whose::ScopeExt;
///
/// # #[tokio::main] async fn main() {
/// async fn work() -> Option<String> {
///     whose::current().user_id().map(String::from)
/// }
///
/// let alice = whose::user("alice").session("s-1");
/// assert_eq!(work().with_scope(alice).await.as_deref(), Some("alice"));
///
/// // A spawned task has no scope, unless it carries the current one.
/// let task = whose::user("bob").in_scope(|| tokio::spawn(work().with_current_scope()));
/// assert_eq!(task.await.unwrap().as_deref(), Some("bob"));
/// # }
/// ```
pub trait ScopeExt: Sized {
    /// Makes `scope` current during every poll, and during the drop.
    fn with_scope(self, scope: Scope) -> Scoped<Self> {
        Scoped::new(scope.into_slot(), self)
    }

    /// Carries the current scope to a task or a thread.
    ///
    /// The current scope is captured by this call, not at the first poll. The captured scope
    /// replaces the scope of the task, also where the captured scope is empty: see
    /// [`Scope::current`].
    fn with_current_scope(self) -> Scoped<Self> {
        self.with_scope(Scope::current())
    }
}

impl<T> ScopeExt for T {}

pin_project! {
    /// A future or stream with a scope that is current during every poll and during the drop;
    /// [`ScopeExt`] makes one.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Scoped<T> {
        // Fields are dropped in this order: the scope is entered, the inner value is dropped inside
        // the scope, the scope is exited.
        enter: EnterOnDrop,
        #[pin]
        inner: T,
        leave: LeaveOnDrop,
    }
}

#[derive(Debug)]
struct EnterOnDrop(ScopeSlot);

impl Drop for EnterOnDrop {
    #[inline]
    fn drop(&mut self) {
        stack::enter_for_drop(&mut self.0);
    }
}

#[derive(Debug)]
struct LeaveOnDrop;

impl Drop for LeaveOnDrop {
    #[inline]
    fn drop(&mut self) {
        stack::exit_after_drop();
    }
}

impl<T> Scoped<T> {
    #[inline]
    pub(crate) fn new(carried: ScopeSlot, inner: T) -> Self {
        Self {
            enter: EnterOnDrop(carried),
            inner,
            leave: LeaveOnDrop,
        }
    }

    /// Calls `f` with the inner value, inside the scope.
    #[cfg(feature = "tower")]
    #[inline]
    pub(crate) fn with<R>(self: Pin<&mut Self>, f: impl FnOnce(Pin<&mut T>) -> R) -> R {
        let this = self.project();
        this.enter.0.run(|| f(this.inner))
    }

    /// The inner value, outside the scope.
    #[cfg(feature = "tower")]
    pub(crate) fn inner(&self) -> &T {
        &self.inner
    }
}

impl<F: Future> Future for Scoped<F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // No closure, so that a backtrace has one frame for the scope.
        let this = self.project();
        let scope = this.enter.0.enter();
        let polled = this.inner.poll(cx);
        scope.exit();
        polled
    }
}

impl<S: Stream> Stream for Scoped<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.project();
        let scope = this.enter.0.enter();
        let polled = this.inner.poll_next(cx);
        scope.exit();
        polled
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.inner.size_hint()
    }
}

impl<F: FusedFuture> FusedFuture for Scoped<F> {
    fn is_terminated(&self) -> bool {
        self.inner.is_terminated()
    }
}

impl<S: FusedStream> FusedStream for Scoped<S> {
    fn is_terminated(&self) -> bool {
        self.inner.is_terminated()
    }
}
