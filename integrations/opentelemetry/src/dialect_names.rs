//! Translates identities and model calls into the names of a dialect.

use std::sync::Arc;

use opentelemetry::{KeyValue, Value};
use whose::{Attribution, Kind};

use crate::dialect::Dialect;
use crate::model_call::{ModelCall, Tokens};
use crate::names::{langfuse, mlflow, open_inference};

/// Adds the names of the dialect for the user and the session.
pub(crate) fn add_identity(
    dialect: Dialect,
    attribution: &Attribution,
    attributes: &mut Vec<KeyValue>,
) {
    let (user, session) = match dialect {
        // Reads the standard names.
        Dialect::OpenInference => return,
        Dialect::Langfuse => (langfuse::USER, langfuse::SESSION),
        Dialect::MLflow => (mlflow::USER, mlflow::SESSION),
    };
    let ids = [
        (user, attribution.user_id()),
        (session, attribution.session_id()),
    ];
    for (name, id) in ids {
        if let Some(id) = id {
            attributes.push(KeyValue::new(name, Arc::<str>::from(id)));
        }
    }
}

/// Whether a dialect writes the name of a user or a session. The fields of a span with that name give
/// way.
pub(crate) fn is_identity(name: &str) -> bool {
    [
        langfuse::USER,
        langfuse::SESSION,
        mlflow::USER,
        mlflow::SESSION,
    ]
    .contains(&name)
}

/// Adds the names of the dialect for what the span did. A name that the span has already stays.
pub(crate) fn add_call(dialect: Dialect, call: &ModelCall, attributes: &mut Vec<KeyValue>) {
    let before = attributes.len();
    let mut add = |name: &'static str, value: Option<Value>| {
        let value = value.filter(|_| {
            let mut before = attributes[..before].iter();
            before.all(|attribute| attribute.key.as_str() != name)
        });
        if let Some(value) = value {
            attributes.push(KeyValue::new(name, value));
        }
    };
    match dialect {
        Dialect::OpenInference => open_inference(call, &mut add),
        Dialect::Langfuse => {
            let kind = call.kind.map(|kind| langfuse_type(kind).into());
            add(langfuse::TYPE, kind);
            add(langfuse::MODEL, call.model.clone());
            add(langfuse::USAGE, langfuse_usage(&call.tokens));
            add(langfuse::INPUT, call.input.clone().map(Value::from));
            add(langfuse::OUTPUT, call.output.clone());
        }
        Dialect::MLflow => {
            let kind = call.kind.map(|kind| mlflow_type(kind).into());
            add(mlflow::TYPE, kind);
            add(mlflow::INPUT, call.input.clone().map(Value::from));
            add(mlflow::OUTPUT, call.output.clone());
        }
    }
}

fn open_inference(call: &ModelCall, add: &mut impl FnMut(&'static str, Option<Value>)) {
    let Tokens {
        input,
        output,
        cache_read,
        cache_write,
        reasoning,
    } = call.tokens;
    let total = match (input, output) {
        (None, None) => None,
        (input, output) => Some(input.unwrap_or(0).saturating_add(output.unwrap_or(0))),
    };
    add(
        open_inference::SPAN_KIND,
        call.kind.map(|kind| open_inference_kind(kind).into()),
    );
    add(open_inference::MODEL, call.model.clone());
    add(open_inference::PROVIDER, call.provider.clone());
    let counts = [
        (open_inference::PROMPT_TOKENS, input),
        (open_inference::COMPLETION_TOKENS, output),
        (open_inference::TOTAL_TOKENS, total),
        (open_inference::CACHE_READ_TOKENS, cache_read),
        (open_inference::CACHE_WRITE_TOKENS, cache_write),
        (open_inference::REASONING_TOKENS, reasoning),
    ];
    for (name, count) in counts {
        add(name, count.map(Value::from));
    }
    add(open_inference::AGENT, call.agent.clone());
    add(open_inference::TOOL, call.tool.clone());
    let text = |is_there: bool| is_there.then(|| Value::from("text/plain"));
    add(open_inference::INPUT, call.input.clone().map(Value::from));
    add(open_inference::INPUT_TYPE, text(call.input.is_some()));
    add(open_inference::OUTPUT, call.output.clone());
    add(open_inference::OUTPUT_TYPE, text(call.output.is_some()));
}

fn open_inference_kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Agent => "AGENT",
        Kind::Llm => "LLM",
        Kind::Tool => "TOOL",
        Kind::Retriever => "RETRIEVER",
        Kind::Embedding => "EMBEDDING",
        // OpenInference has no kind for other work.
        _ => "CHAIN",
    }
}

fn langfuse_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Agent => "agent",
        Kind::Llm => "generation",
        Kind::Tool => "tool",
        Kind::Chain => "chain",
        Kind::Retriever => "retriever",
        Kind::Embedding => "embedding",
        _ => "span",
    }
}

fn mlflow_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Agent => "AGENT",
        Kind::Llm => "LLM",
        Kind::Tool => "TOOL",
        Kind::Chain => "CHAIN",
        Kind::Retriever => "RETRIEVER",
        Kind::Embedding => "EMBEDDING",
        _ => "TASK",
    }
}

/// Langfuse counts each part apart: `input` has no cached tokens, and `output` no reasoning tokens.
fn langfuse_usage(tokens: &Tokens) -> Option<Value> {
    if tokens.input.is_none() && tokens.output.is_none() {
        return None;
    }
    let part = |count: Option<i64>| count.unwrap_or(0);
    let cached = part(tokens.cache_read).saturating_add(part(tokens.cache_write));
    let counts = [
        ("input", part(tokens.input).saturating_sub(cached).max(0)),
        (
            "output",
            part(tokens.output)
                .saturating_sub(part(tokens.reasoning))
                .max(0),
        ),
        ("input_cached_tokens", part(tokens.cache_read)),
        ("input_cache_creation", part(tokens.cache_write)),
        ("output_reasoning_tokens", part(tokens.reasoning)),
        (
            "total",
            part(tokens.input).saturating_add(part(tokens.output)),
        ),
    ];
    let counts = counts.iter().filter(|(_, count)| *count > 0);
    let counts = counts.map(|(name, count)| format!("\"{name}\":{count}"));
    let counts = counts.collect::<Vec<_>>().join(",");
    Some(format!("{{{counts}}}").into())
}
