//! The layer of a server: one isolated scope and one span for each request.

use std::fmt;
use std::panic::Location;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response};
use http_body::Body;
use tower_layer::Layer;
use tower_service::Service;

use crate::bridges::tower::body::ResponseBody;
use crate::bridges::tower::future::ResponseFuture;
use crate::bridges::tower::readers::Readers;
use crate::bridges::tower::request_span::{RequestSpan, Side};
use crate::diagnostics::truncation::attribute_to;
use crate::model::{AsActor, AsId, AsText, AsUser, SessionId};
use crate::scope::Prepared;

/// Opens an isolated scope and a span for each request, and keeps both until the body of the
/// response is sent.
///
/// [`set_user`](crate::set_user) in a handler applies to its request alone. Where the request
/// itself identifies the user, [`user`](Self::user) and [`session`](Self::session) take closures
/// that read it. A request that the closures do not recognise has no user yet, and a later
/// `set_user` still applies, also to the span of the request.
///
/// ```
/// use axum::{extract::{MatchedPath, Request}, routing::get, Router};
/// use whose::tower::AttributionLayer;
///
/// let header = |req: &Request, name| Some(req.headers().get(name)?.to_str().ok()?.to_owned());
/// let app: Router = Router::new().route("/", get(|| async { "hello" })).layer(
///     AttributionLayer::new()
///         .user(move |req| header(req, "x-authenticated-user"))
///         .session(move |req| header(req, "x-session"))
///         .route(|req: &Request| Some(req.extensions().get::<MatchedPath>()?.as_str().to_owned())),
/// );
/// ```
///
/// Trust a header as an identity only where a proxy in front of the service sets it.
///
/// # The span
///
/// The span has the name [`http.server`](crate::names::http::SERVER_SPAN), the target
/// [`whose::http`](crate::names::http::TARGET) and the level INFO. The handler and the body of the
/// response run inside the span. The duration of the record ends with the body, and its call site is
/// the line that calls `AttributionLayer::new`.
///
/// | field | value |
/// |---|---|
/// | `http.request.method` | one of [`METHODS`](crate::names::http::METHODS), or `_OTHER` |
/// | `http.request.method_original` | the method, for `_OTHER` |
/// | `url.path` | the path without the query |
/// | `http.route` | the route, if [`route`](Self::route) reads it |
/// | `http.response.status_code` | the status, if there was a response |
/// | `error.type` | the status from 500, the type of an error of the service or of the body, or `panic` |
/// | `whose.http.canceled` | `true` if the response or its body was dropped before its end: the client went away, or a time ran out |
///
/// A request with an `error.type` has the status [`Error`](crate::Status::Error). The text of an
/// error is not recorded, and a canceled request is no error. The query, the headers and addresses
/// are recorded only by [`record_query`](Self::record_query),
/// [`record_user_agent`](Self::record_user_agent) and [`client_address`](Self::client_address).
///
/// Where another layer records the request, use [`without_span`](Self::without_span), and place
/// `AttributionLayer` outside that layer: the span of that layer is then attributed, even if the
/// handler sets the user later.
pub struct AttributionLayer<B> {
    read: Readers<B>,
}

impl<B> AttributionLayer<B> {
    /// A layer that opens scope and span, and reads neither user nor session.
    #[must_use]
    #[track_caller]
    pub fn new() -> Self {
        Self {
            read: Readers::new(),
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
        self.read.user = Some((
            Arc::new(move |request| attribute_to(at, || read(request).as_user())),
            at,
        ));
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
        self.read.session = Some((
            Arc::new(move |request| attribute_to(at, || SessionId::of(&read(request)))),
            at,
        ));
        self
    }

    /// Adds an actor whom the closure reads from the request, such as the operator who acts for the user.
    /// `None` adds no actor.
    ///
    /// Use it together with [`user`](Self::user): the span of the request has the user from the start,
    /// so it does not take an actor that the handler sets later.
    ///
    /// ```
    /// use axum::extract::Request;
    /// use whose::tower::AttributionLayer;
    ///
    /// let header = |req: &Request, name| Some(req.headers().get(name)?.to_str().ok()?.to_owned());
    /// let layer = AttributionLayer::new()
    ///     .user(move |req| header(req, "x-customer"))
    ///     .actor(move |req| header(req, "x-operator"));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn actor<A: AsActor>(
        mut self,
        read: impl Fn(&Request<B>) -> A + Send + Sync + 'static,
    ) -> Self {
        let at = Location::caller();
        self.read.values.push(Arc::new(move |request, scope| {
            let actor = read(request);
            let actor = attribute_to(at, || Some(actor.as_actor()?.into_owned()));
            scope.actor(actor)
        }));
        self
    }

