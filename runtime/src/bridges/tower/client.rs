//! The layer of a client: one span for each request that is sent.

use std::panic::Location;
use std::task::{Context, Poll};

use http::{Request, Response};
use http_body::Body;
use tower_layer::Layer;
use tower_service::Service;

use crate::bridges::tower::body::ResponseBody;
use crate::bridges::tower::future::ResponseFuture;
use crate::bridges::tower::readers::OptionalFields;
use crate::bridges::tower::request_span::{RequestSpan, Side};
use crate::scope::{Prepared, Scope};

/// Records each request that a client sends as a span, with the current user and session.
///
/// Use it around a `tower` service that sends requests of the crate `http`, such as the client of
/// `hyper-util`. Nothing is added to the request: the peer learns neither user nor session.
///
/// ```
/// use axum::{body::Body, extract::Request, response::Response};
/// use tower::{ServiceBuilder, ServiceExt};
/// use whose::{tower::ClientLayer, ScopeExt};
///
/// # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let http_client = tower::service_fn(|_: Request| async { Ok::<_, std::convert::Infallible>(Response::new(Body::empty())) });
/// let client = ServiceBuilder::new().layer(ClientLayer::new()).service(http_client);
///
/// let rec = whose::testing::Recorder::start();
/// let request = Request::get("http://shop.example/orders?token=secret").body(Body::empty())?;
/// let response = client.oneshot(request).with_scope(whose::user("alice")).await?;
/// drop(response); // the span ends with the body
///
/// let span = rec.span("http.client");
/// assert_eq!(span.user_id(), Some("alice"));
/// assert_eq!(span.field("url.path"), Some(&"/orders".into()));
/// assert_eq!(span.field("http.response.status_code"), Some(&200.into()));
/// # Ok(()) }
/// ```
///
/// The span has the name [`http.client`](crate::names::http::CLIENT_SPAN), and the target, the level
/// and the fields of the span of [`AttributionLayer`](super::AttributionLayer), without the route.
/// The span begins with the call, and ends when the body of the response has been read or is dropped.
/// A status from 400 is an `error.type` here. The query and the host are recorded only by
/// [`record_query`](Self::record_query) and [`record_server_address`](Self::record_server_address).
#[derive(Clone, Debug)]
pub struct ClientLayer {
    made_at: &'static Location<'static>,
    optional: OptionalFields,
}

impl ClientLayer {
    /// A layer that records neither the query nor the host.
    #[must_use]
    #[track_caller]
    pub fn new() -> Self {
        Self {
            made_at: Location::caller(),
            optional: OptionalFields::default(),
        }
    }

    /// Records the query as `url.query`. A query may contain secrets: a
    /// [policy](crate::Policy) can drop or mask the field.
    #[must_use]
    pub fn record_query(mut self) -> Self {
        self.optional.query = true;
        self
    }

    /// Records the host and the port of the URL as `server.address` and `server.port`.
    #[must_use]
    pub fn record_server_address(mut self) -> Self {
        self.optional.server_address = true;
        self
    }
}

impl Default for ClientLayer {
    #[track_caller]
    fn default() -> Self {
        Self::new()
    }
}

impl<S> Layer<S> for ClientLayer {
    type Service = ClientService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        ClientService {
            inner,
            made_at: self.made_at,
            optional: self.optional,
        }
    }
}

/// The service that [`ClientLayer`] makes.
#[derive(Clone, Debug)]
pub struct ClientService<S> {
    inner: S,
    made_at: &'static Location<'static>,
    optional: OptionalFields,
}

impl<S, B, R> Service<Request<B>> for ClientService<S>
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
        // The span keeps the current scope, also for a response body that another task reads.
        let around = Prepared::new(Scope::new().into_slot(), || {
            self.optional.client_span(&request)
        });
        let request_span = RequestSpan::new(around, Side::Client, self.made_at);
        ResponseFuture::new(request_span, || self.inner.call(request))
    }
}
