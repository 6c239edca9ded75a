//! No request of a sender stops the server or changes the records of others.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.
#![cfg(feature = "ingest")]

mod support;

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue};
use support::otlp::{TIME, attribute, log, logs, own_logs, receiver, span, text, texts, traces};
use support::server::Server;
use whose::Limits;
use whose_store::{LatestFilter, Queries, Query, Reader};

const TRACES: &str = "/v1/traces";
const LOGS: &str = "/v1/logs";

/// The server answers, and shows a page with hostile records.
fn is_alive(served: &Server) {
    let alive = traces(vec![span(1 << 40, "alive", texts(&[("user.id", "alive")]))]);
    let reply = served.export(TRACES, &alive);
    assert_eq!(reply.status, 200, "{reply:?}");
    assert!(served.page("/users").contains("alive"));
    served.page("/live");
}

/// A field of protobuf with bytes.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![number << 3 | 2];
    let mut len = bytes.len();
    while len >= 0x80 {
        out.push((len & 0x7f) as u8 | 0x80);
        len >>= 7;
    }
    out.push(len as u8);
    out.extend_from_slice(bytes);
    out
}

/// A request whose only span has these bytes as its message.
fn request_of(span: &[u8]) -> Vec<u8> {
    field(1, &field(2, &field(2, span)))
}

/// A span of a user with further bytes.
fn raw_span(number: u64, more: &[u8]) -> Vec<u8> {
    let mut message = field(1, &(u128::from(number) + 1).to_be_bytes());
    message.extend(field(2, &(number + 1).to_be_bytes()));
    message.extend_from_slice(more);
    message
}

/// As many arrays, one inside the other, as fit into a request.
fn nested(depth: usize) -> Vec<u8> {
    // Written backwards, so that each array costs the bytes of its own head alone.
    let mut reversed = Vec::new();
    for _ in 0..depth {
        // `ArrayValue.values` around the value, and `AnyValue.array_value` around the array.
        for number in [1, 5] {
            let mut head = field(number, &[]);
            head.pop();
            let mut rest = reversed.len();
            while rest >= 0x80 {
                head.push((rest & 0x7f) as u8 | 0x80);
                rest >>= 7;
            }
            head.push(rest as u8);
            if reversed.len() + head.len() > 15 << 20 {
                break;
            }
            reversed.extend(head.iter().rev());
        }
    }
    reversed.reverse();
    reversed
}

#[test]
fn huge_and_many_attributes_are_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let served = receiver(folder.path());
    let long = "x".repeat(1 << 20);
    let mut attributes = texts(&[("user.id", "mallory"), ("long", &long), (&long, "value")]);
    attributes.extend((0..5_000).map(|at| attribute(&format!("a{at}"), Value::IntValue(at))));
    attributes.extend((0..500).map(|at| attribute(&format!("user.attrs.{at}"), text("v"))));
    attributes.extend((0..500).map(|at| attribute(&format!("whose.tag.{at}"), text("v"))));
    attributes.extend((0..500).map(|at| attribute(&format!("whose.extra.{at}"), text("[1]"))));
    assert_eq!(
        served
            .export(TRACES, &traces(vec![span(1, &long, attributes)]))
            .status,
        200
    );

    let store = Reader::open(folder.path().join("whose.db")).unwrap();
    let record = &store.latest(&LatestFilter::new(), 10).unwrap().rows[0];
    assert!(record.name.len() <= Limits::ID_BYTES);
    assert_eq!(record.fields.len(), Limits::RECEIVED_FIELDS);
    assert_eq!(
        (record.tags.len(), record.extra.len()),
        (Limits::TAGS, Limits::EXTRA)
    );
    let size = serde_json::to_string(&record).unwrap().len();
    assert!(size < 64 << 10, "{size}");
    let user = store.user("mallory", &Query::new()).unwrap().unwrap();
    assert_eq!(user.attrs.len(), Limits::ATTRS);
    is_alive(&served);
}

#[test]
fn deeply_nested_value_is_cut() {
    let folder = tempfile::tempdir().unwrap();
    let served = receiver(folder.path());
    let nested = nested(1_000_000);
    let attribute = [field(1, b"nested"), field(2, &nested)].concat();
    let message = raw_span(1, &[field(5, b"deep"), field(9, &attribute)].concat());
    let reply = served.export(TRACES, &request_of(&message));
    assert_eq!(reply.status, 200, "{reply:?}");

    let seven = AnyValue {
        value: Some(Value::IntValue(7)),
    };
    let wide = ArrayValue {
        values: vec![seven; 1_000_000],
    };
    let wide = vec![support::otlp::attribute("wide", Value::ArrayValue(wide))];
    assert_eq!(
        served
            .export(LOGS, &logs(vec![log("wide", 9, wide)]))
            .status,
        200
    );

    let store = Reader::open(folder.path().join("whose.db")).unwrap();
    let records = store.latest(&LatestFilter::new(), 10).unwrap().rows;
    let field = |name: &str| records.iter().find_map(|record| record.fields.get(name));
    let (nested, wide) = (field("nested").unwrap(), field("wide").unwrap());
    assert_eq!(
        nested.as_str().unwrap(),
        format!("{}null{}", "[".repeat(16), "]".repeat(16))
    );
    assert!(wide.as_str().unwrap().len() <= Limits::FIELD_BYTES);
    is_alive(&served);
}

