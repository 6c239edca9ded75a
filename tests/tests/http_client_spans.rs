//! `ClientLayer` records each request that a client sends as a span of its user, with real clients
//! against a real server.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::get;
use http_body_util::BodyExt as _;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tower::{Layer as _, Service as _, ServiceBuilder, ServiceExt as _, service_fn};
use tracing::info_span;
use whose::names::http::{CLIENT_SPAN, SERVER_SPAN, TARGET};
use whose::tower::{AttributionLayer, ClientLayer, ClientService};
use whose::{Record, RecordType, ScopeExt as _, Status};
use whose_tests::current::is_nothing_current;
use whose_tests::http::{request_span, request_spans};
use whose_tests::recorder::{recorder, user_and_session};
use whose_tests::runtimes::{many_threads, one_thread};

type HyperClient = ClientService<Client<HttpConnector, Body>>;

fn hyper_client(layer: &ClientLayer) -> HyperClient {
    layer.layer(Client::builder(TokioExecutor::new()).build_http())
}

/// Answers with the headers of the request.
async fn headers(headers: HeaderMap) -> String {
    let headers = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value:?}\n"));
    headers.collect()
}

fn app() -> Router {
    Router::new()
        .route("/headers/{id}", get(headers))
        .route("/down/{id}", get(|| async { StatusCode::BAD_GATEWAY }))
        .layer(AttributionLayer::new())
        .route(
            "/never",
            get(|| async { std::future::pending::<()>().await }),
        )
}

async fn serve(app: Router) -> SocketAddr {
    recorder();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async { axum::serve(listener, app).await });
    address
}

fn request(address: SocketAddr, path: &str) -> Request {
    let request = Request::get(format!("http://{address}{path}"));
    request.body(Body::empty()).unwrap()
}

async fn send(client: HyperClient, request: Request) -> String {
    let response = client.oneshot(request).await.unwrap();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(bytes.to_vec()).unwrap()
}

async fn client_span(path: &str) -> Arc<Record> {
    request_span(CLIENT_SPAN, path).await
}

fn text(record: &Record, name: &str) -> Option<String> {
    record.field(name).map(ToString::to_string)
}

#[tokio::test]
async fn client_span_has_method_path_status_and_current_user() {
    let address = serve(app()).await;
    let alice = whose::user("alice").session("s-1");
    let work = async {
        let client = hyper_client(&ClientLayer::new());
        send(client, request(address, "/headers/1?token=secret")).await
    };
    work.with_scope(alice).await;
    let span = client_span("/headers/1").await;
    let fields = span.fields().map(|(name, value)| (name, value.to_string()));
    let expected = [
        ("http.request.method", "GET"),
        ("url.path", "/headers/1"),
        ("http.response.status_code", "200"),
    ];
    let expected = expected.map(|(name, value)| (name, value.to_owned()));
    assert_eq!(fields.collect::<Vec<_>>(), expected);
    assert_eq!(
        (span.target(), span.record_type()),
        (TARGET, RecordType::Span)
    );
    assert_eq!(user_and_session(&span), (Some("alice"), Some("s-1")));
    assert_eq!(span.status(), Status::Unset);
    let json = serde_json::to_string(&*span).unwrap();
    for secret in ["secret", "127.0.0.1", &*address.port().to_string()] {
        assert!(!json.contains(secret), "{json}");
    }
}

#[tokio::test]
async fn peer_receives_no_header_and_no_user() {
    let address = serve(app()).await;
    let client = hyper_client(&ClientLayer::new());
    let alice = whose::user("alice").session("s-1");
    let sent = send(client, request(address, "/headers/2"))
        .with_scope(alice)
        .await;
    assert_eq!(sent, format!("host: \"{address}\"\n"));
    let server = request_span(SERVER_SPAN, "/headers/2").await;
    assert_eq!(server.user_id(), None);
    assert_ne!(
        server.trace_id(),
        client_span("/headers/2").await.trace_id()
    );
}

