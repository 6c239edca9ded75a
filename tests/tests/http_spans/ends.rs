//! How a request ends: with its body, by an error, by a panic, or because its client goes away.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::response::Response;
use axum::response::sse::{Event, Sse};
use axum::routing::get;
use futures_util::stream::{self, Stream, StreamExt as _};
use tokio::io::AsyncReadExt as _;
use tokio::sync::Notify;
use tower::{Layer as _, ServiceExt as _, service_fn};
use tower_http::catch_panic::CatchPanicLayer;
use tracing::info;
use whose::names::http::SERVER_SPAN;
use whose::tower::AttributionLayer;
use whose::{Record, Status};
use whose_tests::http::request_spans;
use whose_tests::recorder::recorder;

use super::service::{ask, connect, head, serve, span_of, text};

/// The status code, `error.type` and whether the request was canceled.
fn end(span: &Record) -> (Option<String>, Option<String>, bool) {
    let field = |name| text(span, name);
    (
        field("http.response.status_code"),
        field("error.type"),
        field("whose.http.canceled").as_deref() == Some("true"),
    )
}

fn status(code: &str) -> Option<String> {
    Some(code.to_owned())
}

/// A stream with log lines. It goes on when `more` is notified, and then ends.
fn sse(
    label: &'static str,
    more: Arc<Notify>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    Sse::new(stream::iter(0..2).then(move |n| {
        let more = more.clone();
        async move {
            if n == 1 {
                more.notified().await;
                whose::set_user("streamer");
            }
            info!("{label} event {n}");
            Ok(Event::default().data(format!("event {n}")))
        }
    }))
}

async fn read_until(stream: &mut tokio::net::TcpStream, wanted: &str) {
    let mut text = String::new();
    while !text.contains(wanted) {
        let mut buffer = [0; 1_024];
        let bytes = stream.read(&mut buffer).await.unwrap();
        assert!(bytes > 0, "{text}");
        text.push_str(&String::from_utf8_lossy(&buffer[..bytes]));
    }
}

#[tokio::test]
async fn span_closes_after_the_streamed_body() {
    let more = Arc::new(Notify::new());
    let stream = more.clone();
    let app = Router::new().route("/sse", get(|| async { sse("whole", stream) }));
    let address = serve(app.layer(AttributionLayer::new())).await;
    let mut stream = connect(address, &head("GET /sse", "")).await;
    read_until(&mut stream, "event 0").await;
    assert!(request_spans(SERVER_SPAN, "/sse").is_empty());
    tokio::time::sleep(Duration::from_millis(50)).await;
    let resumed = SystemTime::now() - Duration::from_millis(25);
    more.notify_one();
    read_until(&mut stream, "event 1").await;
    stream.read_to_end(&mut Vec::new()).await.unwrap();
    let span = span_of("/sse").await;
    assert_eq!(end(&span), (status("200"), None, false));
    assert_eq!(span.user_id(), Some("streamer"));
    assert!(span.start() + span.duration().unwrap() > resumed);
    for n in 0..2 {
        let event = recorder().event(&format!("whole event {n}"));
        assert_eq!(event.parent_id(), span.span_id());
    }
}

#[tokio::test]
async fn client_that_leaves_during_the_body_cancels_the_request() {
    let app = Router::new().route("/left-sse", get(|| async { sse("left", Arc::default()) }));
    let address = serve(app.layer(AttributionLayer::new())).await;
    let mut stream = connect(address, &head("GET /left-sse", "")).await;
    read_until(&mut stream, "event 0").await;
    drop(stream);
    let span = span_of("/left-sse").await;
    assert_eq!(end(&span), (status("200"), None, true));
    assert_eq!(span.status(), Status::Unset);
}

#[tokio::test]
async fn client_that_leaves_before_the_response_cancels_the_request() {
    let (arrived, arrives) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let notify = (arrived.clone(), arrives);
    let waits = || async move {
        whose::set_user("leaver");
        notify.0.notify_one();
        notify.1.notified().await;
    };
    let app = Router::new().route("/left", get(waits));
    let address = serve(app.layer(AttributionLayer::new())).await;
    let stream = connect(address, &head("GET /left", "")).await;
    arrived.notified().await;
    drop(stream);
    let span = span_of("/left").await;
    assert_eq!(end(&span), (None, None, true));
    assert_eq!(span.status(), Status::Unset);
    assert_eq!(span.user_id(), Some("leaver"));
}

