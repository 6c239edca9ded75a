//! Scope and span around futures and streams of traced functions.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use pin_project_lite::pin_project;
use tracing::Span;

use crate::stack::{Carried, Running};

/// A scope, and a span that was created in it, for a future or stream; nothing, where nobody
/// listens and nothing is said.
#[derive(Clone, Debug)]
pub struct Prepared(Option<Around>);

#[derive(Clone, Debug)]
struct Around {
    carried: Carried,
    span: Span,
}

impl Prepared {
    pub(crate) const NOTHING: Self = Self(None);

    /// Creates the span in the scope.
    pub(crate) fn new(mut carried: Carried, span: impl FnOnce() -> Span) -> Self {
        let span = carried.run(span);
        Self(Some(Around { carried, span }))
    }

    /// The span.
    pub fn span(&self) -> &Span {
        static NONE: Span = Span::none();
        self.0.as_ref().map_or(&NONE, |around| &around.span)
    }

    /// Makes the future or stream, inside of scope and span.
    pub fn around<T>(mut self, make: impl FnOnce() -> T) -> (Self, T) {
        let made = match &mut self.0 {
            None => make(),
            Some(Around { carried, span }) => carried.run(|| span.in_scope(make)),
        };
        (self, made)
    }
}

// Scope and entered span are locals of what polls and drops, never parts of a value that a function
// takes apart and returns: where exiting the span panics, since another layer does, the returned
// part would not be dropped, and the scope would stay on the thread for whoever comes next.

/// Leaves the scope after a poll; inside of it, what is ready ends its span.
#[inline]
fn leave(scope: Running<'_>, span: &mut Span, is_ready: bool) {
    if is_ready {
        end(span);
    }
    scope.end();
}

/// Ends the span and leaves the scope.
fn leave_for_good(scope: Running<'_>, span: &mut Span) {
    if !span.is_disabled() {
        end(span);
    }
    scope.end_for_good();
}

/// Apart, so that what every poll needs is small.
#[inline(never)]
fn end(span: &mut Span) {
    *span = Span::none();
}

pin_project! {
    /// A future or stream with a scope that is current, and a span that is entered, on every poll
    /// and while it is dropped.
    ///
    /// The span ends when the future is ready, however long it is kept; what is left of it then,
    /// which is nothing of a function's, need not enter the span again. A stream's ends when it is
    /// dropped.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Traced<T> {
        around: Option<Around>,
        // Empty only while it is dropped.
        #[pin]
        inner: Option<T>,
    }

    impl<T> PinnedDrop for Traced<T> {
        #[inline]
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let Some(Around { carried, span }) = this.around {
                let scope = carried.begin();
                let entered = span.enter();
                this.inner.set(None);
                drop(entered);
                leave_for_good(scope, span);
            }
        }
    }
}

/// Puts scope and span around the future or stream.
#[inline]
pub fn traced<T>(Prepared(around): Prepared, polled: T) -> Traced<T> {
    Traced {
        around,
        inner: Some(polled),
    }
}

/// As [`traced`], with a closure that sees what the future gives.
pub fn traced_then<F: Future>(
    prepared: Prepared,
    future: F,
    then: impl FnOnce(&Span, &F::Output),
) -> impl Future<Output = F::Output> {
    let span = prepared.span().clone();
    let future = async move {
        let output = future.await;
        then(&span, &output);
        output
    };
    traced(prepared, future)
}

impl<F: Future> Future for Traced<F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let Some(inner) = this.inner.as_pin_mut() else {
            return Poll::Pending;
        };
        let Some(Around { carried, span }) = this.around else {
            return inner.poll(cx);
        };
        let scope = carried.begin();
        let entered = span.enter();
        let poll = inner.poll(cx);
        drop(entered);
        leave(scope, span, poll.is_ready());
        poll
    }
}

impl<S: Stream> Stream for Traced<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.project();
        let Some(inner) = this.inner.as_pin_mut() else {
            return Poll::Pending;
        };
        let Some(Around { carried, span }) = this.around else {
            return inner.poll_next(cx);
        };
        let scope = carried.begin();
        let entered = span.enter();
        let poll = inner.poll_next(cx);
        drop(entered);
        leave(scope, span, false);
        poll
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.inner.as_ref().map_or((0, None), Stream::size_hint)
    }
}
