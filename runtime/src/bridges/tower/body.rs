//! The body of a response.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use crate::bridges::tower::request_span::RequestSpan;
use crate::scope::traced::{traced, Traced};
use crate::scope::Scoped;

pin_project! {
    /// The body of a response, inside the scope and the span of its request. The span ends with the
    /// body.
    pub struct ResponseBody<B> {
        // Dropped first: the span is closed by the drop of `body`, inside the scope.
        request: RequestSpan,
        #[pin]
        body: Traced<B>,
    }
}

impl<B: Body> ResponseBody<B> {
    pub(super) fn new(mut request: RequestSpan, body: B) -> Self {
        if body.is_end_stream() {
            request.end();
        }
        Self {
            body: traced(request.around(), body),
            request,
        }
    }
}

impl<B: Body> Body for ResponseBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let this = self.project();
        let request = this.request;
        request.begin_poll();
        let frame = this.body.with(|mut body| {
            let frame = body.as_mut().poll_frame(cx);
            match &frame {
                Poll::Pending => request.wait(),
                Poll::Ready(None) => request.end(),
                Poll::Ready(Some(Err(_))) => request.fail_with::<B::Error>(),
                Poll::Ready(Some(Ok(_))) if body.is_end_stream() => request.end(),
                // The body promises more.
                Poll::Ready(Some(Ok(_))) if body.size_hint().lower() > 0 => request.wait(),
                // A server stops here if the header `content-length` asks for no more.
                Poll::Ready(Some(Ok(_))) => request.pause(),
            }
            frame
        });
        frame.unwrap_or(Poll::Ready(None))
    }

    fn is_end_stream(&self) -> bool {
        self.body.inner().is_none_or(B::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.inner().map_or_else(SizeHint::new, B::size_hint)
    }
}

impl<B> fmt::Debug for ResponseBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseBody").finish_non_exhaustive()
    }
}

impl<B: Body> Body for Scoped<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        self.with(|body| body.poll_frame(cx))
    }

    fn is_end_stream(&self) -> bool {
        self.inner().is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner().size_hint()
    }
}
