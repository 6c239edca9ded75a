//! Log records have a user: those of `opentelemetry-appender-tracing`, and native ones.

#![allow(clippy::unwrap_used)]

use opentelemetry::logs::{AnyValue, LogRecord, Logger, LoggerProvider};
use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use opentelemetry_sdk::logs::{
    InMemoryLogExporter, SdkLogRecord, SdkLoggerProvider, SimpleLogProcessor,
};
use tracing::info;
use tracing_subscriber::prelude::*;
use whose::Policy;
use whose_opentelemetry::{Bridge, Dialect, LogProcessor};

fn provider() -> (InMemoryLogExporter, SdkLoggerProvider) {
    let exporter = InMemoryLogExporter::default();
    let next = SimpleLogProcessor::new(exporter.clone());
    let provider = SdkLoggerProvider::builder()
        .with_log_processor(LogProcessor::new(next))
        .build();
    (exporter, provider)
}

fn logs(exporter: &InMemoryLogExporter) -> Vec<SdkLogRecord> {
    let logs = exporter.get_emitted_logs().unwrap();
    logs.into_iter().map(|log| log.record).collect()
}

fn all(record: &SdkLogRecord, name: &str) -> Vec<String> {
    let of_name = record
        .attributes_iter()
        .filter(|(key, _)| key.as_str() == name);
    of_name
        .map(|(_, value)| match value {
            AnyValue::String(text) => text.to_string(),
            other => format!("{other:?}"),
        })
        .collect()
}

fn body(record: &SdkLogRecord) -> String {
    match record.body() {
        Some(AnyValue::String(text)) => text.to_string(),
        other => format!("{other:?}"),
    }
}

#[test]
fn log_of_wrapped_appender_has_user_of_the_event() {
    for is_whose_first in [true, false] {
        let (exporter, provider) = provider();
        let run = || {
            let alice = whose::user("alice").session("s-1");
            let span = alice.clone().in_scope(|| tracing::info_span!("of_alice"));
            alice.in_scope(|| info!(count = 3, "one"));
            whose::user("bob").in_scope(|| {
                info!(user.id = "carol", user.email = "carol@example.com", "two");
                info!(parent: &span, "three");
            });
            info!("four");
        };
        let appender = OpenTelemetryTracingBridge::new(&provider);
        if is_whose_first {
            let subscriber = tracing_subscriber::registry()
                .with(whose::layer())
                .with(whose_opentelemetry::layer(appender));
            tracing::subscriber::with_default(subscriber, run);
        } else {
            let appender = OpenTelemetryTracingBridge::new(&provider);
            let subscriber = tracing_subscriber::registry()
                .with(whose_opentelemetry::layer(appender))
                .with(whose::layer());
            tracing::subscriber::with_default(subscriber, run);
        }
        let logs = logs(&exporter);
        let users: Vec<_> = logs
            .iter()
            .map(|log| (body(log), all(log, "user.id")))
            .collect();
        let user = |name: &str| vec![name.to_owned()];
        assert_eq!(
            users,
            [
                ("one".to_owned(), user("alice")),
                ("two".to_owned(), user("carol")),
                ("three".to_owned(), user("alice")),
                ("four".to_owned(), vec![]),
            ]
        );
        assert_eq!(all(&logs[0], "session.id"), ["s-1"]);
        assert_eq!(all(&logs[0], "count"), ["Int(3)"]);
        assert_eq!(all(&logs[1], "user.email"), ["carol@example.com"]);
        assert_eq!(logs[0].severity_text(), Some("INFO"));
    }
}

#[test]
fn log_of_bare_appender_has_current_user() {
    let (exporter, provider) = provider();
    let subscriber = tracing_subscriber::registry()
        .with(whose::layer())
        .with(OpenTelemetryTracingBridge::new(&provider));
    tracing::subscriber::with_default(subscriber, || {
        whose::user("alice").in_scope(|| info!("one"));
        let span = whose::user("bob").in_scope(|| tracing::info_span!("of_bob"));
        span.in_scope(|| info!("two"));
    });
    let users: Vec<_> = logs(&exporter)
        .iter()
        .map(|log| all(log, "user.id"))
        .collect();
    assert_eq!(users, [["alice"], ["bob"]]);
}

#[test]
fn native_log_has_current_user_and_policy_holds() {
    let (exporter, provider) = provider();
    let subscriber = tracing_subscriber::registry().with(
        whose::layer()
            .with_policy(Policy::new().drop("user.email"))
            .unwrap(),
    );
    tracing::subscriber::with_default(subscriber, || {
        let alice = whose::User::new("alice").with_email("alice@example.com");
        whose::user(alice).in_scope(|| {
            let logger = provider.logger("native");
            let mut record = logger.create_log_record();
            record.set_body("hello".into());
            record.add_attribute("user.email", "raw@example.com");
            logger.emit(record);
        });
    });
    let logs = logs(&exporter);
    assert_eq!(all(&logs[0], "user.id"), ["alice"]);
    assert!(!format!("{logs:?}").contains("example.com"));
    assert_eq!(body(&logs[0]), "hello");
}

#[test]
fn log_has_the_names_of_the_dialect() {
    let exporter = InMemoryLogExporter::default();
    let next = SimpleLogProcessor::new(exporter.clone());
    let bridge = Bridge::new().with_dialect(Dialect::Langfuse);
    let provider = SdkLoggerProvider::builder()
        .with_log_processor(bridge.log_processor(next))
        .build();
    whose::user("alice").in_scope(|| {
        let logger = provider.logger("native");
        logger.emit(logger.create_log_record());
    });
    assert_eq!(all(&logs(&exporter)[0], "langfuse.user.id"), ["alice"]);
}
