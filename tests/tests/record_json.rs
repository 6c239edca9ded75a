//! The JSON form of a record: the keys, their order, and the form of hostile contents.

use std::fmt;
use std::sync::Arc;

use serde_json::{Value, json};
use tracing::Level;
use tracing_subscriber::prelude::*;
use whose::testing::Recorder;
use whose::{
    Breadcrumb, Layer, Policy, PolicyKey, Record, Scope, Service, Session, Timestamp, User,
};
use whose_tests::memory_sink::MemorySink;

/// The records that a layer passes to its sinks.
fn records_through(layer: Layer, run: impl FnOnce()) -> Vec<Arc<Record>> {
    let kept = MemorySink::default();
    let layer = layer.with_sink(kept.clone());
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), run);
    kept.records()
}

fn json_of(record: &Record) -> String {
    serde_json::to_string(record).unwrap()
}

fn parsed(record: &Record) -> Value {
    serde_json::from_str(&json_of(record)).unwrap()
}

/// The values of a record that differ between two runs.
struct RunValues {
    time: String,
    line: u32,
    trace: String,
    span: String,
}

impl RunValues {
    fn of(record: &Record) -> Self {
        Self {
            time: Timestamp::from(record.start()).to_string(),
            line: record.call_site().unwrap().line,
            trace: record.trace_id().unwrap().to_string(),
            span: record.span_id().unwrap().to_string(),
        }
    }
}

const FILE: &str = "tests/tests/record_json.rs";

fn full_user() -> User {
    User::new("u-17")
        .with_email("a@example.com")
        .with_username("alice")
        .with_full_name("Alice A")
        .with_ip_address("192.0.2.7")
        .with_segment("beta")
        .with_attr("age", 42)
        .with_attr("plan", "pro")
}

const IDENTITY: &str = r#""user.id":"u-17","user.email":"a@example.com","user.name":"alice","user.full_name":"Alice A","user.ip_address":"192.0.2.7","user.segment":"beta","user.attrs.age":42,"user.attrs.plan":"pro","session.id":"s-2","session.previous_id":"s-1","whose.source":"isolation","whose.session_source":"isolation","tag.desk":"7","tag.lane":"b""#;
const DATA: &str = r#""extra":{"cart":[1,2]},"contexts":{"app":{"beta":true}}"#;
const SERVICE: &str =
    r#""service":{"name":"checkout","version":"1.2","environment":"prod","host":"h-1"}"#;

#[derive(Debug)]
struct Refused(std::num::ParseIntError);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("refused")
    }
}

