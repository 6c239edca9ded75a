//! Every setup of a subscriber works or reports the line to add.

use std::sync::Arc;

use tracing_subscriber::fmt;
use tracing_subscriber::prelude::*;
use whose::{Record, RecordSink, ScopeExt};
use whose_tests::memory_sink::MemorySink;

/// The name of each record, with its user.
fn names(kept: &MemorySink) -> Vec<String> {
    let name = |record: &Arc<Record>| {
        let name = record.message().unwrap_or(record.name());
        format!("{name} {}", record.user_id().unwrap_or("-"))
    };
    kept.records().iter().map(name).collect()
}

fn emit() {
    whose::user("alice").in_scope(|| {
        let _span = tracing::info_span!("work").entered();
        tracing::info!("event");
        whose::capture_error(&std::io::Error::other("failed"));
        whose::usage("gpt-4o-mini").input_tokens(1).record();
    });
}

#[test]
fn scopes_work_without_subscriber() {
    tracing::subscriber::with_default(tracing::subscriber::NoSubscriber::new(), || {
        emit();
        whose::user("alice").in_scope(|| assert_eq!(whose::current().user_id(), Some("alice")));
        assert_eq!(whose::current().user_id(), None);
    });
}

#[test]
fn scopes_work_without_layer() {
    tracing::subscriber::with_default(
        tracing_subscriber::registry().with(fmt::layer().with_test_writer()),
        || {
            emit();
            whose::user("alice").in_scope(|| assert_eq!(whose::current().user_id(), Some("alice")));
        },
    );
}

#[test]
fn each_sink_gets_each_record_once() {
    let (first, second) = (MemorySink::default(), MemorySink::default());
    let layer = whose::layer()
        .with_sink(first.clone())
        .with_sink(second.clone());
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), emit);
    let all = [
        "event alice",
        "failed alice",
        "gen_ai.usage alice",
        "work alice",
    ];
    assert_eq!(names(&first), all);
    assert_eq!(names(&second), all);
}

#[test]
fn layer_added_twice_records_once() {
    let (first, second) = (MemorySink::default(), MemorySink::default());
    let subscriber = tracing_subscriber::registry()
        .with(whose::layer().with_sink(first.clone()))
        .with(fmt::layer().with_test_writer())
        .with(whose::layer().with_sink(second.clone()));
    tracing::subscriber::with_default(subscriber, emit);
    let all = [
        "event alice",
        "failed alice",
        "gen_ai.usage alice",
        "work alice",
    ];
    assert_eq!(names(&first), all);
    assert_eq!(names(&second), all);
}

#[test]
fn two_runtimes_sharing_subscriber_do_not_mix() {
    let kept = MemorySink::default();
    let dispatch = tracing::Dispatch::new(
        tracing_subscriber::registry().with(whose::layer().with_sink(kept.clone())),
    );
    std::thread::scope(|scope| {
        for user in ["alice", "bob"] {
            let dispatch = &dispatch;
            scope.spawn(move || {
                let runtime = tokio::runtime::Builder::new_multi_thread()
                    .worker_threads(2)
                    .build()
                    .unwrap();
                let work = async move {
                    for _ in 0..100 {
                        tokio::task::yield_now().await;
                        tracing::info!("{user}");
                    }
                };
                let task = tracing::instrument::WithSubscriber::with_subscriber(
                    work.with_scope(whose::user(user)),
                    dispatch.clone(),
                );
                runtime.block_on(runtime.spawn(task)).unwrap();
            });
        }
    });
    let names = names(&kept);
    assert_eq!(names.len(), 200);
    assert!(
        names
            .iter()
            .all(|name| name == "alice alice" || name == "bob bob"),
        "{names:?}"
    );
}

#[test]
fn panicking_sink_loses_only_its_record() {
    struct Panics;
    impl RecordSink for Panics {
        fn record(&self, _: &Arc<Record>) {
            panic!("the sink's own fault");
        }
    }
    let kept = MemorySink::default();
    let before = whose::stats().sink_panics;
    let layer = whose::layer().with_sink(Panics).with_sink(kept.clone());
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        tracing::info!("event")
    });
    assert_eq!(names(&kept), ["event -"]);
    assert_eq!(whose::stats().sink_panics, before + 1);
}

#[test]
fn sink_may_call_whose_and_log() {
    struct Chatty;
    impl RecordSink for Chatty {
        fn record(&self, _: &Arc<Record>) {
            tracing::info!("from the sink");
            whose::capture_error(&std::io::Error::other("of the sink"));
            whose::user("sink").in_scope(|| assert_eq!(whose::current().user_id(), Some("sink")));
        }
    }
    let kept = MemorySink::default();
    let layer = whose::layer().with_sink(Chatty).with_sink(kept.clone());
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), emit);
    assert!(names(&kept).contains(&"work alice".into()));
}

#[test]
fn panicking_field_loses_only_itself() {
    struct Bomb;
    impl std::fmt::Display for Bomb {
        fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            panic!("the field's own fault");
        }
    }
    let kept = MemorySink::default();
    tracing::subscriber::with_default(
        tracing_subscriber::registry().with(whose::layer().with_sink(kept.clone())),
        || whose::user("alice").in_scope(|| tracing::info!(bomb = %Bomb, ok = 1, "event")),
    );
    let records = kept.records();
    assert_eq!(records[0].user_id(), Some("alice"));
    assert_eq!(
        records[0].field("ok").and_then(whose::Value::as_u64),
        Some(1)
    );
    assert!(
        records[0]
            .field("bomb")
            .unwrap()
            .as_str()
            .unwrap()
            .contains("panicked")
    );
}

#[test]
fn recorder_without_layer_suggests_line_to_add() {
    let other = tracing_subscriber::registry().with(fmt::layer().with_test_writer());
    let panic = tracing::subscriber::with_default(other, || {
        std::panic::catch_unwind(whose::testing::Recorder::start).unwrap_err()
    });
    let message = match panic.downcast_ref::<String>() {
        Some(message) => message,
        None => *panic.downcast_ref::<&str>().unwrap(),
    };
    assert!(message.contains(".with(whose::layer())"), "{message}");
}

#[test]
fn recorder_attaches_to_subscriber_with_layer() {
    let ours = tracing_subscriber::registry()
        .with(whose::layer())
        .with(fmt::layer().with_test_writer());
    tracing::subscriber::with_default(ours, || {
        let rec = whose::testing::Recorder::start();
        emit();
        assert_eq!(rec.span("work").user_id(), Some("alice"));
        assert_eq!(rec.errors().len(), 1);
    });
}

#[test]
fn missing_span_is_reported_with_recorded_spans() {
    let rec = whose::testing::Recorder::start();
    tracing::info_span!("plan").in_scope(|| ());
    let panic =
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| rec.span("plam"))).unwrap_err();
    let message = panic.downcast_ref::<String>().unwrap();
    assert!(
        message.contains("plam") && message.contains("plan"),
        "{message}"
    );
}
