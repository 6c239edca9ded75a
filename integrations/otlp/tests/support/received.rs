//! What a receiver got.

use std::collections::BTreeMap;

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::trace::v1::Span;

/// One request, decoded.
#[derive(Clone, Debug)]
pub enum Received {
    Traces(ExportTraceServiceRequest),
    Logs(ExportLogsServiceRequest),
}

pub fn spans(all: &[Received]) -> Vec<Span> {
    let mut spans = Vec::new();
    for request in all {
        if let Received::Traces(request) = request {
            for resource in &request.resource_spans {
                for scope in &resource.scope_spans {
                    assert_eq!(scope.scope.as_ref().unwrap().name, "whose");
                    spans.extend(scope.spans.iter().cloned());
                }
            }
        }
    }
    spans
}

pub fn logs(all: &[Received]) -> Vec<LogRecord> {
    let mut logs = Vec::new();
    for request in all {
        if let Received::Logs(request) = request {
            for resource in &request.resource_logs {
                for scope in &resource.scope_logs {
                    logs.extend(scope.log_records.iter().cloned());
                }
            }
        }
    }
    logs
}

/// The resources of the requests, without repetitions beside each other.
pub fn resources(all: &[Received]) -> Vec<BTreeMap<String, String>> {
    let mut found = Vec::new();
    for request in all {
        let resources: Vec<_> = match request {
            Received::Traces(request) => {
                let all = request.resource_spans.iter();
                all.map(|spans| spans.resource.clone().unwrap()).collect()
            }
            Received::Logs(request) => {
                let all = request.resource_logs.iter();
                all.map(|logs| logs.resource.clone().unwrap()).collect()
            }
        };
        found.extend(resources.iter().map(|it| attributes(&it.attributes)));
    }
    found.dedup();
    found
}

/// The attributes as texts. Fails on a repeated name.
pub fn attributes(all: &[KeyValue]) -> BTreeMap<String, String> {
    let mut map = BTreeMap::new();
    for attribute in all {
        let value = shown(attribute.value.as_ref().unwrap());
        let known = map.insert(attribute.key.clone(), value);
        assert!(known.is_none(), "{} is repeated", attribute.key);
    }
    map
}

pub fn shown(value: &AnyValue) -> String {
    match value.value.as_ref().unwrap() {
        Value::StringValue(text) => text.clone(),
        Value::BoolValue(value) => value.to_string(),
        Value::IntValue(value) => value.to_string(),
        Value::DoubleValue(value) => format!("{value:?}"),
        Value::ArrayValue(array) => {
            let values: Vec<_> = array.values.iter().map(shown).collect();
            format!("[{}]", values.join(", "))
        }
        other => panic!("{other:?}"),
    }
}
