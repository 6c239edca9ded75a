//! Spans and log records of OpenTelemetry's SDKs become records with their own user and session.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.
#![cfg(feature = "ingest")]

mod support;

use std::path::Path;

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValueList};
use opentelemetry_proto::tonic::trace::v1::Status;
use opentelemetry_proto::tonic::trace::v1::span::Event;
use support::otlp::{TIME, attribute, log, logs, receiver, span, text, texts, traces};
use whose_store::{LatestFilter, Queries, Query, Reader, RecordRow, UnattributedFilter};

const TRACES: &str = "/v1/traces";
const LOGS: &str = "/v1/logs";

/// The records of the store, oldest first.
fn records(folder: &Path) -> Vec<RecordRow> {
    let store = Reader::open(folder.join("whose.db")).unwrap();
    let mut records = store.latest(&LatestFilter::new(), 1_000).unwrap().rows;
    records.sort_by_key(|record| record.id);
    records
}

fn named<'a>(records: &'a [RecordRow], name: &str) -> &'a RecordRow {
    let names = || {
        records
            .iter()
            .map(|record| &record.name)
            .collect::<Vec<_>>()
    };
    let found = records.iter().find(|record| record.name == name);
    found.unwrap_or_else(|| panic!("{name} is none of {:?}", names()))
}

#[test]
fn attributes_of_the_conventions_name_user_session_and_conversation() {
    let folder = tempfile::tempdir().unwrap();
    let served = receiver(folder.path());
    let spans = vec![
        span(
            0,
            "GET /orders",
            texts(&[
                ("user.id", "alice"),
                ("user.email", "alice@example.com"),
                ("user.roles", "admin"),
                ("session.id", "s-1"),
                ("session.previous_id", "s-0"),
                ("gen_ai.conversation.id", "thread-1"),
                ("http.request.method", "GET"),
            ]),
        ),
        span(1, "older", texts(&[("enduser.id", "bob")])),
        span(2, "pseudonym", texts(&[("enduser.pseudo.id", "p-7")])),
        span(3, "number", vec![attribute("user.id", Value::IntValue(42))]),
    ];
    assert_eq!(served.export(TRACES, &traces(spans)).status, 200);

    let records = records(folder.path());
    let first = named(&records, "GET /orders");
    assert_eq!(first.record_type, "span");
    assert_eq!(
        (first.user.as_deref(), first.session.as_deref()),
        (Some("alice"), Some("s-1"))
    );
    // The sender has named them: nothing in this process has.
    assert_eq!(first.user_source.as_deref(), Some("remote"));
    assert_eq!(first.session_source.as_deref(), Some("remote"));
    assert_eq!(first.conversation.as_deref(), Some("thread-1"));
    assert_eq!(first.fields["http.request.method"], "GET");
    assert_eq!(first.fields["otel.kind"], "server");
    assert_eq!(first.target, "billing.api");
    assert_eq!(
        (first.time.as_nanos(), first.duration_ns),
        (TIME as i64, Some(500_000))
    );
    assert_eq!(
        first.trace_id.as_deref(),
        Some("00000000000000000000000000000001")
    );
    assert_eq!(first.span_id.as_deref(), Some("0000000000000001"));
    assert_eq!(
        (&*first.service["name"], &*first.service["environment"]),
        ("billing", "prod")
    );
    assert_eq!(named(&records, "older").user.as_deref(), Some("bob"));
    assert_eq!(named(&records, "pseudonym").user.as_deref(), Some("p-7"));
    assert_eq!(named(&records, "number").user.as_deref(), Some("42"));
    let store = Reader::open(folder.path().join("whose.db")).unwrap();
    let alice = store.user("alice", &Query::new()).unwrap().unwrap();
    assert_eq!(alice.email.as_deref(), Some("alice@example.com"));
    assert_eq!(alice.attrs["roles"], "admin");
    let session = store.session("s-1", &Query::new()).unwrap().unwrap();
    assert_eq!(session.previous.as_deref(), Some("s-0"));
}

