//! The properties of a record besides its user and session.

use std::time::{Duration, SystemTime};

use tracing::field::Empty;
use whose::testing::Recorder;
use whose::{Kind, RecordType, Source, Status, Value};

#[test]
fn span_record_carries_every_property() {
    let rec = Recorder::start();
    let before = SystemTime::now();
    {
        let outer = tracing::info_span!("outer", step = 1_u64, late = Empty, note = "x");
        let _outer = outer.enter();
        outer.record("late", 2.5);
        std::thread::sleep(Duration::from_millis(5));
        tracing::warn_span!(target: "elsewhere", "inner")
            .in_scope(|| tracing::info!(n = -3, "said"));
    }
    let (outer, inner) = (rec.span("outer"), rec.span("inner"));
    assert_eq!(outer.record_type(), RecordType::Span);
    assert_eq!(outer.field("step").and_then(Value::as_u64), Some(1));
    assert_eq!(outer.field("late").and_then(Value::as_f64), Some(2.5));
    assert_eq!(outer.field("note").unwrap(), &"x");
    assert_eq!(outer.status(), Status::Unset);
    assert!(outer.start() >= before && outer.start() <= SystemTime::now());
    assert!(outer.duration().unwrap() >= Duration::from_millis(5));
    assert!(outer.duration().unwrap() >= inner.duration().unwrap());
    assert_eq!(outer.target(), "records");
    assert_eq!(
        (inner.target(), inner.level()),
        ("elsewhere", tracing::Level::WARN)
    );
    assert!(outer.call_site().unwrap().file.ends_with("records.rs"));
    assert_eq!(outer.parent_id(), None);
    assert_eq!(inner.parent_id(), outer.span_id());
    assert_eq!(inner.trace_id(), outer.trace_id());
    let event = &rec.events()[0];
    assert_eq!(
        (event.message(), event.parent_id()),
        (Some("said"), inner.span_id())
    );
    assert_eq!(event.trace_id(), outer.trace_id());
    assert!(event.duration().is_none());
}

#[test]
fn different_roots_have_different_trace_ids() {
    let rec = Recorder::start();
    tracing::info_span!("a").in_scope(|| ());
    tracing::info_span!("b").in_scope(|| ());
    assert_ne!(rec.span("a").trace_id(), rec.span("b").trace_id());
}

#[test]
fn gen_ai_fields_are_read_on_any_span() {
    let rec = Recorder::start();
    let model = |operation: &str| {
        let span = tracing::info_span!(
            "chat",
            gen_ai.operation.name = operation,
            gen_ai.request.model = "gpt-4o",
            gen_ai.response.model = "gpt-4o-2024-08-06",
            gen_ai.provider.name = "openai",
            gen_ai.usage.input_tokens = 1000,
            gen_ai.usage.output_tokens = Empty,
        );
        span.record("gen_ai.usage.output_tokens", 200);
    };
    model("chat");
    let span = rec.span("chat");
    assert_eq!(span.kind(), Some(Kind::Llm));
    let usage = span.model_usage().unwrap();
    assert_eq!(
        (usage.model, usage.provider),
        ("gpt-4o-2024-08-06", Some("openai"))
    );
    assert_eq!((usage.tokens.input, usage.tokens.output), (1000, 200));

    // An agent span carries the total of its calls, so counting it would count every token twice.
    model("invoke_agent");
    let spans = rec.spans();
    let agent = &spans[1];
    assert_eq!(
        (agent.kind(), agent.model_usage()),
        (Some(Kind::Agent), None)
    );
}

#[test]
fn usage_is_recorded_for_current_user_and_trace() {
    let rec = Recorder::start();
    whose::user("alice")
        .session("s")
        .tag("plan", "pro")
        .in_scope(|| {
            let _span = tracing::info_span!("call").entered();
            whose::usage("gpt-4o-mini")
                .provider("openai")
                .input_tokens(1000)
                .output_tokens(200)
                .record();
        });
    let usage = &rec.events()[0];
    assert_eq!(usage.model_usage().unwrap().model, "gpt-4o-mini");
    assert_eq!(
        (usage.user_id(), usage.session_id(), usage.tag("plan")),
        (Some("alice"), Some("s"), Some("pro"))
    );
    assert_eq!(usage.parent_id(), rec.span("call").span_id());
    assert!(usage.call_site().unwrap().file.ends_with("records.rs"));
}

#[derive(Debug)]
struct Failure(std::io::Error);

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("cannot answer")
    }
}

impl std::error::Error for Failure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

