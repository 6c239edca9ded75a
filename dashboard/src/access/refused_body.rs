//! The body of a request that is refused.

use std::time::Duration;

use axum::body::Body;
use futures_util::StreamExt;

/// How much of a body is read.
const MAX_BYTES: usize = 64 << 20;
/// How long a body is read.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Reads a body that is refused, up to a limit. A sender of a large body reads no answer before it has
/// sent all of it: a closed connection looks like a server that cannot be reached.
pub(crate) async fn discard(body: Body) {
    let mut chunks = body.into_data_stream();
    let mut left = MAX_BYTES;
    let read = async {
        while let Some(Ok(chunk)) = chunks.next().await {
            left = left.saturating_sub(chunk.len());
            if left == 0 {
                break;
            }
        }
    };
    let _ = tokio::time::timeout(TIMEOUT, read).await;
}
