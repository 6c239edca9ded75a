//! Spans around futures and streams.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use pin_project_lite::pin_project;
use tracing::Span;

pin_project! {
    /// A future or stream whose span is entered on every poll, and while it is dropped before it is
    /// ready, which ends the span.
    ///
    /// `tracing`'s own wrapper is for futures alone.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Spanned<T> {
        span: Span,
        // Empty only while it is dropped.
        #[pin]
        inner: Option<T>,
    }

    impl<T> PinnedDrop for Spanned<T> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let _entered = this.span.enter();
            this.inner.set(None);
        }
    }
}

impl<T> Spanned<T> {
    #[inline]
    pub(crate) fn new(span: Span, inner: T) -> Self {
        Self {
            span,
            inner: Some(inner),
        }
    }
}

impl<F: Future> Future for Spanned<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let Some(inner) = this.inner.as_pin_mut() else {
            return Poll::Pending;
        };
        let poll = {
            let _entered = this.span.enter();
            inner.poll(cx)
        };
        if poll.is_ready() {
            // The work is done, however long the future is kept; and what is left of it, which is
            // nothing of a function's, need not enter the span again.
            *this.span = Span::none();
        }
        poll
    }
}

impl<S: Stream> Stream for Spanned<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.project();
        let Some(inner) = this.inner.as_pin_mut() else {
            return Poll::Pending;
        };
        let _entered = this.span.enter();
        inner.poll_next(cx)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.inner.as_ref().map_or((0, None), Stream::size_hint)
    }
}
