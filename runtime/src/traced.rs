//! Scope and span around futures and streams of traced functions.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use pin_project_lite::pin_project;
use tracing::Span;

use crate::stack::Carried;

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

    /// A scope with a span that was created before.
    #[cfg(feature = "tokio")]
    pub(crate) fn of(carried: Carried, span: Span) -> Self {
        Self(Some(Around { carried, span }))
    }

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

impl Around {
    /// Polls inside of scope and span; what `is_over` then ends its span, still in the scope.
    #[inline(always)]
    fn poll<T>(
        &mut self,
        poll: impl FnOnce() -> Poll<T>,
        is_over: impl FnOnce(&Poll<T>) -> bool,
    ) -> Poll<T> {
        // Both are locals, here and where a future is dropped, and never parts of what a function
        // takes apart and returns: where exiting the span panics, since another layer does, the
        // part that is returned is not dropped, and the scope would stay for whoever comes next.
        let scope = self.carried.begin();
        let entered = self.span.enter();
        let polled = poll();
        drop(entered);
        if is_over(&polled) {
            end(&mut self.span);
        }
        scope.end();
        polled
    }

    /// Drops what is left inside of scope and span, then ends both; apart, so that where nobody
    /// listens a drop is small.
    #[inline(never)]
    fn drop_inside<T>(&mut self, mut inner: Pin<&mut Option<T>>) {
        let scope = self.carried.begin();
        let entered = self.span.enter();
        inner.set(None);
        drop(entered);
        if !self.span.is_disabled() {
            end(&mut self.span);
        }
        scope.end_for_good();
    }
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
            let this = this.project();
            if let Some(around) = this.around {
                around.drop_inside(this.inner);
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
        match this.around {
            Some(around) => around.poll(|| inner.poll(cx), Poll::is_ready),
            None => inner.poll(cx),
        }
    }
}

impl<S: Stream> Stream for Traced<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.project();
        let Some(inner) = this.inner.as_pin_mut() else {
            return Poll::Pending;
        };
        match this.around {
            Some(around) => around.poll(|| inner.poll_next(cx), |_| false),
            None => inner.poll_next(cx),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.inner.as_ref().map_or((0, None), Stream::size_hint)
    }
}
