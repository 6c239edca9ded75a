//! The fields of the span, and what is recorded only where the application asks for it.

use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::http::{StatusCode, Uri};
use axum::routing::{any, get};
use tower::{Layer as _, ServiceExt as _};
use tracing::Level;
use tracing::subscriber::with_default;
use tracing_subscriber::prelude::*;
use whose::Policy;
use whose::names::http::{SERVER_SPAN, TARGET};
use whose::tower::AttributionLayer;
use whose::{RecordType, Status};
use whose_tests::memory_sink::MemorySink;
use whose_tests::recorder::recorder;

use super::service::{ask, route, serve, span_of, text};

#[tokio::test]
async fn request_span_has_method_path_route_and_status() {
    let app = Router::new().route("/orders/{id}", get(|| async { "an order" }));
    let (layer, line) = (AttributionLayer::new(), line!());
    let address = serve(app.layer(layer.route(route))).await;
    ask(address, "GET /orders/fields-17?token=q", "").await;
    let span = span_of("/orders/fields-17").await;
    let fields = span.fields().map(|(name, value)| (name, value.to_string()));
    let expected = [
        ("http.request.method", "GET"),
        ("http.route", "/orders/{id}"),
        ("url.path", "/orders/fields-17"),
        ("http.response.status_code", "200"),
    ];
    let expected = expected.map(|(name, value)| (name, value.to_owned()));
    assert_eq!(fields.collect::<Vec<_>>(), expected);
    assert_eq!(span.record_type(), RecordType::Span);
    assert_eq!((span.name(), span.target()), (SERVER_SPAN, TARGET));
    assert_eq!((span.level(), span.status()), (Level::INFO, Status::Unset));
    assert_eq!((span.parent_id(), span.message()), (None, None));
    assert!(span.duration().is_some());
    let call_site = span.call_site().unwrap();
    assert_eq!((call_site.file, call_site.line), (file!(), line));
}

#[tokio::test]
async fn nested_route_is_recorded_whole_and_service_around_router_finds_none() {
    let nested = Router::new().route("/{id}", get(|| async { "a shop" }));
    let app = Router::new().nest("/shops", nested);
    let address = serve(app.layer(AttributionLayer::new().route(route))).await;
    ask(address, "GET /shops/nested-1", "").await;
    let span = span_of("/shops/nested-1").await;
    assert_eq!(text(&span, "http.route").as_deref(), Some("/shops/{id}"));

    let app = Router::new().route("/around/{id}", get(|| async { "inside" }));
    let around = AttributionLayer::new().route(route).layer(app);
    let address = serve(Router::new().fallback_service(around)).await;
    ask(address, "GET /around/1", "").await;
    assert_eq!(text(&*span_of("/around/1").await, "http.route"), None);
}

#[tokio::test]
async fn query_header_and_address_are_in_no_record_unless_asked() {
    let app = Router::new().route("/silent/{id}", get(|| async { "nothing" }));
    let address = serve(app.layer(AttributionLayer::new().route(route))).await;
    let headers = "user-agent: secret-agent\r\nx-token: secret-token\r\n";
    ask(address, "GET /silent/1?token=secret-query", headers).await;
    let span = span_of("/silent/1").await;
    let json = serde_json::to_string(&*span).unwrap();
    for secret in ["secret", "127.0.0.1", "localhost"] {
        assert!(!json.contains(secret), "{json}");
    }
}

#[tokio::test]
async fn asked_query_user_agent_and_address_are_recorded() {
    let layer = AttributionLayer::new()
        .record_query()
        .record_user_agent()
        .client_address(|request: &Request| {
            let info = request.extensions().get::<ConnectInfo<SocketAddr>>()?;
            Some(info.0.ip().to_string())
        });
    let app = Router::new().route("/asked", get(|| async { "much" }));
    let address = serve(app.layer(layer)).await;
    let headers = "user-agent: test/1\r\nx-token: secret-token\r\n";
    ask(address, "GET /asked?page=2", headers).await;
    let span = span_of("/asked").await;
    for (name, value) in [
        ("url.query", "page=2"),
        ("user_agent.original", "test/1"),
        ("client.address", "127.0.0.1"),
    ] {
        assert_eq!(text(&span, name).as_deref(), Some(value), "{name}");
    }
    let json = serde_json::to_string(&*span).unwrap();
    assert!(!json.contains("secret"), "{json}");
}