#[test]
fn span_without_a_user_has_none_whatever_is_around_it() {
    let folder = tempfile::tempdir().unwrap();
    let served = receiver(folder.path());
    let parent = span(
        0,
        "parent",
        texts(&[("user.id", "alice"), ("session.id", "s-1")]),
    );
    let mut child = span(1, "child", Vec::new());
    child.trace_id.clone_from(&parent.trace_id);
    child.parent_span_id.clone_from(&parent.span_id);
    let sibling = span(2, "sibling", texts(&[("user.email", "mail@example.com")]));
    // One batch, and further requests after it.
    assert_eq!(
        served
            .export(TRACES, &traces(vec![parent, child, sibling]))
            .status,
        200
    );
    assert_eq!(
        served
            .export(TRACES, &traces(vec![span(3, "later", Vec::new())]))
            .status,
        200
    );
    assert_eq!(
        served
            .export(LOGS, &logs(vec![log("a line", 9, Vec::new())]))
            .status,
        200
    );

    let records = records(folder.path());
    for name in ["child", "sibling", "later", "log"] {
        let record = named(&records, name);
        assert_eq!((&record.user, &record.session), (&None, &None), "{name}");
        assert_eq!(record.unattributed.as_deref(), Some("not_sent"), "{name}");
    }
    let sibling = named(&records, "sibling");
    assert_eq!(sibling.fields["user.email"], "mail@example.com");
    let store = Reader::open(folder.path().join("whose.db")).unwrap();
    let missing = store.unattributed(&UnattributedFilter::new(), &Query::new());
    assert_eq!(missing.unwrap().count(), 4);
}

#[test]
fn model_call_is_counted_with_its_tokens() {
    let folder = tempfile::tempdir().unwrap();
    let served = receiver(folder.path());
    let mut call = texts(&[
        ("user.id", "alice"),
        ("gen_ai.operation.name", "chat"),
        ("gen_ai.system", "openai"),
        ("gen_ai.request.model", "gpt-4o-2024-08-06"),
    ]);
    call.push(attribute(
        "gen_ai.usage.prompt_tokens",
        Value::IntValue(1_000),
    ));
    call.push(attribute(
        "gen_ai.usage.completion_tokens",
        Value::IntValue(200),
    ));
    let mut agent = call.clone();
    agent[1] = attribute("gen_ai.operation.name", text("invoke_agent"));
    let spans = vec![span(0, "chat gpt-4o", call), span(1, "invoke_agent", agent)];
    assert_eq!(served.export(TRACES, &traces(spans)).status, 200);

    let records = records(folder.path());
    let call = named(&records, "chat gpt-4o");
    assert_eq!(
        (call.kind.as_deref(), call.model.as_deref()),
        (Some("llm"), Some("gpt-4o-2024-08-06"))
    );
    assert_eq!(
        (call.input_tokens, call.output_tokens),
        (Some(1_000), Some(200))
    );
    assert!(call.cost_usd.is_some() && call.provider.as_deref() == Some("openai"));
    // The agent sums up what its calls have counted.
    assert_eq!(named(&records, "invoke_agent").input_tokens, None);
}

