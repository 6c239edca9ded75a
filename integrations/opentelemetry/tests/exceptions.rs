//! Errors of `whose` as exceptions: in spans, in logs, or in both.

#![allow(clippy::unwrap_used)]

mod common;

use common::{Sdk, all, user};
use opentelemetry::logs::AnyValue;
use opentelemetry_sdk::logs::{
    InMemoryLogExporter, SdkLogRecord, SdkLoggerProvider, SimpleLogProcessor,
};
use tracing_subscriber::prelude::*;
use whose_opentelemetry::{Bridge, ExceptionSignal, LogProcessor};

#[whose::trace(err)]
fn fails() -> Result<(), std::num::ParseIntError> {
    "x".parse::<i32>().map(drop)
}

fn run(signal: ExceptionSignal) -> (Sdk, Vec<SdkLogRecord>) {
    let sdk = Sdk::with_processor(Bridge::new());
    let exporter = InMemoryLogExporter::default();
    let next = SimpleLogProcessor::new(exporter.clone());
    let logs = SdkLoggerProvider::builder()
        .with_log_processor(LogProcessor::new(next))
        .build();
    let telemetry = tracing_opentelemetry::layer().with_tracer(sdk.tracer());
    let sink = whose_opentelemetry::exceptions(&logs).with_signal(signal);
    let subscriber = tracing_subscriber::registry()
        .with(whose::layer().with_sink(sink))
        .with(sdk.bridge.layer(telemetry));
    tracing::subscriber::with_default(subscriber, || {
        whose::user("alice").in_scope(|| {
            tracing::info_span!("request").in_scope(|| {
                let error = "y".parse::<i32>().unwrap_err();
                whose::error(&error).user("carol").capture();
                fails().unwrap_err();
            });
        });
    });
    let logs = exporter.get_emitted_logs().unwrap();
    (sdk, logs.into_iter().map(|log| log.record).collect())
}

fn value(record: &SdkLogRecord, name: &str) -> Option<String> {
    let mut of_name = record
        .attributes_iter()
        .filter(|(key, _)| key.as_str() == name);
    let found = of_name.next().map(|(_, value)| match value {
        AnyValue::String(text) => text.to_string(),
        other => format!("{other:?}"),
    });
    assert!(of_name.next().is_none(), "{name} is there twice");
    found
}

fn check_spans(sdk: &Sdk) {
    let events = sdk.span("request").events.events;
    assert_eq!(events.len(), 1, "{events:?}");
    assert_eq!(events[0].name, "exception");
    assert_eq!(user(&events[0].attributes), ["carol"]);
    assert_eq!(
        all(&events[0].attributes, "exception.message"),
        ["invalid digit found in string"]
    );
    assert!(all(&events[0].attributes, "exception.type")[0].contains("ParseIntError"));
    assert!(all(&events[0].attributes, "whose.stamped").is_empty());
    let events = sdk.span("fails").events.events;
    assert_eq!(user(&events[0].attributes), ["alice"]);
}

fn check_logs(sdk: &Sdk, logs: &[SdkLogRecord]) {
    assert_eq!(logs.len(), 2);
    for (log, owner, span) in [(&logs[0], "carol", "request"), (&logs[1], "alice", "fails")] {
        assert_eq!(log.event_name(), Some("exception"));
        assert_eq!(value(log, "user.id").as_deref(), Some(owner));
        assert!(value(log, "exception.message").is_some());
        let trace = log.trace_context().unwrap();
        let span = sdk.span(span).span_context;
        assert_eq!(
            (trace.trace_id, trace.span_id),
            (span.trace_id(), span.span_id())
        );
    }
}

#[test]
fn exceptions_stay_in_spans_by_default() {
    let (sdk, logs) = run(ExceptionSignal::Spans);
    check_spans(&sdk);
    assert!(logs.is_empty());
}

#[test]
fn exceptions_move_to_logs() {
    let (sdk, logs) = run(ExceptionSignal::Logs);
    assert!(sdk.span("request").events.is_empty());
    assert!(sdk.span("fails").events.is_empty());
    check_logs(&sdk, &logs);
}

#[test]
fn exceptions_are_in_both_while_a_backend_moves() {
    let (sdk, logs) = run(ExceptionSignal::SpansAndLogs);
    check_spans(&sdk);
    check_logs(&sdk, &logs);
}

#[test]
fn error_line_is_added_to_the_span_once() {
    let sdk = Sdk::with_processor(Bridge::new());
    let logs = SdkLoggerProvider::builder().build();
    let telemetry = tracing_opentelemetry::layer().with_tracer(sdk.tracer());
    let sink = whose_opentelemetry::exceptions(&logs).with_signal(ExceptionSignal::Spans);
    let subscriber = tracing_subscriber::registry()
        .with(whose::layer().with_sink(sink))
        .with(sdk.bridge.layer(telemetry));
    tracing::subscriber::with_default(subscriber, || {
        whose::user("alice").in_scope(|| {
            tracing::info_span!("request").in_scope(|| {
                let error = "y".parse::<i32>().unwrap_err();
                tracing::error!(error = &error as &dyn std::error::Error, "failed");
            });
        });
    });
    let events = sdk.span("request").events.events;
    assert_eq!(events.len(), 1);
    assert_eq!(user(&events[0].attributes), ["alice"]);
}