#[test]
fn captured_error_has_type_causes_and_user() {
    let rec = Recorder::start();
    let error = Failure(std::io::Error::other("connection reset"));
    whose::user("alice").in_scope(|| {
        whose::capture_error(&error);
        let boxed: Box<dyn std::error::Error> = "just a text".into();
        whose::capture_error(&*boxed);
        whose::error(&error)
            .user("bob")
            .session("s-2")
            .tag("gateway", "b")
            .capture();
        assert_eq!(
            whose::current().user_id(),
            Some("alice"),
            "the report leaves the scope alone"
        );
    });
    let errors = rec.errors();
    assert_eq!(errors[0].message(), Some("cannot answer"));
    assert_eq!(errors[0].error_type(), Some("records::Failure"));
    assert_eq!(errors[0].causes().collect::<Vec<_>>(), ["connection reset"]);
    assert_eq!(
        (errors[0].user_id(), errors[0].user_source()),
        (Some("alice"), Some(Source::Scope))
    );
    assert_eq!(
        (errors[1].message(), errors[1].error_type()),
        (Some("just a text"), None)
    );
    assert_eq!(
        (errors[2].user_id(), errors[2].user_source()),
        (Some("bob"), Some(Source::Explicit))
    );
    assert_eq!(
        (errors[2].session_id(), errors[2].tag("gateway")),
        (Some("s-2"), Some("b"))
    );
}

#[whose::trace(user_id = "carol", kind = tool, err, output, input(n), tags(plan = "pro"))]
fn halve(n: u32) -> Result<u32, String> {
    if n % 2 == 1 {
        return Err(format!("{n} is odd"));
    }
    Ok(n / 2)
}

#[test]
fn traced_function_records_input_output_kind_and_failure() {
    let rec = Recorder::start();
    assert_eq!(halve(4), Ok(2));
    assert!(halve(3).is_err());
    let spans = rec.spans();
    assert_eq!(
        (spans[0].name(), spans[0].kind()),
        ("halve", Some(Kind::Tool))
    );
    assert_eq!(
        (spans[0].user_id(), spans[0].user_source()),
        (Some("carol"), Some(Source::Explicit))
    );
    assert_eq!(spans[0].tag("plan"), Some("pro"));
    assert_eq!(
        spans[0]
            .field("input.n")
            .map(ToString::to_string)
            .as_deref(),
        Some("4")
    );
    assert!(spans[0].field("output").unwrap().to_string().contains('2'));
    assert_eq!(
        (spans[0].status(), spans[1].status()),
        (Status::Unset, Status::Error)
    );
    assert_eq!(spans[1].message(), Some("3 is odd"));
    let errors = rec.errors();
    assert_eq!(errors.len(), 1);
    assert_eq!(
        (errors[0].message(), errors[0].user_id()),
        (Some("3 is odd"), Some("carol"))
    );
    assert_eq!(errors[0].parent_id(), spans[1].span_id());
}

#[test]
fn other_layers_see_no_identity_fields() {
    let rec = Recorder::start();
    assert_eq!(halve(4), Ok(2));
    let span = rec.span("halve");
    assert!(
        span.fields()
            .all(|(key, value)| !key.starts_with("user") && *value != "carol")
    );
}

#[test]
fn explicit_fields_set_user_session_and_tags() {
    let rec = Recorder::start();
    tracing::info!(user.id = 7, user.email = "a@b.c", session.id = %"s-1", tag.plan = "pro", user.attrs.seats = 3, "x");
    tracing::info!(user.email = "a@b.c", "no id");
    let events = rec.events();
    let user = events[0].user().unwrap();
    assert_eq!((user.id(), user.email()), (Some("7"), Some("a@b.c")));
    assert_eq!(user.attr("seats").and_then(Value::as_u64), Some(3));
    assert_eq!(
        (events[0].session_id(), events[0].tag("plan")),
        (Some("s-1"), Some("pro"))
    );
    assert_eq!(
        events[0].fields().count(),
        0,
        "identity fields are no other fields"
    );
    assert_eq!(events[1].user(), None);
    assert_eq!(events[1].field("user.email").unwrap(), &"a@b.c");
}

#[test]
fn huge_field_is_truncated_and_counted() {
    let rec = Recorder::start();
    let before = whose::stats().truncated_values();
    tracing::info!(text = "é".repeat(1_000_000), "x");
    let events = rec.events();
    assert!(events[0].field("text").unwrap().as_str().unwrap().len() <= whose::Limits::FIELD_BYTES);
    assert!(whose::stats().truncated_values() > before);
}
