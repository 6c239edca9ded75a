//! The routes of OTLP over HTTP.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::routing::post;

use super::answer::Refusal;
use super::body::RequestBody;
use super::receiver::{Receiver, Signal};

/// The routes that take records. The guard in front of them checks the token.
pub(crate) fn routes(receiver: Arc<Receiver>) -> Router {
    let traces = |receiver, headers, body| export(receiver, Signal::Traces, headers, body);
    let logs = |receiver, headers, body| export(receiver, Signal::Logs, headers, body);
    Router::new()
        .route("/v1/traces", post(traces))
        .route("/v1/logs", post(logs))
        .route("/v1/metrics", post(|| async { Refusal::Metrics }))
        .with_state(receiver)
}

async fn export(
    State(receiver): State<Arc<Receiver>>,
    signal: Signal,
    headers: HeaderMap,
    body: Body,
) -> Response {
    match take(&receiver, signal, &headers, body).await {
        Ok(response) => response,
        Err(refusal) => {
            match refusal.is_temporary() {
                true => receiver.counts.delayed(),
                false => receiver.counts.refused(),
            }
            refusal.into_response()
        }
    }
}

async fn take(
    receiver: &Arc<Receiver>,
    signal: Signal,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    // Before the body is read, so that waiting requests take no memory.
    let _turn = receiver.turn().await?;
    let body = RequestBody::read(headers, body).await?;
    let receiver = Arc::clone(receiver);
    let taken = tokio::task::spawn_blocking(move || receiver.take(signal, body));
    // A request that makes the thread panic would do so again.
    taken.await.unwrap_or(Err(Refusal::Lost))
}
