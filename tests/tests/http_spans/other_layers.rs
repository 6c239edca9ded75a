//! Another layer that records the request, inside or outside.

use std::sync::Arc;

use axum::Router;
use axum::http::Request;
use axum::routing::get;
use tower_http::trace::TraceLayer;
use tracing::{Span, info_span};
use whose::Record;
use whose::names::http::SERVER_SPAN;
use whose::tower::AttributionLayer;
use whose_tests::http::request_spans;
use whose_tests::recorder::recorder;

use super::service::{ask, serve, span_of};

fn foreign_span<B>(request: &Request<B>) -> Span {
    info_span!("foreign", uri = request.uri().path())
}

macro_rules! trace_layer {
    () => {
        TraceLayer::new_for_http().make_span_with(foreign_span)
    };
}

async fn foreign_span_of(path: &str) -> Arc<Record> {
    let find = || {
        let mut spans = recorder().records();
        spans.retain(|span| span.name() == "foreign");
        spans.retain(|span| {
            span.field("uri")
                .is_some_and(|uri| uri.as_str() == Some(path))
        });
        spans.pop()
    };
    loop {
        match find() {
            Some(span) => return span,
            None => tokio::time::sleep(std::time::Duration::from_millis(1)).await,
        }
    }
}

fn app(path: &str) -> Router {
    Router::new().route(path, get(|| async { whose::set_user("gina") }))
}

#[tokio::test]
async fn layer_without_span_leaves_the_span_to_the_layer_inside() {
    let layer = AttributionLayer::new().without_span();
    let address = serve(app("/told").layer(trace_layer!()).layer(layer)).await;
    ask(address, "GET /told", "").await;
    let span = foreign_span_of("/told").await;
    assert_eq!((span.user_id(), span.parent_id()), (Some("gina"), None));
    assert!(request_spans(SERVER_SPAN, "/told").is_empty());
}

#[tokio::test]
async fn layer_without_span_leaves_the_span_outside_unattributed() {
    let layer = AttributionLayer::new().without_span();
    let address = serve(app("/outside").layer(layer).layer(trace_layer!())).await;
    ask(address, "GET /outside", "").await;
    let span = foreign_span_of("/outside").await;
    assert_eq!(span.user_id(), None);
    assert!(request_spans(SERVER_SPAN, "/outside").is_empty());
}

#[tokio::test]
async fn two_layers_make_two_spans_one_inside_the_other() {
    let address = serve(
        app("/both")
            .layer(trace_layer!())
            .layer(AttributionLayer::new()),
    )
    .await;
    ask(address, "GET /both", "").await;
    let (own, foreign) = (span_of("/both").await, foreign_span_of("/both").await);
    assert_eq!(
        (own.user_id(), foreign.user_id()),
        (Some("gina"), Some("gina"))
    );
    assert_eq!(foreign.parent_id(), own.span_id());

    let app = app("/both-outside").layer(AttributionLayer::new());
    let address = serve(app.layer(trace_layer!())).await;
    ask(address, "GET /both-outside", "").await;
    let own = span_of("/both-outside").await;
    let foreign = foreign_span_of("/both-outside").await;
    assert_eq!((own.user_id(), foreign.user_id()), (Some("gina"), None));
    assert_eq!(own.parent_id(), foreign.span_id());
}
