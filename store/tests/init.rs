//! A second `init` fails. One process has one subscriber, so this binary has one test.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use support::{TIMEOUT, folder, rows};
use whose_store::{Queries, Query, Reader, StoreError};

#[test]
fn second_init_fails_with_line_to_add() {
    let folder = folder();
    let path = folder.path().join("whose.db");
    let guard = whose_store::init(&path).unwrap();
    whose::user("alice").session("s-1").in_scope(|| {
        let _span = tracing::info_span!("work").entered();
        tracing::info!("hello");
        tracing::debug!("below the level of the store");
        whose::usage("gpt-4o-mini")
            .input_tokens(1_000)
            .output_tokens(200)
            .record();
        whose::capture_error(&std::io::Error::other("refused"));
    });
    assert!(whose::flush(TIMEOUT).is_complete());
    assert_eq!(whose::sinks()[0].dropped, 0);

    let error = whose_store::init(folder.path().join("second.db")).unwrap_err();
    assert!(matches!(error, StoreError::SubscriberAlreadySet));
    assert!(
        error
            .to_string()
            .contains(".with(whose::layer().with_sink("),
        "{error}"
    );

    tracing::info!("after the last flush by hand");
    drop(guard);
    assert!(
        !folder.path().join("whose.db-wal").exists(),
        "one file is left"
    );
    let reader = Reader::open(&path).unwrap();
    let totals = reader.totals(&Query::all()).unwrap();
    assert_eq!(
        (
            totals.counts.spans,
            totals.counts.events,
            totals.counts.errors
        ),
        (1, 3, 1)
    );
    let alice = &rows(reader.users(&Query::all()))[0];
    assert_eq!((alice.id.as_deref(), alice.usage.calls), (Some("alice"), 1));
    assert_eq!(alice.usage.cost_usd.unwrap().to_string(), "$0.00027");
}