#[tokio::test]
async fn asked_query_and_server_address_are_recorded() {
    let address = serve(app()).await;
    let layer = ClientLayer::new().record_query().record_server_address();
    send(hyper_client(&layer), request(address, "/headers/3?page=2")).await;
    let span = client_span("/headers/3").await;
    for (name, value) in [
        ("url.query", "page=2"),
        ("server.address", "127.0.0.1"),
        ("server.port", &*address.port().to_string()),
    ] {
        assert_eq!(text(&span, name).as_deref(), Some(value), "{name}");
    }
}

#[tokio::test]
async fn refusal_and_server_error_are_failures_of_the_client() {
    let address = serve(app()).await;
    for (path, status) in [("/nowhere", "404"), ("/down/1", "502")] {
        send(hyper_client(&ClientLayer::new()), request(address, path)).await;
        let span = client_span(path).await;
        assert_eq!(span.status(), Status::Error, "{path}");
        assert_eq!(text(&span, "error.type").as_deref(), Some(status));
    }
}

#[whose::trace(err)]
async fn ask_closed_port(client: HyperClient, request: Request) -> Result<(), anyhow::Error> {
    client.oneshot(request).await?;
    Ok(())
}

#[tokio::test]
async fn failed_connection_is_a_failure_and_its_error_is_recorded_once() {
    recorder();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let client = hyper_client(&ClientLayer::new());
    let asked = ask_closed_port(client, request(address, "/closed"));
    assert!(asked.with_scope(whose::user("bob")).await.is_err());
    let span = client_span("/closed").await;
    assert_eq!(span.status(), Status::Error);
    assert_eq!(span.message(), None);
    let error_type = text(&span, "error.type").unwrap();
    assert_eq!(error_type, "hyper_util::client::legacy::client::Error");
    let mut errors = recorder().records();
    errors.retain(|record| {
        record.record_type() == RecordType::Error && record.user_id() == Some("bob")
    });
    assert_eq!(errors.len(), 1, "{errors:?}");
}

#[whose::trace(err)]
async fn fails_inside() -> Result<Response, std::io::Error> {
    Err(std::io::Error::other("recorded inside the client"))
}

#[whose::trace(err)]
async fn passes_failure_on() -> Result<(), std::io::Error> {
    let inner = service_fn(|_: Request| fails_inside());
    let request = Request::get("/inside").body(Body::empty()).unwrap();
    ClientLayer::new().layer(inner).oneshot(request).await?;
    Ok(())
}

#[tokio::test]
async fn error_that_passes_through_the_client_span_is_recorded_once() {
    recorder();
    assert!(passes_failure_on().await.is_err());
    assert_eq!(client_span("/inside").await.status(), Status::Error);
    recorder().event("recorded inside the client");
}

#[tokio::test]
async fn request_given_up_before_the_response_is_canceled() {
    let address = serve(app()).await;
    let client = hyper_client(&ClientLayer::new());
    let asked = client.oneshot(request(address, "/never"));
    let in_time = std::time::Duration::from_millis(50);
    assert!(tokio::time::timeout(in_time, asked).await.is_err());
    let span = client_span("/never").await;
    assert_eq!(text(&span, "whose.http.canceled").as_deref(), Some("true"));
    assert_eq!(text(&span, "http.response.status_code"), None);
    assert_eq!(span.status(), Status::Unset);
}

