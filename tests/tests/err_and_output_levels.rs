//! `err(level = ..)` and `output(level = ..)` emit an event for other layers and record nothing
//! twice.

use std::num::ParseIntError;

use tracing_subscriber::prelude::*;
use whose::RecordType;
use whose_tests::log_buffer::LogBuffer;
use whose_tests::memory_sink::MemorySink;

#[whose::trace(user_id = "alice", err(level = "error"), output(level = "debug"))]
fn parse(text: &str) -> Result<u8, ParseIntError> {
    text.parse()
}

#[whose::trace(user_id = "alice", err(Debug, level = "warn"), target = "shop")]
async fn parse_later(text: &str) -> Result<u8, ParseIntError> {
    text.parse()
}

#[whose::trace(user_id = "alice", err, output(Display))]
fn quiet(text: &str) -> Result<u8, ParseIntError> {
    text.parse()
}

/// Returns the log lines of `run`, and the sink with its records.
fn capture(run: impl FnOnce()) -> (String, MemorySink) {
    let (lines, sink) = (LogBuffer::default(), MemorySink::default());
    let text = tracing_subscriber::fmt::layer()
        .with_writer(lines.clone())
        .with_ansi(false)
        .without_time();
    let subscriber = tracing_subscriber::registry()
        .with(whose::layer().with_sink(sink.clone()))
        .with(text);
    tracing::subscriber::with_default(subscriber, run);
    (lines.take(), sink)
}

fn count_of_type(sink: &MemorySink, record_type: RecordType) -> usize {
    let records = sink.records();
    let found = records
        .iter()
        .filter(|record| record.record_type() == record_type);
    found.count()
}

#[test]
fn error_with_level_is_one_log_line_and_one_record() {
    let (lines, sink) = capture(|| drop(parse("x")));
    assert!(
        lines.contains("ERROR parse: err_and_output_levels: error=invalid digit"),
        "{lines}"
    );
    assert_eq!(lines.lines().count(), 1, "{lines}");
    assert_eq!(count_of_type(&sink, RecordType::Error), 1);
    assert_eq!(count_of_type(&sink, RecordType::Event), 0);
}

#[test]
fn output_with_level_is_log_line_and_span_field() {
    let (lines, sink) = capture(|| drop(parse("7")));
    assert!(
        lines.contains("DEBUG parse{output=7}: err_and_output_levels: output=7"),
        "{lines}"
    );
    assert_eq!(sink.only().field("output").unwrap(), "7");
}

#[test]
fn async_error_uses_debug_level_and_target() {
    let (lines, sink) = capture(|| drop(futures_executor::block_on(parse_later("x"))));
    let line = "WARN parse_later: shop: error=ParseIntError { kind: InvalidDigit }";
    assert!(lines.contains(line), "{lines}");
    assert_eq!(count_of_type(&sink, RecordType::Error), 1);
    assert_eq!(count_of_type(&sink, RecordType::Event), 0);
}

#[test]
fn error_without_level_is_no_log_line() {
    let (lines, sink) = capture(|| drop(quiet("x")));
    assert_eq!(lines, "");
    assert_eq!(count_of_type(&sink, RecordType::Error), 1);
}
