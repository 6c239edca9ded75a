//! The clients: many concurrent users who use every feature of the service.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use axum::body::Bytes;
use futures_util::stream::{self, StreamExt as _};
use futures_util::{SinkExt as _, TryStreamExt as _};
use reqwest::{Client, Method, RequestBuilder, Response};
use tokio::net::TcpStream;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tracing::info;

use crate::expectations::{Expectations, ExpectedRequest, Identity};
use crate::rendezvous::Rendezvous;
use crate::service::Service;

/// The number of concurrent requests.
const CONCURRENT: usize = 200;
const USERS: usize = 50;
const SESSIONS: usize = 3;
/// The number of connections in the pool of the service.
const CONNECTIONS: usize = 16;

/// The kind of a request of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestKind {
    /// Requests a path and reads the whole response.
    Get(&'static str),
    /// Sends a body in parts.
    Upload,
    /// Talks over a WebSocket.
    WebSocket,
    /// Disconnects before the response begins.
    Cancel,
    /// Disconnects during the response body.
    CancelBody,
    /// Reads the response, then lets the service continue its background work.
    Background(&'static str),
    /// Signs in and out in a new session.
    SignInAndOut,
}

/// Every kind except those of the connection pool.
pub const ALL_KINDS: &[RequestKind] = &[
    RequestKind::Get("/plain"),
    RequestKind::Get("/sse"),
    RequestKind::WebSocket,
    RequestKind::Get("/chunked"),
    RequestKind::CancelBody,
    RequestKind::Upload,
    RequestKind::Get("/spawn"),
    RequestKind::Get("/join-set"),
    RequestKind::Get("/buffer"),
    RequestKind::Background("/background"),
    RequestKind::Get("/cached"),
    RequestKind::Get("/queue"),
    RequestKind::Get("/compute"),
    RequestKind::Get("/rpc"),
    RequestKind::Get("/call"),
    RequestKind::Get("/panic"),
    RequestKind::Cancel,
    RequestKind::Get("/timeout"),
    RequestKind::Get("/failure"),
    RequestKind::Get("/on-behalf"),
    RequestKind::SignInAndOut,
    RequestKind::Get("/plain"),
];

/// The kinds that use the connection pool.
pub const POOLED: &[RequestKind] = &[RequestKind::Get("/pool"), RequestKind::SignInAndOut];

/// As [`POOLED`], where the service looks up the user in its database.
pub const POOLED_BEFORE_LOGIN: &[RequestKind] = &[
    RequestKind::Get("/pool/before-login"),
    RequestKind::SignInAndOut,
];

/// As [`POOLED`], where the service queries its database after the request ends.
pub const POOLED_IN_BACKGROUND: &[RequestKind] = &[
    RequestKind::Background("/pool/background"),
    RequestKind::SignInAndOut,
];

/// All clients of one run.
pub(crate) struct Clients {
    run: String,
    origin: String,
    address: std::net::SocketAddr,
    /// A client with its own connections, and a client that shares a connection.
    clients: [Client; 2],
    tokens: HashMap<(usize, usize), String>,
    kinds: &'static [RequestKind],
    expectations: Expectations,
    rendezvous: Arc<Rendezvous>,
    sent: AtomicUsize,
    /// The number of spans that the servers open.
    spans: AtomicUsize,
}

fn identity(user: usize, session: usize) -> Identity {
    Identity {
        user: format!("u{user}"),
        session: format!("u{user}-s{session}"),
    }
}

impl Clients {
    pub(crate) fn new(
        run: &str,
        kinds: &'static [RequestKind],
        service: &Service,
        rendezvous: Arc<Rendezvous>,
    ) -> Self {
        let client = whose_tests::http::client;
        let shared = client().http2_prior_knowledge();
        Self {
            // An id is one word.
            run: run.replace(' ', "-"),
            origin: format!("http://{}", service.address),
            address: service.address,
            clients: [client(), shared].map(|client| client.build().expect("a client")),
            tokens: HashMap::new(),
            kinds,
            expectations: Expectations::default(),
            rendezvous,
            sent: AtomicUsize::new(0),
            spans: AtomicUsize::new(0),
        }
    }

    /// Signs all users in.
    pub(crate) async fn sign_in_all_users(&mut self) {
        let this = &*self;
        let sessions =
            (0..USERS).flat_map(|user| (0..SESSIONS).map(move |session| (user, session)));
        let sign_in = |(user, session)| async move {
            let token = this.sign_in(identity(user, session)).await;
            ((user, session), token)
        };
        let signed_in = stream::iter(sessions).map(sign_in);
        self.tokens = signed_in.buffer_unordered(CONCURRENT).collect().await;
    }

    pub(crate) async fn send_all(&self, requests: usize) {
        let send = |n| self.send_one(n);
        stream::iter(0..requests)
            .for_each_concurrent(CONCURRENT, send)
            .await;
    }

    /// The expectations of all requests.
    pub(crate) fn finish(self) -> HashMap<String, ExpectedRequest> {
        self.expectations.take()
    }

    pub(crate) fn spans(&self) -> usize {
        self.spans.load(SeqCst)
    }

    /// Opens the connections of the pool for some users and waits until their requests end.
    pub(crate) async fn open_connections(&self) {
        // The requests use one connection, so the server has dropped each request before the next
        // response.
        let client = &whose_tests::http::client().build().expect("a client");
        let paths = ["/pool/open"; CONNECTIONS].into_iter().chain(["/plain"]);
        for (user, path) in paths.enumerate() {
            let known = ExpectedRequest {
                identity: Some(identity(user, 0)),
                ..ExpectedRequest::default()
            };
            let token = &self.tokens[&(user, 0)];
            let (_, request) = self.request_by(client, Method::GET, path, known, Some(token));
            let response = request.send().await.expect("a response");
            response.bytes().await.expect("the body");
        }
    }

    async fn send_one(&self, n: usize) {
        info!("visit begins");
        let request = self.kinds[n % self.kinds.len()];
        // Every seventh visitor is anonymous. 7 and the number of kinds have no common divisor, so
        // each kind has an anonymous visitor.
        let (user, session) = (n % USERS, n / USERS % SESSIONS);
        let is_anonymous = n.is_multiple_of(7) && request != RequestKind::SignInAndOut;
        let known = ExpectedRequest {
            identity: (!is_anonymous).then(|| identity(user, session)),
            on_behalf: (request == RequestKind::Get("/on-behalf"))
                .then(|| format!("u{}", (user + 1) % USERS)),
            signs_out: false,
        };
        let token = match is_anonymous {
            true => None,
            false => self.tokens.get(&(user, session)).map(|token| &**token),
        };
        match request {
            RequestKind::Get(path) => {
                let response = self.send(Method::GET, path, known, token).await;
                let failed = response.status().is_server_error();
                assert_eq!(failed, path == "/panic", "{path}");
                response.bytes().await.expect("the body");
            }
            RequestKind::Upload => self.upload(known, token).await,
            RequestKind::WebSocket => self.talk(known, token).await,
            RequestKind::Cancel => self.cancel(known, token).await,
            RequestKind::CancelBody => {
                let mut response = self.send(Method::GET, "/endless", known, token).await;
                let chunk = response.chunk().await.expect("a chunk");
                assert!(chunk.is_some());
            }
            RequestKind::Background(path) => {
                let (id, request) = self.request(Method::GET, path, known, token);
                let response = request.send().await.expect("a response");
                response.bytes().await.expect("the body");
                self.rendezvous.arrive(&id);
            }
            RequestKind::SignInAndOut => {
                let identity = identity(user, SESSIONS + n);
                let token = self.sign_in(identity.clone()).await;
                let known = ExpectedRequest {
                    identity: Some(identity),
                    signs_out: true,
                    ..ExpectedRequest::default()
                };
                let response = self
                    .send(Method::POST, "/logout", known, Some(&token))
                    .await;
                assert!(response.status().is_success());
            }
        }
    }

    /// Builds a request with a new id and adds its expectation.
    fn request(
        &self,
        method: Method,
        path: &str,
        known: ExpectedRequest,
        token: Option<&str>,
    ) -> (String, RequestBuilder) {
        let client = &self.clients[fastrand::usize(..2)];
        self.request_by(client, method, path, known, token)
    }

    fn request_by(
        &self,
        client: &Client,
        method: Method,
        path: &str,
        known: ExpectedRequest,
        token: Option<&str>,
    ) -> (String, RequestBuilder) {
        let id = format!("{}#{}", self.run, self.sent.fetch_add(1, SeqCst));
        let spans = match path {
            "/rpc" => 3,
            "/call" => 2,
            _ => 1,
        };
        self.spans.fetch_add(spans, SeqCst);
        let mut request = client.request(method, format!("{}{path}", self.origin));
        request = request.header("x-request", &id);
        if let Some(token) = token {
            request = request.header("authorization", token);
        }
        if let Some(other) = &known.on_behalf {
            request = request.header("x-on-behalf", other);
        }
        if let (None, Some(identity)) = (token, &known.identity) {
            request = request.header("x-user", &identity.user);
            request = request.header("x-session", &identity.session);
        }
        self.expectations.add(&id, known);
        (id, request)
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        known: ExpectedRequest,
        token: Option<&str>,
    ) -> Response {
        let (_, request) = self.request(method, path, known, token);
        request.send().await.expect("a response")
    }

    async fn sign_in(&self, identity: Identity) -> String {
        let known = ExpectedRequest {
            identity: Some(identity),
            ..ExpectedRequest::default()
        };
        let response = self.send(Method::POST, "/login", known, None).await;
        assert!(response.status().is_success());
        response.text().await.expect("a token")
    }

    async fn upload(&self, known: ExpectedRequest, token: Option<&str>) {
        let (_, request) = self.request(Method::POST, "/upload", known, token);
        let chunks = stream::iter(0..3).then(async |_| {
            tokio::task::yield_now().await;
            Ok::<_, std::io::Error>(Bytes::from_static(b"12345"))
        });
        let body = reqwest::Body::wrap_stream(chunks.boxed());
        let response = request.body(body).send().await.expect("a response");
        assert_eq!(response.text().await.expect("a length"), "15");
    }

    async fn talk(&self, known: ExpectedRequest, token: Option<&str>) {
        let (_, request) = self.request(Method::GET, "/websocket", known, token);
        let headers = request.build().expect("a request").headers().clone();
        let url = format!("ws://{}/websocket", self.address);
        let mut request = url.into_client_request().expect("a request");
        request.headers_mut().extend(headers);
        let stream = TcpStream::connect(self.address).await.expect("a stream");
        let connected = client_async(request, stream).await;
        let (mut socket, _) = connected.expect("a WebSocket");
        for _ in 0..3 {
            socket.send(Message::text("hello")).await.expect("sent");
            let answer = socket.try_next().await.expect("a response");
            assert_eq!(answer, Some(Message::text("hello")));
        }
        socket.close(None).await.expect("closed");
    }

    async fn cancel(&self, known: ExpectedRequest, token: Option<&str>) {
        let (id, request) = self.request(Method::GET, "/cancel", known, token);
        let waiting = tokio::spawn(request.send());
        self.rendezvous.wait(&id).await;
        waiting.abort();
    }
}
