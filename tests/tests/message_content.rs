//! The content of messages to and from models reaches a sink on request only, and usage stays.

use tracing::Level;
use tracing_subscriber::prelude::*;
use whose::{Layer, MessageContent, Scope};
use whose_tests::memory_sink::MemorySink;

const SECRET: &str = "my address is 1 Main Street";

/// Emits a call as a span, as an event and as a late field.
fn emit() {
    let call = tracing::info_span!(
        "chat",
        gen_ai.request.model = "m",
        gen_ai.usage.input_tokens = 5,
        gen_ai.input.messages = SECRET,
        gen_ai.output.messages = tracing::field::Empty,
    );
    call.record("gen_ai.output.messages", SECRET);
    call.in_scope(|| {
        tracing::info!(
            gen_ai.request.model = "m",
            gen_ai.usage.output_tokens = 7,
            gen_ai.system_instructions = SECRET,
            gen_ai.tool.call.arguments = SECRET,
            "gen_ai.prompt.0.content" = SECRET,
            llm.input_messages = SECRET,
            "answered"
        );
    });
}

/// Whether the event and the span keep content, and their token counts.
fn kept(layer: Layer) -> [(bool, u64); 2] {
    let sink = MemorySink::default();
    let subscriber = tracing_subscriber::registry().with(layer.with_sink(sink.clone()));
    tracing::subscriber::with_default(subscriber, emit);
    let records = sink.records();
    assert_eq!(records.len(), 2);
    [&records[0], &records[1]].map(|record| {
        let tokens = record.model_usage().unwrap().tokens;
        let text = serde_json::to_string(&**record).unwrap();
        (text.contains(SECRET), tokens.input + tokens.output)
    })
}

#[test]
fn content_is_removed_by_default_and_usage_stays() {
    assert_eq!(kept(whose::layer()), [(false, 7), (false, 5)]);
}

#[test]
fn setting_of_the_layer_keeps_content_of_spans_and_of_events() {
    let kept = |content| kept(whose::layer().with_message_content(content));
    assert_eq!(kept(MessageContent::None), [(false, 7), (false, 5)]);
    assert_eq!(kept(MessageContent::Spans), [(false, 7), (true, 5)]);
    assert_eq!(kept(MessageContent::Events), [(true, 7), (false, 5)]);
    assert_eq!(kept(MessageContent::SpansAndEvents), [(true, 7), (true, 5)]);
}

#[test]
fn hook_sees_no_content_that_is_not_kept() {
    let layer = whose::layer().with_before_record(|record| {
        assert!(
            record
                .fields()
                .all(|(_, value)| value.as_str() != Some(SECRET))
        );
        true
    });
    // A panicking hook would lose the records.
    assert_eq!(kept(layer), [(false, 7), (false, 5)]);
}

#[test]
fn breadcrumb_of_an_event_has_no_content() {
    let sink = MemorySink::default();
    let layer = whose::layer()
        .with_message_content(MessageContent::SpansAndEvents)
        .with_breadcrumbs(Level::INFO, |_| true);
    let subscriber = tracing_subscriber::registry().with(layer.with_sink(sink.clone()));
    tracing::subscriber::with_default(subscriber, || {
        Scope::isolated().in_scope(|| {
            emit();
            whose::capture_error(&std::io::Error::other("lost"));
        });
    });
    let records = sink.records();
    let error = records.last().unwrap();
    assert_eq!(error.breadcrumbs().count(), 1);
    assert!(!serde_json::to_string(&**error).unwrap().contains(SECRET));
}