#[tokio::test]
async fn span_ends_with_body_that_is_read_in_another_task() {
    let gate = Arc::new(Notify::new());
    let opened = gate.clone();
    let chunks = move || {
        let gate = gate.clone();
        futures_util::stream::unfold(0, move |n| {
            let gate = gate.clone();
            async move {
                if n == 1 {
                    gate.notified().await;
                }
                (n < 2).then(|| (Ok::<_, std::io::Error>(Bytes::from("chunk")), n + 1))
            }
        })
    };
    let app = Router::new().route("/chunks", get(async move || Body::from_stream(chunks())));
    let address = serve(app).await;
    let client = hyper_client(&ClientLayer::new());
    let asked = client.oneshot(request(address, "/chunks"));
    let response = asked.with_scope(whose::user("carol")).await.unwrap();
    let read = tokio::spawn(async move { response.into_body().collect().await.unwrap() });
    tokio::task::yield_now().await;
    assert!(request_spans(CLIENT_SPAN, "/chunks").is_empty());
    opened.notify_one();
    assert_eq!(read.await.unwrap().to_bytes(), "chunkchunk");
    let span = client_span("/chunks").await;
    assert_eq!(
        (span.user_id(), text(&span, "whose.http.canceled")),
        (Some("carol"), None)
    );
}

#[tokio::test]
async fn client_span_is_child_of_current_span_also_through_reqwest() {
    let address = serve(app()).await;
    let inner = whose_tests::http::client().build().unwrap();
    let inner = service_fn(move |request: axum::http::Request<reqwest::Body>| {
        let client = inner.clone();
        async move {
            let response = client.execute(request.try_into()?).await?;
            Ok::<_, reqwest::Error>(axum::http::Response::from(response))
        }
    });
    let mut client = ServiceBuilder::new()
        .layer(ClientLayer::new())
        .service(inner);
    let request = axum::http::Request::get(format!("http://{address}/headers/reqwest"));
    let request = request.body(reqwest::Body::default()).unwrap();
    let outer = info_span!("around reqwest");
    let asked = outer.in_scope(|| client.call(request));
    drop(outer);
    let body = asked.await.unwrap().into_body().collect().await.unwrap();
    assert!(body.to_bytes().starts_with(b"accept"));
    let span = client_span("/headers/reqwest").await;
    let outer = recorder().span("around reqwest");
    assert_eq!(span.parent_id(), outer.span_id());
}

const USERS: usize = 50;
const REQUESTS: usize = 20;

/// Sends the requests of all users through one client, whose connections they share, and counts the
/// right, missing and wrong users of the spans.
async fn count(run: &'static str) -> HashMap<&'static str, usize> {
    let app = Router::new().route("/{run}/{user}/{n}", get(|| async { "answer" }));
    let address = serve(app).await;
    let client = hyper_client(&ClientLayer::new());
    let users = (0..USERS).map(|user| {
        let client = client.clone();
        let work = async move {
            for n in 0..REQUESTS {
                send(
                    client.clone(),
                    request(address, &format!("/{run}/u{user}/{n}")),
                )
                .await;
            }
        };
        tokio::spawn(work.with_scope(whose::user(format!("u{user}"))))
    });
    for user in users.collect::<Vec<_>>() {
        user.await.unwrap();
    }
    assert!(is_nothing_current());
    let mut counts = HashMap::new();
    let mut of_path = BTreeMap::<_, usize>::new();
    for span in recorder().records() {
        let path = text(&span, "url.path").filter(|_| span.name() == CLIENT_SPAN);
        let Some(path) = path.filter(|path| path.split('/').nth(1) == Some(run)) else {
            continue;
        };
        let count = match span.user_id() {
            Some(id) if path.split('/').nth(2) == Some(id) => "right",
            None => "missing",
            Some(_) => "wrong",
        };
        *counts.entry(count).or_default() += 1;
        *of_path.entry(path).or_default() += 1;
    }
    assert!(of_path.values().all(|spans| *spans == 1));
    counts
}

#[test]
fn users_of_one_client_on_many_threads_do_not_mix() {
    let counts = many_threads().block_on(count("many"));
    assert_eq!(counts, HashMap::from([("right", USERS * REQUESTS)]));
}

#[test]
fn users_of_one_client_on_one_thread_do_not_mix() {
    let counts = one_thread().block_on(count("one"));
    assert_eq!(counts, HashMap::from([("right", USERS * REQUESTS)]));
}
