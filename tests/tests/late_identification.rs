//! A server span that opens before the login gets its user at its close. The tests use real HTTP,
//! with the `AttributionLayer` outside the `TraceLayer` that opens the span.

use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Path;
use axum::http::Request;
use axum::routing::get;
use axum::{Json, Router};
use futures_util::stream::{self, StreamExt as _};
use reqwest::Client;
use tokio::net::TcpListener;
use tokio::sync::Barrier;
use tower_http::trace::TraceLayer;
use tracing::{info, info_span};
use whose::tower::AttributionLayer;
use whose::{Attribution, Record, Source};
use whose_tests::current::{is_nothing_current, user_id};
use whose_tests::recorder::{recorder, user_and_session};

/// A service and its client.
struct Service {
    address: SocketAddr,
    client: Client,
}

impl Service {
    async fn start() -> Self {
        recorder();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async { axum::serve(listener, app()).await });
        let client = whose_tests::http::client().build().unwrap();
        Self { address, client }
    }

    /// Requests `path` and returns the response after the server has closed the span of the
    /// request.
    async fn get(&self, path: &str) -> String {
        self.get_with(path, &[]).await
    }

    async fn get_with(&self, path: &str, headers: &[(&'static str, &'static str)]) -> String {
        let text = self.send_request(path, headers).await;
        let closed = async {
            while server_spans(path).is_empty() {
                tokio::task::yield_now().await;
            }
        };
        let closed = tokio::time::timeout(Duration::from_secs(60), closed).await;
        closed.expect("the server closes its span");
        text
    }

    async fn send_request(&self, path: &str, headers: &[(&'static str, &'static str)]) -> String {
        let mut request = self.client.get(format!("http://{}{path}", self.address));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.send().await.unwrap();
        assert!(response.status().is_success(), "{path}");
        response.text().await.unwrap()
    }
}

/// Reads a header of a request.
fn header(name: &'static str) -> impl Fn(&Request<Body>) -> Option<String> {
    move |request| Some(request.headers().get(name)?.to_str().ok()?.to_owned())
}

fn app() -> Router {
    let server_span = |request: &Request<Body>| {
        let span = info_span!("server", path = request.uri().path());
        span.in_scope(|| info!("{} arrived", request.uri().path()));
        span
    };
    Router::new()
        .route("/login/{user}", get(login))
        .route("/annotated/{user}", get(annotated))
        .route("/not-identifying/{user}", get(not_identifying))
        .route("/visitor/{kind}", get(visitor))
        .route("/anonymous", get(anonymous))
        .route("/session/{id}", get(session_only))
        .route("/known/{user}", get(known))
        .route("/stream/{user}", get(stream))
        .route("/together/{user}", get(together))
        .layer(TraceLayer::new_for_http().make_span_with(server_span))
        // This route has no server span, because a span around the body keeps the scope too.
        .route("/without-span/{user}", get(stream))
        .layer(
            AttributionLayer::new()
                .without_span()
                .user(header("x-user"))
                .session(header("x-session")),
        )
}

/// Logs that a handler ran.
fn log(handler: &str) {
    info!("{handler} handled");
}

async fn login(Path(user): Path<String>) {
    log("before login");
    tokio::task::yield_now().await;
    whose::set_user(&user);
    whose::set_session(format!("s-{user}"));
    info_span!("after login").in_scope(|| log("after login"));
}

#[whose::with_user(user, identify)]
async fn annotated(Path(user): Path<String>) {
    log("annotated");
}

#[whose::with_user(user)]
async fn not_identifying(Path(user): Path<String>) {
    log("not identifying");
}

/// Whether the request has no user and no session.
async fn visitor(Path(kind): Path<String>) -> Json<bool> {
    log(&format!("visitor {kind}"));
    let is_unset = |attribution: &Attribution| {
        attribution.user().is_none() && attribution.session_id().is_none()
    };
    Json(whose::with_current(is_unset))
}

async fn anonymous() {
    whose::set_anonymous();
    // The span opens while the scope is anonymous and closes after the login.
    let span = info_span!("anonymous until login");
    whose::set_user("alice");
    drop(span);
    whose::set_anonymous();
    log("anonymous");
}

async fn session_only(Path(id): Path<String>) {
    whose::set_session(id);
}

async fn known(Path(user): Path<String>) {
    whose::set_user("first");
    let span = info_span!("known before");
    whose::set_user(&user);
    drop(span);
}

async fn stream(Path(user): Path<String>) -> Body {
    let chunks = stream::iter(0..3).then(move |n| {
        let user = user.clone();
        async move {
            tokio::task::yield_now().await;
            if n == 1 {
                // The handler has returned.
                whose::set_user(&user);
            }
            let seen = user_id();
            info!("chunk {n} for {user}");
            Ok::<_, std::io::Error>(Bytes::from(format!("{n}={};", seen.unwrap_or_default())))
        }
    });
    Body::from_stream(chunks)
}

/// Two requests meet in this handler.
async fn together(Path(user): Path<String>) -> Json<Vec<String>> {
    static BOTH: LazyLock<Barrier> = LazyLock::new(|| Barrier::new(2));
    let mut seen = Vec::new();
    for _ in 0..3 {
        BOTH.wait().await;
        whose::set_user(&user);
        whose::set_session(format!("s-{user}"));
        BOTH.wait().await;
        let attribution = whose::current();
        seen.extend(
            [attribution.user_id(), attribution.session_id()]
                .map(|id| id.unwrap_or_default().to_owned()),
        );
    }
    Json(seen)
}