#[test]
fn exception_of_a_span_or_a_log_record_is_an_error_of_its_user() {
    let folder = tempfile::tempdir().unwrap();
    let served = receiver(folder.path());
    let exception = [
        ("exception.type", "ValueError"),
        ("exception.message", "order 17 refused"),
        (
            "exception.stacktrace",
            "Traceback (most recent call last): ..",
        ),
    ];
    let mut failed = span(
        0,
        "charge",
        texts(&[("user.id", "alice"), ("session.id", "s-1")]),
    );
    failed.status = Some(Status {
        code: 2,
        message: "the bank refused".to_owned(),
    });
    failed.events = vec![
        Event {
            time_unix_nano: TIME + 7,
            name: "exception".to_owned(),
            attributes: texts(&exception),
            ..Event::default()
        },
        Event {
            time_unix_nano: TIME + 8,
            name: "retry".to_owned(),
            ..Event::default()
        },
    ];
    let of_bob = [&exception[..2], &[("user.id", "bob")]].concat();
    let error = log("cannot charge", 17, texts(&of_bob));
    let warning = log("only a warning", 13, texts(&exception));
    assert_eq!(served.export(TRACES, &traces(vec![failed])).status, 200);
    assert_eq!(served.export(LOGS, &logs(vec![error, warning])).status, 200);

    let records = records(folder.path());
    let span = named(&records, "charge");
    assert_eq!(
        (span.failed, span.message.as_deref()),
        (true, Some("the bank refused"))
    );
    let errors: Vec<_> = records
        .iter()
        .filter(|it| it.record_type == "error")
        .collect();
    let users = errors.iter().map(|error| error.user.as_deref());
    assert_eq!(users.collect::<Vec<_>>(), [Some("alice"), Some("bob")]);
    for error in &errors {
        assert_eq!(error.message.as_deref(), Some("order 17 refused"));
        assert_eq!(error.error_type.as_deref(), Some("ValueError"));
        // The number in the message does not count.
        assert_eq!(error.fingerprint, errors[0].fingerprint);
        assert!(error.fingerprint.is_some());
    }
    assert_eq!(errors[0].session.as_deref(), Some("s-1"));
    assert_eq!(errors[0].span_id, span.span_id);
    assert!(
        errors[0]
            .backtrace
            .as_deref()
            .unwrap()
            .starts_with("Traceback")
    );
    assert_eq!(errors[1].fields["message"], "cannot charge");
    let retry = named(&records, "retry");
    assert_eq!(
        (&*retry.record_type, retry.user.as_deref()),
        ("event", Some("alice"))
    );
    let warning = records.iter().find(|it| it.level == "WARN").unwrap();
    assert_eq!(warning.record_type, "event");
    assert_eq!(warning.fields["exception.type"], "ValueError");
}

#[test]
fn values_of_every_type_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let served = receiver(folder.path());
    let any = |value| AnyValue { value: Some(value) };
    let array = ArrayValue {
        values: vec![
            any(text("a")),
            any(Value::IntValue(2)),
            AnyValue { value: None },
        ],
    };
    let list = KeyValueList {
        values: vec![attribute("k\"", Value::DoubleValue(0.5))],
    };
    let attributes = vec![
        attribute("bool", Value::BoolValue(true)),
        attribute("int", Value::IntValue(-7)),
        attribute("double", Value::DoubleValue(0.25)),
        attribute("array", Value::ArrayValue(array)),
        attribute("list", Value::KvlistValue(list)),
        attribute("bytes", Value::BytesValue(vec![0, 255])),
        attribute("code.file.path", text("app.py")),
        attribute("code.line.number", Value::IntValue(12)),
        attribute("tag.plan", text("pro")),
    ];
    let mut record = log("unused", 0, attributes);
    let list = KeyValueList {
        values: vec![attribute("event", text("signup"))],
    };
    record.body = Some(any(Value::KvlistValue(list)));
    record.event_name = "app.signup".to_owned();
    assert_eq!(served.export(LOGS, &logs(vec![record])).status, 200);

    let records = records(folder.path());
    let record = named(&records, "app.signup");
    let expected = serde_json::json!({
        "bool": true,
        "int": -7,
        "double": 0.25,
        "array": "[\"a\",2,null]",
        "list": "{\"k\\\"\":0.5}",
        "bytes": "\"00ff\"",
    });
    assert_eq!(serde_json::to_value(&record.fields).unwrap(), expected);
    assert_eq!(record.message.as_deref(), Some("{\"event\":\"signup\"}"));
    assert_eq!(
        (record.file.as_deref(), record.line),
        (Some("app.py"), Some(12))
    );
    assert_eq!(record.tags["plan"], "pro");
    assert_eq!(record.level, "INFO");
}
