//! Code that knows `tracing` and nothing of `whose`.

use tracing::{Instrument as _, debug, debug_span, info, info_span};

/// A query that takes a while.
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

/// Logs what is given up, at the time when it is.
pub(super) struct LogOnDrop {
    pub(super) expected: String,
}

impl Drop for LogOnDrop {
    fn drop(&mut self) {
        let expected = &*self.expected;
        debug_span!("roll back", expected).in_scope(|| info!(expected, "gave up"));
    }
}
