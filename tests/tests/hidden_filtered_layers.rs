//! A hidden layer behind a filter that excludes the target `whose` loses no error.

use std::io;

use tracing::level_filters::LevelFilter;
use tracing::subscriber::with_default;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::prelude::*;
use tracing_subscriber::{registry, reload};
use whose::RecordType;
use whose_tests::memory_sink::MemorySink;

fn errors(sink: &MemorySink) -> usize {
    let records = sink.records();
    let errors = records
        .iter()
        .filter(|record| record.record_type() == RecordType::Error);
    errors.count()
}

fn targets() -> Targets {
    Targets::new().with_target("hidden_filtered_layers", LevelFilter::INFO)
}

#[test]
fn hidden_layer_behind_own_filter_is_found() {
    let sink = MemorySink::default();
    let (layer, _handle) = reload::Layer::new(whose::layer().with_sink(sink.clone()));
    with_default(registry().with(layer.with_filter(targets())), || {
        whose::capture_error(&io::Error::other("refused"));
    });
    assert_eq!(errors(&sink), 1);
}

#[test]
fn hidden_layer_below_subscriber_filter_is_found() {
    let sink = MemorySink::default();
    let (layer, _handle) = reload::Layer::new(whose::layer().with_sink(sink.clone()));
    with_default(registry().with(layer).with(targets()), || {
        whose::capture_error(&io::Error::other("refused"));
    });
    assert_eq!(errors(&sink), 1);
}
