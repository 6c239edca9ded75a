//! The log of a sink is counted and not recorded. The test runs alone in its process, because the
//! subscriber is global.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tracing_subscriber::prelude::*;
use whose::{Record, RecordSink};

static RECEIVED: AtomicU64 = AtomicU64::new(0);
static USERS: Mutex<Vec<Option<String>>> = Mutex::new(Vec::new());

struct LoggingSink;

impl RecordSink for LoggingSink {
    fn record(&self, record: &Arc<Record>) {
        RECEIVED.fetch_add(1, Relaxed);
        tracing::info_span!("of the sink").in_scope(|| tracing::info!("received a record"));
        whose::capture_error(&std::io::Error::other("of the sink"));
        USERS.lock().unwrap().push(record.user_id().map(Into::into));
    }

    fn flush(&self, _: Duration) -> whose::FlushOutcome {
        panic!("on purpose")
    }
}

#[test]
fn sink_log_is_not_recorded_and_is_counted() {
    tracing_subscriber::registry()
        .with(whose::layer().with_sink(LoggingSink))
        .init();
    whose::user("alice").in_scope(|| tracing::info_span!("work").in_scope(|| tracing::info!("x")));
    assert_eq!(RECEIVED.load(Relaxed), 2);
    assert_eq!(
        *USERS.lock().unwrap(),
        [Some("alice".into()), Some("alice".into())]
    );
    assert_eq!(whose::stats().sink_emitted_records, 2 * 3);

    let before = whose::stats().sink_panics;
    assert!(
        !whose::flush(Duration::from_secs(1)).is_complete(),
        "a flush that panics is incomplete"
    );
    assert_eq!(whose::stats().sink_panics, before + 1);
}
