//! Code that uses `tracing` and does not know `whose`.

use tracing::{Instrument as _, debug, debug_span, info, info_span};

/// A query with several awaits.
pub(super) async fn query(expected: &str) {
    let span = info_span!("query", expected);
    async {
        debug!(expected, "query sent");
        tokio::task::yield_now().await;
        fetch(expected).await;
    }
    .instrument(span)
    .await;
}

async fn fetch(expected: &str) {
    let span = debug_span!("fetch", expected).or_current();
    async {
        tokio::task::yield_now().await;
        info!(expected, "rows fetched");
    }
    .instrument(span)
    .await;
}

/// A computation.
pub(super) fn parse(expected: &str) {
    debug_span!("parse", expected).in_scope(|| info!(expected, "parsed"));
}

/// Logs on drop, when its work is cancelled.
pub(super) struct LogOnDrop {
    pub(super) expected: String,
}

impl Drop for LogOnDrop {
    fn drop(&mut self) {
        let expected = &*self.expected;
        debug_span!("roll back", expected).in_scope(|| info!(expected, "gave up"));
    }
}
