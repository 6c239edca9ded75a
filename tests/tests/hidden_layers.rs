//! A layer that `tracing_subscriber` hides loses no error and no model call. Without a layer, the
//! loss is counted and warned about. The test runs alone in its process, because the test compares
//! counters of the process.

use std::io;

use tracing::subscriber::with_default;
use tracing::{info, info_span};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::prelude::*;
use tracing_subscriber::{Layer, Registry, registry, reload};
use whose::{RecordType, Scope};
use whose_tests::log_buffer::LogBuffer;
use whose_tests::memory_sink::MemorySink;

fn layer(sink: &MemorySink) -> whose::Layer {
    whose::layer().with_sink(sink.clone())
}

/// The numbers of spans, events and errors. Asserts that each record has the user.
fn counts(sink: &MemorySink, user: &str) -> [usize; 3] {
    let records = sink.records();
    assert!(
        records.iter().all(|record| record.user_id() == Some(user)),
        "{records:?}"
    );
    [RecordType::Span, RecordType::Event, RecordType::Error].map(|record_type| {
        records
            .iter()
            .filter(|record| record.record_type() == record_type)
            .count()
    })
}

fn work() {
    Scope::isolated().user("alice").in_scope(|| {
        info_span!("work").in_scope(|| {
            info!("a line");
            whose::capture_error(&io::Error::other("refused"));
            whose::usage("gpt-4o-mini").input_tokens(1).record();
        });
    });
}

#[test]
fn hidden_layer_is_found() {
    let sink = MemorySink::default();
    let (reloadable, handle) = reload::Layer::new(layer(&sink));
    with_default(registry().with(reloadable), work);
    assert_eq!(counts(&sink, "alice"), [1, 2, 1], "reload");
    drop(handle);

    let sink = MemorySink::default();
    let optional = Some(reload::Layer::new(layer(&sink)).0);
    with_default(
        registry().with(optional.with_filter(LevelFilter::INFO)),
        work,
    );
    assert_eq!(
        counts(&sink, "alice"),
        [1, 2, 1],
        "reload in an option, filtered"
    );

    let [first, second] = [MemorySink::default(), MemorySink::default()];
    let layers: Vec<Box<dyn Layer<Registry> + Send + Sync>> =
        vec![layer(&first).boxed(), layer(&second).boxed()];
    with_default(registry().with(layers), || {
        work();
        work();
    });
    for (sink, name) in [(first, "first"), (second, "second")] {
        assert_eq!(counts(&sink, "alice"), [2, 4, 2], "{name} of a vector");
    }
    missing_layer_is_counted_and_warned_about();
}

fn missing_layer_is_counted_and_warned_about() {
    let lines = LogBuffer::default();
    let fmt = tracing_subscriber::fmt::layer();
    let fmt = fmt.with_writer(lines.clone()).with_ansi(false);
    let before = whose::stats().unheard_reports;
    with_default(registry().with(fmt), || {
        work();
        work();
    });
    assert_eq!(whose::stats().unheard_reports, before + 4);
    let text = lines.take();
    let warnings: Vec<_> = text
        .lines()
        .filter(|line| line.contains("is lost"))
        .collect();
    assert_eq!(warnings.len(), 2, "once for each call site: {text}");
    assert!(
        warnings
            .iter()
            .all(|line| line.contains(".with(whose::layer())")),
        "{text}"
    );
}
