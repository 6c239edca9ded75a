//! The future of a response.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::Response;
use http_body::Body;
use pin_project_lite::pin_project;

use crate::bridges::tower::body::ResponseBody;
use crate::bridges::tower::request_span::RequestSpan;
use crate::scope::traced::{traced, Traced};

pin_project! {
    /// The response future of [`AttributionService`](super::AttributionService) and
    /// [`ClientService`](super::ClientService), inside the scope and the span of the request.
    pub struct ResponseFuture<F> {
        // Dropped first: the span is closed by the drop of `response`, inside the scope. `None` after
        // the response.
        request_span: Option<RequestSpan>,
        #[pin]
        response: Traced<F>,
    }
}

impl<F> ResponseFuture<F> {
    /// Calls the inner service.
    pub(super) fn new(mut request_span: RequestSpan, call: impl FnOnce() -> F) -> Self {
        let response = request_span.call(call);
        Self {
            response: traced(request_span.around(), response),
            request_span: Some(request_span),
        }
    }
}

impl<F, R, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
    R: Body,
{
    type Output = Result<Response<ResponseBody<R>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let Some(request_span) = this.request_span else {
            return Poll::Pending;
        };
        request_span.begin_poll();
        let Poll::Ready(response) = this.response.poll(cx) else {
            request_span.wait();
            return Poll::Pending;
        };
        match &response {
            Ok(response) => request_span.record_status(response.status()),
            Err(_) => request_span.fail_with::<E>(),
        }
        let Some(request_span) = this.request_span.take() else {
            return Poll::Pending;
        };
        // A streamed body runs while it is sent, after the handler has returned.
        Poll::Ready(
            response.map(|response| response.map(|body| ResponseBody::new(request_span, body))),
        )
    }
}

impl<F> fmt::Debug for ResponseFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
