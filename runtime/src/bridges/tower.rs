//! A `tower` layer for HTTP services: one isolated scope for each request.

use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{ready, Context, Poll};

use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use crate::diagnostics::truncation::attribute_to;
use crate::model::{AsId, AsUser, SessionId, User};
use crate::scope::{Scope, ScopeExt, Scoped};

type Read<B, T> = Arc<dyn Fn(&Request<B>) -> Option<T> + Send + Sync>;

/// Opens an isolated scope for each request, and keeps it until the body of the response is sent.
///
/// [`set_user`](crate::set_user) in a handler then applies to its request alone. Where the request
/// itself identifies the user, [`user`](Self::user) and [`session`](Self::session) take closures
/// that read it. A request that the closures do not recognise has no user yet, and a later
/// `set_user` still applies.
///
/// Place `AttributionLayer` outside the layer that opens the span of the server. The span is then
/// attributed too, even if the handler sets the user later.
///
/// ```
/// use axum::{extract::Request, routing::get, Router};
/// use whose::tower::AttributionLayer;
///
/// let header = |req: &Request, name| Some(req.headers().get(name)?.to_str().ok()?.to_owned());
/// let app: Router = Router::new().route("/", get(|| async { "hello" })).layer(
///     AttributionLayer::new()
///         .user(move |req| header(req, "x-authenticated-user"))
///         .session(move |req| header(req, "x-session")),
/// );
/// ```
///
/// Trust a header as an identity only where a proxy in front of the service sets it.
pub struct AttributionLayer<B> {
    read: Readers<B>,
}

struct Readers<B> {
    made_at: &'static Location<'static>,
    user: Option<Read<B, User>>,
    session: Option<Read<B, SessionId>>,
}

impl<B> AttributionLayer<B> {
    /// A layer that opens the scope, and reads neither user nor session.
    #[must_use]
    #[track_caller]
    pub fn new() -> Self {
        Self {
            read: Readers {
                made_at: Location::caller(),
                user: None,
                session: None,
            },
        }
    }

    /// Sets the closure that reads the user from the request. `None` sets no user.
    #[must_use]
    #[track_caller]
    pub fn user<U: AsUser>(
        mut self,
        read: impl Fn(&Request<B>) -> U + Send + Sync + 'static,
    ) -> Self {
        let at = Location::caller();
        self.read.user = Some(Arc::new(move |request| {
            attribute_to(at, || read(request).as_user())
        }));
        self
    }

    /// Sets the closure that reads the session from the request. `None` sets no session.
    #[must_use]
    #[track_caller]
    pub fn session<I: AsId>(
        mut self,
        read: impl Fn(&Request<B>) -> I + Send + Sync + 'static,
    ) -> Self {
        let at = Location::caller();
        self.read.session = Some(Arc::new(move |request| {
            attribute_to(at, || SessionId::of(&read(request)))
        }));
        self
    }
}

impl<B> Default for AttributionLayer<B> {
    #[track_caller]
    fn default() -> Self {
        Self::new()
    }
}

impl<B> Clone for AttributionLayer<B> {
    fn clone(&self) -> Self {
        Self {
            read: self.read.clone(),
        }
    }
}

impl<B> Clone for Readers<B> {
    fn clone(&self) -> Self {
        Self {
            made_at: self.made_at,
            user: self.user.clone(),
            session: self.session.clone(),
        }
    }
}

impl<B> fmt::Debug for AttributionLayer<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AttributionLayer").finish_non_exhaustive()
    }
}

impl<S, B> Layer<S> for AttributionLayer<B> {
    type Service = AttributionService<S, B>;

    fn layer(&self, inner: S) -> Self::Service {
        AttributionService {
            inner,
            read: self.read.clone(),
        }
    }
}

/// The service that [`AttributionLayer`] makes.
pub struct AttributionService<S, B> {
    inner: S,
    read: Readers<B>,
}

impl<S: Clone, B> Clone for AttributionService<S, B> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            read: self.read.clone(),
        }
    }
}

impl<S: fmt::Debug, B> fmt::Debug for AttributionService<S, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attribution")
            .field("inner", &self.inner)
            .finish_non_exhaustive()
    }
}

impl<S, B, R> Service<Request<B>> for AttributionService<S, B>
where
    S: Service<Request<B>, Response = Response<R>>,
{
    type Response = Response<Scoped<R>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let user = self.read.user.as_ref().and_then(|read| read(&request));
        let session = self.read.session.as_ref().and_then(|read| read(&request));
        let scope = Scope::isolated_at(None, self.read.made_at);
        let scope = scope.user(user).session(session);
        // Inner layers may open their span in this call.
        let response = scope.clone().in_scope(|| self.inner.call(request));
        ResponseFuture {
            response: response.with_scope(scope.clone()),
            scope,
        }
    }
}

pin_project! {
    /// The response future of [`AttributionService`], inside the scope of the request.
    #[derive(Debug)]
    pub struct ResponseFuture<F> {
        #[pin]
        response: Scoped<F>,
        scope: Scope,
    }
}

impl<F, R, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
{
    type Output = Result<Response<Scoped<R>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let response = ready!(this.response.poll(cx));
        // A streamed body runs while it is sent, after the handler has returned.
        Poll::Ready(
            response.map(|response| response.map(|body| body.with_scope(this.scope.clone()))),
        )
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
