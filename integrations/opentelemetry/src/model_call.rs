//! A model call, a tool or an agent, from the attributes of a span.

use opentelemetry::{KeyValue, Value};
use whose::Kind;
use whose::names::{WireName, gen_ai};

use crate::names::captured;

/// What the dialects name differently.
#[derive(Debug, Default)]
pub(crate) struct ModelCall {
    pub(crate) kind: Option<Kind>,
    pub(crate) model: Option<Value>,
    pub(crate) provider: Option<Value>,
    pub(crate) agent: Option<Value>,
    pub(crate) tool: Option<Value>,
    pub(crate) tokens: Tokens,
    pub(crate) input: Option<String>,
    pub(crate) output: Option<Value>,
}

#[derive(Debug, Default)]
pub(crate) struct Tokens {
    /// All input tokens.
    pub(crate) input: Option<i64>,
    pub(crate) output: Option<i64>,
    pub(crate) cache_read: Option<i64>,
    pub(crate) cache_write: Option<i64>,
    pub(crate) reasoning: Option<i64>,
}

impl ModelCall {
    /// Reads the attributes. `kind` is the kind that `whose` knows of the span.
    pub(crate) fn of(attributes: &[KeyValue], kind: Option<Kind>) -> Self {
        let value = |name| find(attributes, name);
        let count = |name| match value(name)? {
            Value::I64(count) => Some(*count),
            // Counts past 32 bits, and those that a library prints.
            Value::String(text) => text.as_str().parse().ok(),
            Value::F64(count) => Some(*count as i64),
            _ => None,
        };
        let operation = value(gen_ai::OPERATION).and_then(|operation| match operation {
            Value::String(operation) => Kind::of_operation(operation.as_str()),
            _ => None,
        });
        Self {
            kind: kind.or(operation),
            model: value(gen_ai::RESPONSE_MODEL)
                .or_else(|| value(gen_ai::REQUEST_MODEL))
                .cloned(),
            provider: value(gen_ai::PROVIDER).cloned(),
            agent: value(gen_ai::AGENT).cloned(),
            tool: value(gen_ai::TOOL).cloned(),
            tokens: Tokens {
                input: count(gen_ai::INPUT_TOKENS),
                output: count(gen_ai::OUTPUT_TOKENS),
                cache_read: count(gen_ai::CACHE_READ_TOKENS),
                cache_write: count(gen_ai::CACHE_WRITE_TOKENS),
                reasoning: count(gen_ai::REASONING_TOKENS),
            },
            input: input(attributes),
            output: last(attributes, captured::OUTPUT).cloned(),
        }
    }
}

fn find(attributes: &[KeyValue], name: WireName) -> Option<&Value> {
    name.spellings()
        .find_map(|spelling| last(attributes, spelling))
}

/// The value that was recorded last.
fn last<'a>(attributes: &'a [KeyValue], name: &str) -> Option<&'a Value> {
    let mut attributes = attributes.iter().rev();
    let found = attributes.find(|attribute| attribute.key.as_str() == name);
    found.map(|attribute| &attribute.value)
}

/// The captured arguments: the text of the one, or the lines of several.
fn input(attributes: &[KeyValue]) -> Option<String> {
    let arguments = attributes.iter().filter_map(|attribute| {
        let name = attribute.key.as_str().strip_prefix(captured::INPUT)?;
        // The names of OpenInference, which a library has written.
        (!matches!(name, "value" | "mime_type")).then_some((name, &attribute.value))
    });
    let arguments: Vec<_> = arguments.collect();
    match &*arguments {
        [] => None,
        [(_, value)] => Some(value.as_str().into_owned()),
        several => {
            let lines = several
                .iter()
                .map(|(name, value)| format!("{name}: {value}"));
            Some(lines.collect::<Vec<_>>().join("\n"))
        }
    }
}
