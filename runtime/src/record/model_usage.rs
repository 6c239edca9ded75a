//! The usage of a model call, from the fields of a record.

use crate::model::Value;
use crate::names::{gen_ai, WireName};
use crate::record::kind::Kind;
use crate::record::record::Record;
use crate::record::token_counts::TokenCounts;

/// The model and the tokens of one call, from the `gen_ai.*` fields of a record.
///
/// The fields of OpenInference (`llm.token_count.*`), Langfuse and older conventions are read too: see
/// [`names::gen_ai`](crate::names::gen_ai).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ModelUsage<'a> {
    /// The model that responded (`gen_ai.response.model`), or else the requested model
    /// (`gen_ai.request.model`).
    pub model: &'a str,
    /// The provider of the model (`gen_ai.provider.name`, or its older name `gen_ai.system`).
    pub provider: Option<&'a str>,
    /// The service tier that the provider billed, such as `batch` or `priority`, as reported.
    pub service_tier: Option<&'a str>,
    /// The agent that made the call (`gen_ai.agent.name`): the one that the call names, or else the
    /// nearest span of an agent around the call.
    pub agent: Option<&'a str>,
    /// The tool that made the call (`gen_ai.tool.name`), found like the agent.
    pub tool: Option<&'a str>,
    /// The number of tokens, by kind.
    pub tokens: TokenCounts,
}

impl<'a> ModelUsage<'a> {
    /// The usage of this record alone.
    ///
    /// A span that sums up inner calls (an agent, a workflow) has no usage. Its sum and the calls
    /// themselves would count every token twice.
    pub(crate) fn of(record: &'a Record) -> Option<Self> {
        let text = |name| text(record, name);
        let model = text(gen_ai::RESPONSE_MODEL).or_else(|| text(gen_ai::REQUEST_MODEL))?;
        let tokens = counts(record)?;
        if matches!(record.kind(), Some(Kind::Agent | Kind::Chain | Kind::Tool)) {
            return None;
        }
        Some(Self {
            model,
            provider: text(gen_ai::PROVIDER),
            service_tier: text(gen_ai::SERVICE_TIER),
            agent: text(gen_ai::AGENT),
            tool: text(gen_ai::TOOL),
            tokens,
        })
    }
}

/// The value of the first spelling that `read` accepts.
fn read<'a, T>(
    record: &'a Record,
    name: WireName,
    read: impl Fn(&'a Value) -> Option<T>,
) -> Option<T> {
    name.spellings()
        .find_map(|spelling| read(record.field(spelling)?))
}

fn text(record: &Record, name: WireName) -> Option<&str> {
    read(record, name, |value| {
        value.as_str().filter(|text| !text.is_empty())
    })
}

/// The counts; `None` if the record has neither input nor output tokens.
fn counts(record: &Record) -> Option<TokenCounts> {
    if let Some(details) = text(record, gen_ai::USAGE_DETAILS) {
        return TokenCounts::from_usage_details(details);
    }
    let count = |name| read(record, name, Value::as_u64);
    let (input, output) = (count(gen_ai::INPUT_TOKENS), count(gen_ai::OUTPUT_TOKENS));
    if input.is_none() && output.is_none() {
        return None;
    }
    let part = |name| count(name).unwrap_or(0);
    let counts = TokenCounts {
        cache_read: part(gen_ai::CACHE_READ_TOKENS),
        cache_write: part(gen_ai::CACHE_WRITE_TOKENS),
        cache_write_1h: part(gen_ai::CACHE_WRITE_1H_TOKENS),
        reasoning: part(gen_ai::REASONING_TOKENS),
        audio_input: part(gen_ai::AUDIO_INPUT_TOKENS),
        audio_output: part(gen_ai::AUDIO_OUTPUT_TOKENS),
        ..TokenCounts::new(input.unwrap_or(0), output.unwrap_or(0))
    };
    Some(counts.with_parts_included())
}

impl Record {
    /// For a span, the fields of the model calls that [`usage`](crate::usage()) reported directly inside
    /// the span; empty without such a call.
    ///
    /// Use the fields for a tool that reads tokens from spans only. Each call has a record of its own, so
    /// a tool that reads events too counts the tokens there. The tokens of several calls inside one span
    /// add up; the first call names the model.
    ///
    /// ```
    /// let rec = whose::testing::Recorder::start();
    /// tracing::info_span!("summarise").in_scope(|| {
    ///     whose::usage("gpt-4o-mini").input_tokens(10).output_tokens(3).record();
    ///     whose::usage("gpt-4o-mini").input_tokens(5).output_tokens(1).record();
    /// });
    /// let span = rec.span("summarise");
    /// let input = span.usage_inside().find(|(name, _)| *name == "gen_ai.usage.input_tokens");
    /// assert_eq!(input.unwrap().1.as_u64(), Some(15));
    /// assert!(span.model_usage().is_none());
    /// ```
    pub fn usage_inside(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.usage_inside.iter().map(|(name, value)| (*name, value))
    }

    /// The model and the tokens of a model call, if the record has `gen_ai.*` fields.
    ///
    /// ```
    /// let rec = whose::testing::Recorder::start();
    /// whose::usage("gpt-4o-mini").input_tokens(1000).output_tokens(200).record();
    ///
    /// let events = rec.events();
    /// let usage = events[0].model_usage().unwrap();
    /// assert_eq!((usage.model, usage.tokens.input, usage.tokens.output), ("gpt-4o-mini", 1000, 200));
    /// ```
    #[must_use]
    pub fn model_usage(&self) -> Option<ModelUsage<'_>> {
        ModelUsage::of(self)
    }
}