impl std::error::Error for Refused {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

/// A span, an event and an error, each with every value that its type supports.
fn full() -> [Arc<Record>; 3] {
    let service = Service::new("checkout")
        .with_version("1.2")
        .with_environment("prod")
        .with_host("h-1");
    let layer = whose::layer().with_service(service).with_backtraces(true);
    let records = records_through(layer, || {
        Scope::isolated().in_scope(|| {
            whose::set_user(full_user());
            whose::set_session(Session::new("s-2").with_previous_id("s-1"));
            whose::set_tags([("desk", "7"), ("lane", "b")]);
            whose::set_extra("cart", [1, 2]);
            whose::set_context("app", json!({ "beta": true }));
            let _ = ask(3);
        });
    });
    let [event, error, span] = <[_; 3]>::try_from(records).unwrap();
    [span, event, error]
}

#[whose::trace(name = "ask", kind = llm, fields(step = step), err)]
fn ask(step: u32) -> Result<(), Refused> {
    tracing::warn!(target: "shop::cart", ready = true, ratio = 0.5, "hello");
    let crumb = Breadcrumb::new("opened")
        .with_category("ui")
        .with_type("log");
    whose::add_breadcrumb(crumb.with_level(Level::DEBUG).with_data("n", 1));
    Err(Refused("x".parse::<u32>().unwrap_err()))
}

#[test]
fn full_span_matches_documented_json() {
    let [span, ..] = full();
    let RunValues {
        time,
        line,
        trace,
        span: id,
    } = RunValues::of(&span);
    let nanos = span.duration().unwrap().as_nanos();
    assert_eq!(
        json_of(&span),
        format!(
            r#"{{"type":"span","time":"{time}","duration_ns":{nanos},"name":"ask","target":"record_json","level":"INFO","file":"{FILE}","line":{line},"kind":"llm","status":"error","message":"refused","trace_id":"{trace}","span_id":"{id}",{IDENTITY},"fields":{{"step":3}},{DATA},{SERVICE}}}"#
        )
    );
}

#[test]
fn full_event_matches_documented_json() {
    let [_, event, _] = full();
    let RunValues {
        time,
        line,
        trace,
        span,
    } = RunValues::of(&event);
    let name = event.name();
    assert_eq!(
        json_of(&event),
        format!(
            r#"{{"type":"event","time":"{time}","name":"{name}","target":"shop::cart","level":"WARN","file":"{FILE}","line":{line},"message":"hello","trace_id":"{trace}","span_id":"{span}","parent_id":"{span}",{IDENTITY},"fields":{{"ready":true,"ratio":0.5}},{DATA},{SERVICE}}}"#
        )
    );
}

#[test]
fn full_error_matches_documented_json() {
    let [_, _, error] = full();
    let RunValues {
        time,
        line,
        trace,
        span,
    } = RunValues::of(&error);
    let crumb = Timestamp::from(error.breadcrumbs().next().unwrap().timestamp());
    let fingerprint = error.fingerprint().unwrap();
    let backtrace = json!(error.backtrace().unwrap());
    let target = error.target();
    assert_eq!(
        json_of(&error),
        format!(
            r#"{{"type":"error","time":"{time}","name":"error","target":"{target}","level":"ERROR","file":"{FILE}","line":{line},"status":"error","message":"refused","trace_id":"{trace}","span_id":"{span}","parent_id":"{span}",{IDENTITY},"error.type":"record_json::Refused","error.causes":["invalid digit found in string"],"error.fingerprint":"{fingerprint}","error.span_path":["ask"],"error.backtrace":{backtrace},{DATA},"breadcrumbs":[{{"time":"{crumb}","message":"opened","category":"ui","type":"log","level":"DEBUG","data":{{"n":1}}}}],{SERVICE}}}"#
        )
    );
}

#[test]
fn unattributed_record_has_reason_and_omits_absent_keys() {
    let records = records_through(whose::layer(), || {
        whose::anonymous().in_scope(|| tracing::info!("hello"));
    });
    let line = records[0].call_site().unwrap().line;
    let (time, name) = (Timestamp::from(records[0].start()), records[0].name());
    assert_eq!(
        json_of(&records[0]),
        format!(
            r#"{{"type":"event","time":"{time}","name":"{name}","target":"record_json","level":"INFO","file":"{FILE}","line":{line},"message":"hello","whose.unattributed":"anonymous"}}"#
        )
    );
}

#[test]
fn time_is_rfc_3339_with_nanoseconds() {
    let rec = Recorder::start();
    tracing::info!("x");
    let json = parsed(&rec.events()[0]);
    let time = json["time"].as_str().unwrap();
    assert_eq!(time.len(), "2023-11-14T22:13:20.123456789Z".len(), "{time}");
    assert!(time.ends_with('Z') && &time[10..11] == "T", "{time}");
}

#[test]
fn hostile_texts_round_trip() {
    let text = "\"}\n,\\\u{0}\u{1b}[31m\u{202e}\u{2028}é\u{1f600}";
    let rec = Recorder::start();
    let user = User::new(text).with_email(text).with_attr(text, text);
    whose::user(user)
        .session(text)
        .tag("k", text)
        .extra(text, text)
        .context(text, json!({ text: text }))
        .in_scope(|| {
            whose::add_breadcrumb(Breadcrumb::new(text).with_data(text, text));
            tracing::info!(field = text, "{text}");
            whose::capture_message(text);
        });
    let event = json_of(&rec.events()[0]);
    assert_eq!(event.lines().count(), 1);
    assert!(!event.contains('\u{0}') && !event.contains('\u{1b}'));
    let error = parsed(&rec.errors()[0]);
    let event = parsed(&rec.events()[0]);
    for json in [&event, &error] {
        for key in ["user.id", "user.email", "session.id", "tag.k", "message"] {
            assert_eq!(json[key], text, "{key}");
        }
        assert_eq!(json[format!("user.attrs.{text}")], text);
        assert_eq!(json["extra"][text], text);
        assert_eq!(json["contexts"][text][text], text);
    }
    assert_eq!(event["fields"]["field"], text);
    let crumb = &error["breadcrumbs"][0];
    assert_eq!(
        (&crumb["message"], &crumb["data"][text]),
        (&json!(text), &json!(text))
    );
}

#[test]
fn non_json_numbers_are_texts() {
    let rec = Recorder::start();
    let user = User::new("u-17").with_attr("score", f64::NEG_INFINITY);
    whose::user(user).in_scope(|| {
        tracing::info!(nan = f64::NAN, inf = f64::INFINITY, most = u64::MAX, "x");
    });
    let json = parsed(&rec.events()[0]);
    assert_eq!(
        json["fields"],
        json!({ "nan": "NaN", "inf": "inf", "most": u64::MAX })
    );
    assert_eq!(json["user.attrs.score"], "-inf");
}

#[test]
fn field_recorded_twice_is_written_once() {
    let rec = Recorder::start();
    tracing::info!(step = 1, step = 2, "x");
    let json = json_of(&rec.events()[0]);
    assert!(json.contains(r#""fields":{"step":2}"#), "{json}");
}

#[test]
fn pseudonymised_user_has_hash_and_no_id() {
    let key = PolicyKey::new("k1", [7; 32]).unwrap();
    let records = records_through(
        whose::layer()
            .with_policy(Policy::pseudonymous(&key))
            .unwrap(),
        || {
            let scope =
                whose::user(full_user()).session(Session::new("s-2").with_previous_id("s-1"));
            scope.in_scope(|| tracing::info!("hello"));
        },
    );
    let json = parsed(&records[0]);
    assert_eq!(json["user.hash"], key.pseudonym("u-17"));
    assert_eq!(json["session.id"], key.pseudonym("s-2"));
    assert_eq!(json["session.previous_id"], key.pseudonym("s-1"));
    assert_eq!(json["whose.source"], "scope");
    let keys = json.as_object().unwrap().keys();
    let of_user: Vec<_> = keys.filter(|key| key.starts_with("user.")).collect();
    assert_eq!(of_user, ["user.hash"]);
}
