//! The scope and the span of traced futures and streams.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::future::FusedFuture;
use futures_core::stream::{FusedStream, Stream};
use pin_project_lite::pin_project;
use tracing::span::Entered;
use tracing::Span;

use crate::stack::{EnteredScope, ScopeSlot};

/// A scope and a span that was created in it, for a future or stream. Empty where no subscriber is
/// enabled and no value is set.
#[derive(Clone, Debug)]
pub struct Prepared(Option<ScopeAndSpan>);

#[derive(Clone, Debug)]
struct ScopeAndSpan {
    carried: ScopeSlot,
    span: Span,
}

static NO_SPAN: Span = Span::none();

impl Prepared {
    pub(crate) const NOTHING: Self = Self(None);

    /// A scope with an existing span.
    #[cfg(feature = "tokio")]
    pub(crate) fn of(carried: ScopeSlot, span: Span) -> Self {
        Self(Some(ScopeAndSpan { carried, span }))
    }

    /// Creates the span in the scope.
    #[inline(always)] // A call of a traced function passes here, also where nobody listens.
    pub(crate) fn new(mut carried: ScopeSlot, span: impl FnOnce() -> Span) -> Self {
        let span = carried.run(span);
        Self(Some(ScopeAndSpan { carried, span }))
    }

    /// The span.
    pub fn span(&self) -> &Span {
        self.0.as_ref().map_or(&NO_SPAN, |around| &around.span)
    }

    /// Calls `f` inside the scope and the span.
    #[cfg(feature = "tower")]
    pub(crate) fn run<R>(&mut self, f: impl FnOnce() -> R) -> R {
        match &mut self.0 {
            None => f(),
            Some(ScopeAndSpan { carried, span }) => carried.run(|| span.in_scope(f)),
        }
    }

    /// Makes the scope and the span current until the value is dropped.
    pub fn enter(&mut self) -> Inside<'_> {
        Inside(self.0.as_mut().map(|ScopeAndSpan { carried, span }| {
            let scope = carried.enter();
            (span.enter(), scope)
        }))
    }

    /// Makes the future or stream inside the scope and the span.
    pub fn around<T>(mut self, make: impl FnOnce() -> T) -> (Self, T) {
        let made = match &mut self.0 {
            None => make(),
            Some(ScopeAndSpan { carried, span }) => carried.run(|| span.in_scope(make)),
        };
        (self, made)
    }
}

/// The scope and the span around the construction of a future or stream. The span is exited first.
#[must_use = "scope and span are left when this is dropped"]
pub struct Inside<'a>(
    #[expect(dead_code, reason = "dropped")] Option<(Entered<'a>, EnteredScope<'a>)>,
);

impl ScopeAndSpan {
    /// Drops the inner value inside the scope and the span, then ends both. A separate function, so
    /// that a drop without a subscriber stays small.
    #[inline(never)]
    fn drop_inside<T>(&mut self, mut inner: Pin<&mut Option<T>>) {
        let scope = self.carried.enter();
        let entered = self.span.enter();
        inner.set(None);
        drop(entered);
        if !self.span.is_disabled() {
            end(&mut self.span);
        }
        scope.exit_and_recycle();
    }
}

/// A separate function, so that the code of every poll stays small.
#[inline(never)]
fn end(span: &mut Span) {
    *span = Span::none();
}

/// Reports the output of a traced future.
pub trait Report<T> {
    /// Reports the output, inside the scope and the span.
    fn report(&self, span: &Span, output: &T);
}

/// Reports nothing.
#[derive(Debug)]
pub struct Silent;

impl<T> Report<T> for Silent {
    #[inline]
    fn report(&self, _: &Span, _: &T) {}
}

/// Reports through a closure.
pub struct Then<R>(R);

impl<T, R: Fn(&Span, &T)> Report<T> for Then<R> {
    #[inline]
    fn report(&self, span: &Span, output: &T) {
        (self.0)(span, output);
    }
}