/// The closed server spans of the path.
fn server_spans(path: &str) -> Vec<Arc<Record>> {
    let mut records = recorder().records();
    let is_of_path = |record: &Record| record.field("path").is_some_and(|field| *field == path);
    records.retain(|record| record.name() == "server" && is_of_path(record));
    records
}

#[track_caller]
fn server_span(path: &str) -> Arc<Record> {
    let spans = server_spans(path);
    assert_eq!(spans.len(), 1, "{path}");
    spans[0].clone()
}

#[tokio::test]
async fn server_span_gets_user_of_login() {
    let service = Service::start().await;
    service.get("/login/alice").await;
    let span = server_span("/login/alice");
    assert_eq!(user_and_session(&span), (Some("alice"), Some("s-alice")));
    assert_eq!(span.user_source(), Some(Source::Isolation));
    assert_eq!(span.session_source(), Some(Source::Isolation));
    let recorder = recorder();
    // Events are not changed after the fact.
    for before in ["/login/alice arrived", "before login handled"] {
        assert_eq!(
            user_and_session(&recorder.event(before)),
            (None, None),
            "{before}"
        );
    }
    let after = [
        recorder.event("after login handled"),
        recorder.span("after login"),
    ];
    for after in after {
        assert_eq!(user_and_session(&after), (Some("alice"), Some("s-alice")));
    }
}

#[tokio::test]
async fn server_span_gets_user_of_annotated_handler() {
    let service = Service::start().await;
    service.get("/annotated/bob").await;
    let span = server_span("/annotated/bob");
    assert_eq!(
        (span.user_id(), span.user_source()),
        (Some("bob"), Some(Source::Isolation))
    );
    let event = recorder().event("annotated handled");
    assert_eq!(
        (event.user_id(), event.user_source()),
        (Some("bob"), Some(Source::Scope))
    );

    // Without the flag, only the records of the handler have the user.
    service.get("/not-identifying/bob").await;
    assert_eq!(server_span("/not-identifying/bob").user_id(), None);
    assert_eq!(
        recorder().event("not identifying handled").user_id(),
        Some("bob")
    );
}

#[tokio::test]
async fn anonymous_visitor_stays_unset() {
    let service = Service::start().await;
    assert_eq!(service.get("/visitor/unknown").await, "true");
    let span = server_span("/visitor/unknown");
    for record in [span, recorder().event("visitor unknown handled")] {
        assert_eq!(user_and_session(&record), (None, None));
        assert_eq!(
            (record.user_source(), record.session_source()),
            (None, None)
        );
        assert!(!record.attribution().is_anonymous());
    }
}

#[tokio::test]
async fn anonymous_and_identified_spans_do_not_change() {
    let service = Service::start().await;
    service.get("/anonymous").await;
    service.get("/known/second").await;
    let recorder = recorder();
    let anonymous = recorder.span("anonymous until login");
    assert_eq!(anonymous.user_id(), None);
    assert!(anonymous.attribution().is_anonymous());
    assert_eq!(server_span("/anonymous").user_id(), None);
    assert_eq!(recorder.span("known before").user_id(), Some("first"));
    assert_eq!(server_span("/known/second").user_id(), Some("second"));
}

#[tokio::test]
async fn session_is_applied_late_independently() {
    let service = Service::start().await;
    service.get("/session/s-9").await;
    let span = server_span("/session/s-9");
    assert_eq!(user_and_session(&span), (None, Some("s-9")));
    assert_eq!(span.session_source(), Some(Source::Isolation));
}

#[tokio::test]
async fn streamed_body_keeps_scope_after_handler_returns() {
    let service = Service::start().await;
    assert_eq!(service.get("/stream/carol").await, "0=;1=carol;2=carol;");
    assert_eq!(server_span("/stream/carol").user_id(), Some("carol"));
    let users = |user: &str| {
        let chunks = (0..3).map(|n| recorder().event(&format!("chunk {n} for {user}")));
        chunks
            .map(|chunk| chunk.user_id().map(String::from))
            .collect::<Vec<_>>()
    };
    let carol = Some(String::from("carol"));
    assert_eq!(users("carol"), [None, carol.clone(), carol]);

    let seen = service.send_request("/without-span/dan", &[]).await;
    assert_eq!(seen, "0=;1=dan;2=dan;");
    let dan = Some(String::from("dan"));
    assert_eq!(users("dan"), [None, dan.clone(), dan]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_requests_do_not_mix() {
    let service = Service::start().await;
    let both = tokio::join!(service.get("/together/ann"), service.get("/together/ben"));
    for (seen, user) in [(both.0, "ann"), (both.1, "ben")] {
        let own = format!("\"{user}\",\"s-{user}\"");
        assert_eq!(seen, format!("[{own},{own},{own}]"));
        let span = server_span(&format!("/together/{user}"));
        assert_eq!(
            user_and_session(&span),
            (Some(user), Some(&*format!("s-{user}")))
        );
    }
    assert!(is_nothing_current());
}

#[tokio::test]
async fn user_named_by_request_is_known_from_first_event() {
    let service = Service::start().await;
    let headers = [("x-user", "dora"), ("x-session", "s-dora")];
    assert_eq!(service.get_with("/visitor/named", &headers).await, "false");
    let records = [
        server_span("/visitor/named"),
        recorder().event("/visitor/named arrived"),
        recorder().event("visitor named handled"),
    ];
    for record in records {
        assert_eq!(user_and_session(&record), (Some("dora"), Some("s-dora")));
        assert_eq!(record.user_source(), Some(Source::Isolation));
    }
}