#[tokio::test]
async fn tag_of_request_is_on_every_record_and_unset_where_the_request_has_none() {
    let layer = AttributionLayer::new().tag("request.id", |request: &Request| {
        let id = request.headers().get("x-request-id")?;
        Some(id.to_str().ok()?.to_owned())
    });
    let handler = |uri: Uri| async move { tracing::info!("tagged {uri}") };
    let app = Router::new().fallback(handler).layer(layer);
    let address = serve(app).await;
    ask(address, "GET /tagged", "x-request-id: r-1\r\n").await;
    ask(address, "GET /untagged", "").await;
    for (path, tag) in [("/tagged", Some("r-1")), ("/untagged", None)] {
        let event = recorder().event(&format!("tagged {path}"));
        for record in [span_of(path).await, event] {
            assert_eq!(record.tag("request.id"), tag, "{path}");
        }
    }
}

#[tokio::test]
async fn unknown_method_is_other_with_its_original() {
    let app = Router::new().route("/cache", any(|| async { "purged" }));
    let address = serve(app.layer(AttributionLayer::new())).await;
    ask(address, "PURGE /cache", "").await;
    let span = span_of("/cache").await;
    let method = |name| text(&span, name);
    assert_eq!(method("http.request.method").as_deref(), Some("_OTHER"));
    let original = method("http.request.method_original");
    assert_eq!(original.as_deref(), Some("PURGE"));
}

#[tokio::test]
async fn missing_page_is_no_failure_and_has_no_route() {
    let app = Router::new().route("/present", get(|| async { "here" }));
    let address = serve(app.layer(AttributionLayer::new().route(route))).await;
    ask(address, "GET /absent", "").await;
    let span = span_of("/absent").await;
    let status = text(&span, "http.response.status_code");
    assert_eq!(status.as_deref(), Some("404"));
    assert_eq!(
        (span.status(), text(&span, "error.type")),
        (Status::Unset, None)
    );
    assert_eq!(text(&span, "http.route"), None);
}

#[tokio::test]
async fn server_error_is_a_failure_with_status_as_error_type() {
    let fails = || async { (StatusCode::SERVICE_UNAVAILABLE, "secret reason") };
    let app = Router::new().route("/overloaded", get(fails));
    let address = serve(app.layer(AttributionLayer::new())).await;
    ask(address, "GET /overloaded", "").await;
    let span = span_of("/overloaded").await;
    assert_eq!(span.status(), Status::Error);
    assert_eq!(text(&span, "error.type").as_deref(), Some("503"));
    assert_eq!(span.message(), None);
}

/// A request to a layer on this thread, with a subscriber of its own.
fn send(
    layer: AttributionLayer<Body>,
    uri: &str,
    subscriber: impl Into<tracing::Dispatch>,
) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let handler = || async {
        whose::set_user("alice");
        whose::current().user_id().unwrap_or_default().to_owned()
    };
    let app: Router = Router::new().fallback(handler).layer(layer);
    let request = Request::get(uri).body(Body::empty()).unwrap();
    tracing::dispatcher::with_default(&subscriber.into(), || {
        runtime.unwrap().block_on(async {
            let body = app.oneshot(request).await.unwrap().into_body();
            let bytes = axum::body::to_bytes(body, 1_000).await.unwrap();
            String::from_utf8(bytes.to_vec()).unwrap()
        })
    })
}

#[test]
fn asked_values_pass_the_policy_and_the_limits() {
    let sink = MemorySink::default();
    let policy = Policy::new().drop("url.query");
    let layer = whose::layer()
        .with_policy(policy)
        .unwrap()
        .with_sink(sink.clone());
    let subscriber = tracing_subscriber::registry().with(layer);
    let uri = format!("/{}?token=secret", "x".repeat(40_000));
    send(AttributionLayer::new().record_query(), &uri, subscriber);
    let span = sink.only();
    assert_eq!(span.field("url.query"), None);
    assert!(text(&span, "url.path").unwrap().len() < 40_000);
}

#[test]
fn disabled_level_makes_no_record_and_keeps_the_user() {
    let sink = MemorySink::default();
    let subscriber = tracing_subscriber::registry()
        .with(whose::layer().with_sink(sink.clone()))
        .with(tracing_subscriber::filter::LevelFilter::WARN);
    let unread = |_: &Request| -> Option<String> { panic!("the route of a disabled span is read") };
    let layer = AttributionLayer::new().route(unread);
    assert_eq!(send(layer, "/disabled", subscriber), "alice");
    assert!(sink.records().is_empty());
    let no_subscriber = tracing::subscriber::NoSubscriber::default();
    with_default(no_subscriber, || ());
    assert_eq!(
        send(AttributionLayer::new(), "/unheard", no_subscriber),
        "alice"
    );
}
