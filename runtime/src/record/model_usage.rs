use crate::model::Value;
use crate::record::kind::Kind;
use crate::record::record::Record;

/// The tokens that a call of a language model used, from the `gen_ai.*` fields of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ModelUsage<'a> {
    /// The model that responded (`gen_ai.response.model`), or else the requested model
    /// (`gen_ai.request.model`).
    pub model: &'a str,
    /// The provider of the model (`gen_ai.provider.name`, or its older name `gen_ai.system`).
    pub provider: Option<&'a str>,
    /// The number of input tokens.
    pub input_tokens: u64,
    /// The number of output tokens.
    pub output_tokens: u64,
}

impl<'a> ModelUsage<'a> {
    /// The usage of this record alone.
    ///
    /// A span that sums up inner calls (an agent, a workflow) has no usage. Its sum and the calls
    /// themselves would count every token twice.
    pub(crate) fn of(record: &'a Record) -> Option<Self> {
        let text = |name| {
            record
                .field(name)
                .and_then(Value::as_str)
                .filter(|text| !text.is_empty())
        };
        let tokens = |name, older| {
            record
                .field(name)
                .or_else(|| record.field(older))
                .and_then(Value::as_u64)
        };
        let model = text("gen_ai.response.model").or_else(|| text("gen_ai.request.model"))?;
        let input = tokens("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens");
        let output = tokens(
            "gen_ai.usage.output_tokens",
            "gen_ai.usage.completion_tokens",
        );
        if input.is_none() && output.is_none() {
            return None;
        }
        if matches!(record.kind(), Some(Kind::Agent | Kind::Chain | Kind::Tool)) {
            return None;
        }
        Some(Self {
            model,
            provider: text("gen_ai.provider.name").or_else(|| text("gen_ai.system")),
            input_tokens: input.unwrap_or(0),
            output_tokens: output.unwrap_or(0),
        })
    }
}

impl Record {
    /// The tokens that a call of a language model used, if the record has `gen_ai.*` fields.
    ///
    /// ```
    /// let rec = whose::testing::Recorder::start();
    /// whose::usage("gpt-4o-mini").input_tokens(1000).output_tokens(200).record();
    ///
    /// let events = rec.events();
    /// let usage = events[0].model_usage().unwrap();
    /// assert_eq!((usage.model, usage.input_tokens, usage.output_tokens), ("gpt-4o-mini", 1000, 200));
    /// ```
    #[must_use]
    pub fn model_usage(&self) -> Option<ModelUsage<'_>> {
        ModelUsage::of(self)
    }
}