#[tokio::test]
async fn response_without_a_sent_body_is_complete() {
    let sized = || async {
        let body = Body::from_stream(stream::iter([Ok::<_, io::Error>(Bytes::from("12345"))]));
        let response = Response::builder().header("content-length", "5").body(body);
        response.unwrap()
    };
    let app = Router::new()
        .route("/head", get(sized))
        .route("/sized", get(sized))
        .route("/empty", get(|| async {}));
    let address = serve(app.layer(AttributionLayer::new())).await;
    for line in ["HEAD /head", "GET /sized", "GET /empty"] {
        ask(address, line, "").await;
        let path = line.split_once(' ').unwrap().1;
        assert_eq!(
            end(&*span_of(path).await),
            (status("200"), None, false),
            "{line}"
        );
    }
}

#[tokio::test]
async fn failed_body_is_a_failure_without_the_text_of_the_error() {
    let fails = || async {
        let chunks = [Ok(Bytes::from("a")), Err(io::Error::other("secret reason"))];
        Body::from_stream(stream::iter(chunks))
    };
    let app = Router::new().route("/broken-body", get(fails));
    let address = serve(app.layer(AttributionLayer::new())).await;
    ask(address, "GET /broken-body", "").await;
    let span = span_of("/broken-body").await;
    let (code, error_type, is_canceled) = end(&span);
    assert_eq!((code, is_canceled), (status("200"), false));
    assert_eq!(error_type.as_deref(), Some("axum_core::error::Error"));
    assert_eq!(span.status(), Status::Error);
    assert!(!serde_json::to_string(&*span).unwrap().contains("secret"));
}

#[tokio::test]
async fn failed_service_is_a_failure_with_the_type_of_its_error() {
    recorder();
    let fails =
        service_fn(|_: Request| async { Err::<Response, _>(io::Error::other("secret reason")) });
    let service = AttributionLayer::new().layer(fails);
    let request = Request::get("/failed-service").body(Body::empty()).unwrap();
    assert!(service.oneshot(request).await.is_err());
    let span = span_of("/failed-service").await;
    assert_eq!(end(&span), (None, status("std::io::error::Error"), false));
    assert_eq!((span.status(), span.message()), (Status::Error, None));
    assert!(!serde_json::to_string(&*span).unwrap().contains("secret"));
}

async fn panics() {
    whose::set_user("victim");
    tokio::task::yield_now().await;
    panic!("a handler panics on purpose");
}

#[tokio::test]
async fn panic_in_handler_is_a_failure_of_the_request() {
    let caught = Router::new().route("/caught-panic", get(panics));
    let app = Router::new()
        .route("/panic", get(panics))
        .merge(caught.layer(CatchPanicLayer::new()))
        .layer(AttributionLayer::new());
    let address = serve(app).await;
    ask(address, "GET /panic", "").await;
    let response = ask(address, "GET /caught-panic", "").await;
    assert!(response.starts_with("HTTP/1.1 500"), "{response}");
    for (path, expected) in [
        ("/panic", (None, status("panic"), false)),
        ("/caught-panic", (status("500"), status("500"), false)),
    ] {
        let span = span_of(path).await;
        assert_eq!(end(&span), expected, "{path}");
        assert_eq!(span.status(), Status::Error);
        assert_eq!(span.user_id(), Some("victim"));
    }
}

#[tokio::test]
async fn panic_in_call_of_inner_service_is_a_failure_of_the_request() {
    recorder();
    let panics = service_fn(
        |_: Request| -> std::future::Ready<Result<Response, Infallible>> {
            panic!("a service panics on purpose")
        },
    );
    let mut service = AttributionLayer::new().layer(panics);
    let request = Request::get("/panic-in-call").body(Body::empty()).unwrap();
    let call = tokio::spawn(async move { tower::Service::call(&mut service, request).await });
    assert!(call.await.is_err());
    let span = span_of("/panic-in-call").await;
    assert_eq!(end(&span), (None, status("panic"), false));
}

#[tokio::test]
async fn task_that_outlives_the_request_does_not_lengthen_it() {
    let (gate, done) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let task = (gate.clone(), done.clone());
    let handler = || async move {
        whose::task::spawn(async move {
            task.0.notified().await;
            info!("outlived the request");
            task.1.notify_one();
        });
    };
    let app = Router::new().route("/outlived", get(handler));
    let address = serve(app.layer(AttributionLayer::new())).await;
    ask(address, "GET /outlived", "").await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    let answered = SystemTime::now() - Duration::from_millis(25);
    assert!(request_spans(SERVER_SPAN, "/outlived").is_empty());
    gate.notify_one();
    done.notified().await;
    let span = span_of("/outlived").await;
    assert!(span.start() + span.duration().unwrap() < answered);
    let event = recorder().event("outlived the request");
    assert_eq!(event.parent_id(), span.span_id());
}