    /// Adds a tag that the closure reads from the request, such as the id of the request. `None` adds
    /// no tag. Every record of the request has the tag.
    ///
    /// ```
    /// use axum::extract::Request;
    /// use whose::tower::AttributionLayer;
    ///
    /// let layer = AttributionLayer::new().tag("request.id", |req: &Request| {
    ///     Some(req.headers().get("x-request-id")?.to_str().ok()?.to_owned())
    /// });
    /// ```
    #[must_use]
    #[track_caller]
    pub fn tag<T: AsText>(
        mut self,
        key: &'static str,
        read: impl Fn(&Request<B>) -> T + Send + Sync + 'static,
    ) -> Self {
        let at = Location::caller();
        self.read.values.push(Arc::new(move |request, scope| {
            // Evaluate this first, because the closure may use `whose` itself.
            let value = attribute_to(at, || read(request).as_text().map(String::from));
            scope.tag(key, value)
        }));
        self
    }

    /// Opens no span. Use it where another layer, such as the `TraceLayer` of `tower-http`, already
    /// opens one for each request.
    #[must_use]
    pub fn without_span(mut self) -> Self {
        self.read.has_span = false;
        self
    }

    /// Sets the closure that reads the route, such as `/orders/{id}`. `None` records no route.
    ///
    /// A router of axum puts `MatchedPath` into the extensions of the request before it calls a
    /// layer of [`Router::layer`](https://docs.rs/axum/0.8/axum/struct.Router.html#method.layer). A
    /// layer around the whole router, as a service, runs before the router and finds no route.
    ///
    /// ```
    /// use axum::{extract::{MatchedPath, Request}, routing::get, Router};
    /// use whose::tower::AttributionLayer;
    ///
    /// let route = |req: &Request| Some(req.extensions().get::<MatchedPath>()?.as_str().to_owned());
    /// let app: Router = Router::new()
    ///     .route("/orders/{id}", get(|| async { "an order" }))
    ///     .layer(AttributionLayer::new().route(route));
    /// ```
    #[must_use]
    pub fn route<T: AsText>(
        mut self,
        read: impl Fn(&Request<B>) -> T + Send + Sync + 'static,
    ) -> Self {
        self.read.route = Some(Arc::new(move |request| {
            read(request).as_text().map(Into::into)
        }));
        self
    }

    /// Records the address that the closure reads, as `client.address`. `None` records none.
    ///
    /// ```
    /// use std::net::SocketAddr;
    /// use axum::extract::{ConnectInfo, Request};
    /// use whose::tower::AttributionLayer;
    ///
    /// let layer = AttributionLayer::new().client_address(|req: &Request| {
    ///     let info = req.extensions().get::<ConnectInfo<SocketAddr>>()?;
    ///     Some(info.0.ip().to_string())
    /// });
    /// ```
    #[must_use]
    pub fn client_address<T: AsText>(
        mut self,
        read: impl Fn(&Request<B>) -> T + Send + Sync + 'static,
    ) -> Self {
        self.read.client_address = Some(Arc::new(move |request| {
            read(request).as_text().map(Into::into)
        }));
        self
    }

    /// Records the query as `url.query`. A query may contain secrets: a
    /// [policy](crate::Policy) can drop or mask the field.
    #[must_use]
    pub fn record_query(mut self) -> Self {
        self.read.optional.query = true;
        self
    }

    /// Records the header `User-Agent` as `user_agent.original`.
    #[must_use]
    pub fn record_user_agent(mut self) -> Self {
        self.read.optional.user_agent = true;
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
        f.debug_struct("AttributionService")
            .field("inner", &self.inner)
            .finish_non_exhaustive()
    }
}

impl<S, B, R> Service<Request<B>> for AttributionService<S, B>
where
    S: Service<Request<B>, Response = Response<R>>,
    R: Body,
{
    type Response = Response<ResponseBody<R>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let scope = self.read.scope(&request).into_slot();
        let around = Prepared::new(scope, || self.read.span(&request));
        // Inner layers may open their span in this call.
        let request_span = RequestSpan::new(around, Side::Server, self.read.made_at);
        ResponseFuture::new(request_span, || self.inner.call(request))
    }
}
