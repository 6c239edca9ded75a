//! A sender of OTLP that is built by hand, as the SDK of another language builds it.

use std::io::{Read, Write};
use std::net::TcpStream;

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message;

use super::server::{LOOPBACK, Server, serve_command};

pub(crate) const READ: &str = "read-0123456789abcdef";
pub(crate) const INGEST: &str = "ingest-0123456789abcdef";
pub(crate) const PROTOBUF: (&str, &str) = ("Content-Type", "application/x-protobuf");
/// 2026-01-01, in nanoseconds.
pub(crate) const TIME: u64 = 1_767_225_600_000_000_000;

/// A server that takes records, with a store that it creates.
pub(crate) fn receiver(folder: &std::path::Path) -> Server {
    Server::start_with(folder, &["--ingest-token", INGEST])
}

/// A command that takes records, with further arguments.
pub(crate) fn receiver_command(folder: &std::path::Path) -> std::process::Command {
    serve_command(folder, LOOPBACK, &["--ingest-token", INGEST])
}

pub(crate) fn text(value: &str) -> Value {
    Value::StringValue(value.to_owned())
}

pub(crate) fn attribute(key: &str, value: Value) -> KeyValue {
    KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue { value: Some(value) }),
        ..KeyValue::default()
    }
}

/// Attributes that are texts.
pub(crate) fn texts(attributes: &[(&str, &str)]) -> Vec<KeyValue> {
    let attribute = |(key, value): &(&str, &str)| attribute(key, text(value));
    attributes.iter().map(attribute).collect()
}

/// A span with ids of that number.
pub(crate) fn span(number: u64, name: &str, attributes: Vec<KeyValue>) -> Span {
    Span {
        trace_id: (u128::from(number) + 1).to_be_bytes().to_vec(),
        span_id: (number + 1).to_be_bytes().to_vec(),
        name: name.to_owned(),
        kind: 2,
        start_time_unix_nano: TIME + number * 1_000_000,
        end_time_unix_nano: TIME + number * 1_000_000 + 500_000,
        attributes,
        ..Span::default()
    }
}

pub(crate) fn log(body: &str, severity: i32, attributes: Vec<KeyValue>) -> LogRecord {
    LogRecord {
        time_unix_nano: TIME,
        severity_number: severity,
        body: Some(AnyValue {
            value: Some(text(body)),
        }),
        attributes,
        ..LogRecord::default()
    }
}

fn python() -> (Option<Resource>, Option<InstrumentationScope>) {
    let attributes = texts(&[
        ("service.name", "billing"),
        ("telemetry.sdk.language", "python"),
        ("deployment.environment", "prod"),
        ("k8s.pod.name", "billing-7"),
    ]);
    let resource = Resource {
        attributes,
        ..Resource::default()
    };
    let scope = InstrumentationScope {
        name: "billing.api".to_owned(),
        ..InstrumentationScope::default()
    };
    (Some(resource), Some(scope))
}

/// A request with spans.
pub(crate) fn traces(spans: Vec<Span>) -> Vec<u8> {
    let (resource, scope) = python();
    let scope_spans = vec![ScopeSpans {
        scope,
        spans,
        ..ScopeSpans::default()
    }];
    let resource_spans = vec![ResourceSpans {
        resource,
        scope_spans,
        ..ResourceSpans::default()
    }];
    ExportTraceServiceRequest { resource_spans }.encode_to_vec()
}

/// A request with log records.
pub(crate) fn logs(log_records: Vec<LogRecord>) -> Vec<u8> {
    let (resource, scope) = python();
    let scope_logs = vec![ScopeLogs {
        scope,
        log_records,
        ..ScopeLogs::default()
    }];
    let resource_logs = vec![ResourceLogs {
        resource,
        scope_logs,
        ..ResourceLogs::default()
    }];
    ExportLogsServiceRequest { resource_logs }.encode_to_vec()
}

/// A request with a log record that pretends to come from `whose`.
pub(crate) fn own_logs(event_name: &str, attributes: &[(&str, &str)]) -> Vec<u8> {
    let log_records = vec![LogRecord {
        event_name: event_name.to_owned(),
        ..log("own", 17, texts(attributes))
    }];
    let scope = Some(InstrumentationScope {
        name: "whose".to_owned(),
        ..InstrumentationScope::default()
    });
    let scope_logs = vec![ScopeLogs {
        scope,
        log_records,
        ..ScopeLogs::default()
    }];
    let resource_logs = vec![ResourceLogs {
        scope_logs,
        ..ResourceLogs::default()
    }];
    ExportLogsServiceRequest { resource_logs }.encode_to_vec()
}

/// An answer in protobuf.
#[derive(Debug)]
pub(crate) struct OtlpReply {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: Vec<u8>,
    /// Whether the server has read the whole request.
    pub(crate) is_sent_whole: bool,
}

impl OtlpReply {
    /// The value of a header, empty if it is missing.
    pub(crate) fn header(&self, name: &str) -> &str {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        let found = lines.find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value)
    }

    /// How many records were rejected, and why.
    pub(crate) fn rejected(&self) -> (i64, String) {
        let answer = ExportTraceServiceResponse::decode(&*self.body).unwrap();
        let partial = answer.partial_success.unwrap_or_default();
        (partial.rejected_spans, partial.error_message)
    }

    /// The message of the `google.rpc.Status`.
    pub(crate) fn message(&self) -> String {
        let mut status = RpcStatus::decode(&*self.body).unwrap();
        assert_ne!(status.code, 0);
        std::mem::take(&mut status.message)
    }

    /// The body of an answer of the guard.
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

#[derive(Clone, PartialEq, Message)]
struct RpcStatus {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
}

impl Server {
    /// Sends a request to `/v1/traces` or `/v1/logs` with the token, as a sender does: again while the
    /// server asks for that.
    pub(crate) fn export(&self, path: &str, body: &[u8]) -> OtlpReply {
        loop {
            let reply = self.export_once(path, body);
            if reply.status != 503 {
                return reply;
            }
        }
    }

    /// Sends a request with the token once.
    pub(crate) fn export_once(&self, path: &str, body: &[u8]) -> OtlpReply {
        let bearer = format!("Bearer {INGEST}");
        self.export_with(path, &[PROTOBUF, ("Authorization", &bearer)], body)
    }

    /// Sends a request with exactly these headers, `Host` and `Content-Length`.
    pub(crate) fn export_with(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> OtlpReply {
        let mut head = format!("POST {path} HTTP/1.1\r\nConnection: close\r\n");
        head += &format!("Host: {}\r\n", self.authority());
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        head += &format!("Content-Length: {}\r\n\r\n", body.len());
        let mut stream = TcpStream::connect(self.authority()).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        // A server that refuses the request may close the connection before it has read all of it.
        let is_sent_whole = stream.write_all(body).is_ok();
        let mut reply = Vec::new();
        stream.read_to_end(&mut reply).unwrap();
        let end = reply.windows(4).position(|four| four == b"\r\n\r\n");
        let body = reply.split_off(end.unwrap() + 4);
        let head = String::from_utf8(reply).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        OtlpReply {
            status,
            head,
            body,
            is_sent_whole,
        }
    }
}