#[test]
fn times_at_the_edges_are_taken() {
    let folder = tempfile::tempdir().unwrap();
    let served = receiver(folder.path());
    let times = [0, 1, TIME, i64::MAX as u64, u64::MAX];
    let mut spans = Vec::new();
    for (number, (start, end)) in (0..).zip(
        times
            .iter()
            .flat_map(|start| times.map(|end| (*start, end))),
    ) {
        let mut edge = span(number, "edge", texts(&[("user.id", "mallory")]));
        (edge.start_time_unix_nano, edge.end_time_unix_nano) = (start, end);
        spans.push(edge);
    }
    let sent = spans.len() as u64;
    assert_eq!(served.export(TRACES, &traces(spans)).rejected().0, 0);
    let mut late = log("late", 24, texts(&[("user.id", "mallory")]));
    late.time_unix_nano = u64::MAX;
    late.severity_number = i32::MAX;
    assert_eq!(served.export(LOGS, &logs(vec![late])).status, 200);
    let store = Reader::open(folder.path().join("whose.db")).unwrap();
    let user = store.user("mallory", &Query::new()).unwrap().unwrap();
    assert_eq!(user.counts.records(), sent + 1);
    for page in [
        "/user?user=mallory",
        "/users",
        "/sessions",
        "/health",
        "/cost",
        "/live",
    ] {
        assert!(served.get(page).status < 500, "{page}");
    }
    is_alive(&served);
}

#[test]
fn bytes_that_are_no_text_make_no_user() {
    let folder = tempfile::tempdir().unwrap();
    let served = receiver(folder.path());
    let broken = |name: &[u8], value: &[u8]| {
        field(9, &[field(1, name), field(2, &field(1, value))].concat())
    };
    // Two ids that would become the same text.
    for (number, id) in [b"id-\xff", b"id-\xfe"].iter().enumerate() {
        let message = raw_span(number as u64, &broken(b"user.id", *id));
        let (rejected, why) = served.export(TRACES, &request_of(&message)).rejected();
        assert_eq!(rejected, 1);
        assert!(why.contains("not UTF-8"), "{why}");
    }
    // Any other text is kept as far as possible.
    let more = [field(5, b"\xc3\x28"), broken(b"\xff", b"a\xffb")].concat();
    let message = raw_span(7, &more);
    assert_eq!(served.export(TRACES, &request_of(&message)).rejected().0, 0);
    let store = Reader::open(folder.path().join("whose.db")).unwrap();
    let records = store.latest(&LatestFilter::new(), 10).unwrap().rows;
    assert_eq!((records.len(), &*records[0].name), (1, "\u{fffd}("));
    assert_eq!(records[0].fields["\u{fffd}"], "a\u{fffd}b");
    is_alive(&served);
}

#[test]
fn hostile_texts_are_shown_as_text() {
    let folder = tempfile::tempdir().unwrap();
    let served = receiver(folder.path());
    let script = "<script>alert(1)</script>";
    let mut hostile = span(
        1,
        script,
        texts(&[
            ("user.id", script),
            ("session.id", script),
            (script, script),
            (
                "whose.actor.chain",
                "[{\"id\": 7}, 8, {\"id\": \"\"}, {\"id\": \"a\", \"kind\": \"x\"}]",
            ),
            ("whose.context.app", "not json"),
            ("whose.kind", "nonsense"),
            ("whose.scope_id", "zz"),
            ("whose.source", "late"),
            ("whose.weight", "1e9"),
        ]),
    );
    let infinite = [f64::NAN, f64::INFINITY, -1.0, 0.0];
    let weight = |weight| attribute("whose.weight", Value::DoubleValue(weight));
    hostile.attributes.extend(infinite.map(weight));
    assert_eq!(served.export(TRACES, &traces(vec![hostile])).status, 200);
    for path in ["/users", "/live", "/search?q=alert"] {
        assert!(!served.page(path).contains(script), "{path}");
    }
    let store = Reader::open(folder.path().join("whose.db")).unwrap();
    let record = &store.latest(&LatestFilter::new(), 1).unwrap().rows[0];
    assert_eq!((record.user.as_deref(), record.weight), (Some(script), 1.0));
    assert_eq!(record.user_source.as_deref(), Some("remote"));
    assert_eq!(record.actor.as_deref(), Some("a"));
    is_alive(&served);
}

#[test]
fn record_that_pretends_to_be_of_whose_reaches_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let served = receiver(folder.path());
    assert_eq!(
        served
            .export(
                TRACES,
                &traces(vec![span(1, "hers", texts(&[("user.id", "alice")]))])
            )
            .status,
        200
    );
    // A link and records of errors with broken parts, under the instrumentation scope of `whose`.
    let parts = [
        ("whose.scope_id", "0000000000000001"),
        ("user.id", "mallory"),
        ("whose.error.fingerprint", "short"),
        (
            "whose.breadcrumbs",
            "[{\"message\": 1}, {\"message\": \"m\", \"time\": \"never\", \"data\": []}]",
        ),
        ("whose.flags", "{\"a\": {}, \"b\": 1"),
        ("whose.level", "LOUD"),
        ("log.record.uid", ""),
    ];
    for event_name in [
        "whose.link",
        "exception",
        "gen_ai.usage",
        "whose.monitor.check_in",
        "",
    ] {
        let reply = served.export(LOGS, &own_logs(event_name, &parts));
        assert_eq!(reply.status, 200, "{event_name}: {reply:?}");
    }
    let store = Reader::open(folder.path().join("whose.db")).unwrap();
    let alice = store.user("alice", &Query::new()).unwrap().unwrap();
    assert_eq!(alice.counts.records(), 1);
    is_alive(&served);
}
