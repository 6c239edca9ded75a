//! A sink that logs, under one global subscriber. This test runs alone in its process.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tracing_subscriber::prelude::*;
use whose::{Record, RecordSink};

static TAKEN: AtomicU64 = AtomicU64::new(0);
static WHO: Mutex<Vec<Option<String>>> = Mutex::new(Vec::new());

struct Logs;

impl RecordSink for Logs {
    fn record(&self, record: &Arc<Record>) {
        TAKEN.fetch_add(1, Relaxed);
        tracing::info_span!("of the sink").in_scope(|| tracing::info!("took one"));
        whose::capture_error(&std::io::Error::other("of the sink"));
        WHO.lock().unwrap().push(record.user_id().map(Into::into));
    }

    fn flush(&self, _: Duration) -> whose::FlushOutcome {
        panic!("the sink's own fault")
    }
}

#[test]
fn sink_log_is_not_recorded_and_is_counted() {
    tracing_subscriber::registry()
        .with(whose::layer().with_sink(Logs))
        .init();
    whose::user("alice").in_scope(|| tracing::info_span!("work").in_scope(|| tracing::info!("x")));
    assert_eq!(TAKEN.load(Relaxed), 2);
    assert_eq!(
        *WHO.lock().unwrap(),
        [Some("alice".into()), Some("alice".into())]
    );
    assert_eq!(whose::stats().sink_emitted_records, 2 * 3);

    let before = whose::stats().sink_panics;
    assert!(
        !whose::flush(Duration::from_secs(1)).is_complete(),
        "a flush that panics has not flushed"
    );
    assert_eq!(whose::stats().sink_panics, before + 1);
}
