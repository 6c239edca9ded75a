//! The decoder takes any bytes.

#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.
#![cfg(feature = "decode")]

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, InstrumentationScope, KeyValue,
};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::trace::v1::span::Event;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use prost::Message;
use whose_otlp::{DecodeError, Decoder};

const MUTATIONS: u64 = 20_000;

fn attribute(key: &str, value: Value) -> KeyValue {
    KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue { value: Some(value) }),
        ..KeyValue::default()
    }
}

fn attributes() -> Vec<KeyValue> {
    let text = |text: &str| Value::StringValue(text.to_owned());
    let array = ArrayValue {
        values: vec![AnyValue {
            value: Some(text("whose.usage")),
        }],
    };
    vec![
        attribute("user.id", text("alice")),
        attribute("session.id", text("s-1")),
        attribute(
            "whose.actor.chain",
            text("[{\"id\":\"a\",\"kind\":\"agent\"}]"),
        ),
        attribute("whose.usage_inside", Value::ArrayValue(array)),
        attribute("whose.breadcrumbs", text("[{\"message\":\"m\"}]")),
        attribute("whose.flags", text("{\"a\":1}")),
        attribute("whose.weight", Value::DoubleValue(2.0)),
        attribute("code.line.number", Value::IntValue(7)),
    ]
}

fn scope() -> Option<InstrumentationScope> {
    Some(InstrumentationScope {
        name: "whose".to_owned(),
        ..InstrumentationScope::default()
    })
}

fn traces() -> Vec<u8> {
    let span = Span {
        trace_id: vec![1; 16],
        span_id: vec![2; 8],
        name: "work".to_owned(),
        kind: 3,
        start_time_unix_nano: 7,
        end_time_unix_nano: 9,
        attributes: attributes(),
        events: vec![Event {
            name: "exception".to_owned(),
            attributes: attributes(),
            ..Event::default()
        }],
        status: Some(Status {
            code: 2,
            message: "m".to_owned(),
        }),
        ..Span::default()
    };
    let scope_spans = vec![ScopeSpans {
        scope: scope(),
        spans: vec![span.clone(), span],
        ..ScopeSpans::default()
    }];
    let resource_spans = vec![ResourceSpans {
        scope_spans,
        ..ResourceSpans::default()
    }];
    ExportTraceServiceRequest { resource_spans }.encode_to_vec()
}

fn logs() -> Vec<u8> {
    let record = LogRecord {
        severity_number: 17,
        event_name: "exception".to_owned(),
        body: Some(AnyValue::default()),
        attributes: attributes(),
        ..LogRecord::default()
    };
    let scope_logs = vec![ScopeLogs {
        scope: scope(),
        log_records: vec![record],
        ..ScopeLogs::default()
    }];
    let resource_logs = vec![ResourceLogs {
        scope_logs,
        ..ResourceLogs::default()
    }];
    ExportLogsServiceRequest { resource_logs }.encode_to_vec()
}

#[test]
fn valid_requests_are_decoded() {
    let decoder = Decoder::new();
    let spans = decoder.traces(&traces()).unwrap();
    assert_eq!((spans.items.len(), spans.rejected), (2, 0));
    // The same ids: a repetition.
    assert_eq!(spans.items[0].key, spans.items[1].key);
    let record = &spans.items[0].record;
    assert_eq!((record.user_id(), record.weight()), (Some("alice"), 2.0));
    let error = &spans.items[0].events[0];
    assert_eq!((error.user_id(), error.flags().count()), (Some("alice"), 1));
    assert_eq!(error.breadcrumbs().next().unwrap().message(), "m");
    assert_eq!(decoder.logs(&logs()).unwrap().items.len(), 1);
    assert_eq!(decoder.logs(&[]).unwrap().items.len(), 0);
}

#[test]
fn mutated_requests_neither_panic_nor_grow() {
    let decoder = Decoder::new();
    let mut random = fastrand::Rng::with_seed(7);
    let mut malformed = 0;
    for _ in 0..MUTATIONS {
        for request in [traces(), logs()] {
            let mut mutated = request;
            for _ in 0..random.usize(1..6) {
                let at = random.usize(..mutated.len());
                match random.u8(..4) {
                    0 => mutated.truncate(at.max(1)),
                    1 => mutated.insert(at, random.u8(..)),
                    _ => mutated[at] = random.u8(..),
                }
            }
            for decoded in [decoder.traces(&mutated), decoder.logs(&mutated)] {
                match decoded {
                    Ok(decoded) => {
                        let records = decoded.items.len() as u64 + decoded.rejected;
                        assert!(records <= mutated.len() as u64);
                    }
                    Err(error) => malformed += u64::from(error == DecodeError::Malformed),
                }
            }
        }
    }
    assert_ne!(malformed, 0);
}
