//! The HTTP interface.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::routing::{get, post};
use axum::{Router, middleware};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::trace::TraceLayer;
use tracing::info_span;
use whose::tower::AttributionLayer;

use super::{
    Forgotten, Id, Shared, auth, cache, compute, failures, pool, queue, rpc, streams, tasks,
};

/// The routes, with an isolated scope around each request.
pub(super) fn router(shared: Arc<Shared>) -> Router {
    let server_span =
        |request: &Request<Body>| info_span!("request", request = %Id::of(request.headers()));
    let app = Router::new()
        .route("/plain", get(tasks::plain))
        .route("/sse", get(streams::sse))
        .route("/websocket", get(streams::websocket))
        .route("/chunked", get(streams::chunked))
        .route("/endless", get(streams::endless))
        .route("/upload", post(streams::upload))
        .route("/spawn", get(tasks::spawn))
        .route("/join-set", get(tasks::join_set))
        .route("/buffer", get(tasks::buffer))
        .route("/background", get(tasks::background))
        .route("/queue", get(queue::queue))
        .route("/compute", get(compute::compute))
        .route("/rpc", get(rpc::call))
        .route("/pool", get(pool::pool))
        .route("/pool/open", get(pool::open))
        .route("/pool/before-login", get(pool::pool))
        .route("/pool/background", get(pool::background))
        .route("/cached", get(cache::cached))
        .route("/call", get(tasks::call))
        .route("/timeout", get(failures::timeout))
        .route("/panic", get(failures::panic))
        .route("/cancel", get(failures::cancel))
        .route("/failure", get(failures::failure))
        .route("/on-behalf", get(auth::on_behalf))
        .route("/logout", post(auth::logout))
        .layer(middleware::from_fn_with_state(
            shared.clone(),
            auth::authenticate,
        ))
        .route("/login", post(auth::login))
        .with_state(shared.clone())
        .layer(CatchPanicLayer::new())
        .layer(TraceLayer::new_for_http().make_span_with(server_span));
    match shared.has_forgotten(Forgotten::AttributionLayer) {
        true => app,
        // Outermost, so that the span of the server opens inside the scope of the request.
        false => app.layer(AttributionLayer::new()),
    }
}
