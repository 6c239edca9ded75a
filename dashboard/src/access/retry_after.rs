//! Asking the sender of a request to wait.

use std::time::Duration;

use axum::http::HeaderValue;
use axum::http::header::RETRY_AFTER;
use axum::response::Response;

/// The answer with the time after which the sender may try again.
pub(crate) fn with_retry_after(mut response: Response, pause: Duration) -> Response {
    let seconds = HeaderValue::from(seconds(pause));
    response.headers_mut().insert(RETRY_AFTER, seconds);
    response
}

/// Whole seconds, rounded up.
pub(super) fn seconds(pause: Duration) -> u64 {
    pause.as_secs() + u64::from(pause.subsec_nanos() > 0)
}
