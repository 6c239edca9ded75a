//! The names of OpenInference, Langfuse and MLflow.

#![allow(clippy::unwrap_used)]

mod common;

use common::{Sdk, all};
use opentelemetry::KeyValue;
use opentelemetry::trace::{Span as _, Tracer};
use tracing_subscriber::prelude::*;
use whose_opentelemetry::{Bridge, Dialect};

#[whose::trace(kind = agent, input(question), output)]
fn plan(question: &str) -> String {
    let span = tracing::info_span!(
        "chat",
        gen_ai.operation.name = "chat",
        gen_ai.request.model = "gpt-4o-mini",
        gen_ai.provider.name = "openai",
        gen_ai.usage.input_tokens = 1000,
        gen_ai.usage.output_tokens = 200,
        gen_ai.usage.cache_read.input_tokens = 400,
        gen_ai.usage.reasoning.output_tokens = 50,
    );
    span.in_scope(|| ());
    search(question);
    format!("answer to {question}")
}

#[whose::trace(kind = llm)]
fn complete() {
    whose::usage("claude-sonnet-4-6")
        .provider("anthropic")
        .input_tokens(5)
        .output_tokens(9)
        .record();
}

#[whose::trace(kind = tool)]
fn search(_question: &str) {}

fn run(bridge: Bridge) -> Sdk {
    let sdk = Sdk::with_processor(bridge);
    let telemetry = tracing_opentelemetry::layer().with_tracer(sdk.tracer());
    let subscriber = tracing_subscriber::registry()
        .with(whose::layer())
        .with(sdk.bridge.layer(telemetry));
    tracing::subscriber::with_default(subscriber, || {
        whose::user("alice").session("s-1").in_scope(|| {
            plan("why?");
            complete();
            let mut native = sdk.tracer().start("embed");
            native.set_attribute(KeyValue::new("gen_ai.operation.name", "embeddings"));
            native.set_attribute(KeyValue::new("gen_ai.usage.input_tokens", 7));
        });
    });
    sdk
}

#[test]
fn open_inference_has_kind_model_tokens_input_and_output() {
    let sdk = run(Bridge::new().with_dialect(Dialect::OpenInference));
    let of = |span: &str, name: &str| all(&sdk.span(span).attributes, name);
    assert_eq!(of("plan", "openinference.span.kind"), ["AGENT"]);
    assert_eq!(of("plan", "input.value"), ["why?"]);
    assert_eq!(of("plan", "input.mime_type"), ["text/plain"]);
    assert_eq!(of("plan", "output.value"), ["answer to why?"]);
    assert_eq!(of("search", "openinference.span.kind"), ["TOOL"]);
    assert_eq!(of("chat", "openinference.span.kind"), ["LLM"]);
    assert_eq!(of("chat", "llm.model_name"), ["gpt-4o-mini"]);
    assert_eq!(of("chat", "llm.provider"), ["openai"]);
    assert_eq!(of("chat", "llm.token_count.prompt"), ["1000"]);
    assert_eq!(of("chat", "llm.token_count.completion"), ["200"]);
    assert_eq!(of("chat", "llm.token_count.total"), ["1200"]);
    assert_eq!(
        of("chat", "llm.token_count.prompt_details.cache_read"),
        ["400"]
    );
    assert_eq!(of("chat", "user.id"), ["alice"]);
    assert_eq!(of("chat", "session.id"), ["s-1"]);
    assert_eq!(of("complete", "openinference.span.kind"), ["LLM"]);
    assert_eq!(of("complete", "llm.model_name"), ["claude-sonnet-4-6"]);
    assert_eq!(of("complete", "llm.token_count.total"), ["14"]);
    assert_eq!(of("complete", "gen_ai.usage.output_tokens"), ["9"]);
    assert_eq!(of("embed", "openinference.span.kind"), ["EMBEDDING"]);
    assert_eq!(of("embed", "llm.token_count.prompt"), ["7"]);
}

#[test]
fn langfuse_has_type_and_counts_that_do_not_overlap() {
    let sdk = run(Bridge::new().with_dialect(Dialect::Langfuse));
    let of = |span: &str, name: &str| all(&sdk.span(span).attributes, name);
    for span in ["plan", "chat", "search", "embed"] {
        assert_eq!(of(span, "langfuse.user.id"), ["alice"]);
        assert_eq!(of(span, "langfuse.session.id"), ["s-1"]);
    }
    assert_eq!(of("plan", "langfuse.observation.type"), ["agent"]);
    assert_eq!(of("chat", "langfuse.observation.type"), ["generation"]);
    assert_eq!(
        of("chat", "langfuse.observation.usage_details"),
        [
            r#"{"input":600,"output":150,"input_cached_tokens":400,"output_reasoning_tokens":50,"total":1200}"#
        ]
    );
}

#[test]
fn mlflow_has_user_session_and_type() {
    let sdk = run(Bridge::new().with_dialect(Dialect::MLflow));
    let of = |span: &str, name: &str| all(&sdk.span(span).attributes, name);
    assert_eq!(of("chat", "mlflow.trace.user"), ["alice"]);
    assert_eq!(of("chat", "mlflow.trace.session"), ["s-1"]);
    assert_eq!(of("plan", "mlflow.spanType"), ["AGENT"]);
    assert_eq!(of("plan", "mlflow.spanOutputs"), ["answer to why?"]);
}

#[test]
fn several_dialects_add_up_and_none_adds_nothing() {
    let both = Bridge::new()
        .with_dialect(Dialect::MLflow)
        .with_dialect(Dialect::OpenInference)
        .with_dialect(Dialect::MLflow);
    let sdk = run(both);
    assert_eq!(
        all(&sdk.span("chat").attributes, "mlflow.spanType"),
        ["LLM"]
    );
    assert_eq!(
        all(&sdk.span("chat").attributes, "llm.model_name"),
        ["gpt-4o-mini"]
    );

    let sdk = run(Bridge::new());
    let attributes = sdk.span("chat").attributes;
    let foreign = ["openinference.", "llm.", "langfuse.", "mlflow."];
    assert!(
        attributes
            .iter()
            .all(|it| !foreign.iter().any(|name| it.key.as_str().starts_with(name)))
    );
}