pin_project! {
    /// A future or stream with a scope that is current and a span that is entered, during every
    /// poll and during the drop.
    ///
    /// The span of a future ends when the future is ready, even if the future is kept longer: a
    /// finished function has nothing left to run in the span. The span of a stream ends when the
    /// stream is dropped.
    ///
    /// A named future type instead of an `async` block: a block would store the inner future twice,
    /// as a captured variable and as the awaited future.
    #[must_use = "futures do nothing unless polled"]
    pub struct Traced<T, R = Silent> {
        around: Option<ScopeAndSpan>,
        report: R,
        // `None` only during the drop.
        #[pin]
        inner: Option<T>,
    }

    impl<T, R> PinnedDrop for Traced<T, R> {
        #[inline]
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            if let Some(around) = this.around {
                around.drop_inside(this.inner);
            }
        }
    }
}

/// Attaches the scope and the span to the future or stream.
#[inline]
pub fn traced<T>(Prepared(around): Prepared, polled: T) -> Traced<T> {
    Traced {
        around,
        report: Silent,
        inner: Some(polled),
    }
}

/// As [`traced`], with a closure that receives the output of the future.
#[inline]
pub fn traced_then<F, R>(Prepared(around): Prepared, future: F, report: R) -> Traced<F, Then<R>>
where
    F: Future,
    R: Fn(&Span, &F::Output),
{
    Traced {
        around,
        report: Then(report),
        inner: Some(future),
    }
}

#[cfg(feature = "tower")]
impl<T> Traced<T> {
    /// Calls `f` with the inner value, inside the scope and the span.
    pub(crate) fn with<R>(self: Pin<&mut Self>, f: impl FnOnce(Pin<&mut T>) -> R) -> Option<R> {
        let this = self.project();
        let inner = this.inner.as_pin_mut()?;
        let Some(ScopeAndSpan { carried, span }) = this.around else {
            return Some(f(inner));
        };
        let scope = carried.enter();
        let entered = span.enter();
        let result = f(inner);
        drop(entered);
        scope.exit();
        Some(result)
    }

    /// The inner value, outside the scope and the span.
    pub(crate) fn inner(&self) -> Option<&T> {
        self.inner.as_ref()
    }
}

// Both `poll` functions call the inner `poll` directly, so that a backtrace has one frame for each
// future. The guards of the scope and of the span are local variables, and never parts of a return
// value. If another layer panics when the span is exited, a returned guard would not be dropped,
// and the scope would stay current on the thread.

impl<F: Future, R: Report<F::Output>> Future for Traced<F, R> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let Some(inner) = this.inner.as_pin_mut() else {
            return Poll::Pending;
        };
        let Some(ScopeAndSpan { carried, span }) = this.around else {
            let polled = inner.poll(cx);
            if let Poll::Ready(output) = &polled {
                this.report.report(&NO_SPAN, output);
            }
            return polled;
        };
        let scope = carried.enter();
        let entered = span.enter();
        let polled = inner.poll(cx);
        if let Poll::Ready(output) = &polled {
            this.report.report(span, output);
        }
        drop(entered);
        if polled.is_ready() {
            end(span);
        }
        scope.exit();
        polled
    }
}

impl<S: Stream> Stream for Traced<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.project();
        let Some(inner) = this.inner.as_pin_mut() else {
            return Poll::Pending;
        };
        let Some(ScopeAndSpan { carried, span }) = this.around else {
            return inner.poll_next(cx);
        };
        let scope = carried.enter();
        let entered = span.enter();
        let polled = inner.poll_next(cx);
        drop(entered);
        scope.exit();
        polled
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.inner.as_ref().map_or((0, None), Stream::size_hint)
    }
}

impl<F: FusedFuture, R: Report<F::Output>> FusedFuture for Traced<F, R> {
    fn is_terminated(&self) -> bool {
        self.inner.as_ref().is_none_or(FusedFuture::is_terminated)
    }
}

impl<S: FusedStream> FusedStream for Traced<S> {
    fn is_terminated(&self) -> bool {
        self.inner.as_ref().is_none_or(FusedStream::is_terminated)
    }
}
