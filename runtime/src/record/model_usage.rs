use crate::model::Value;
use crate::record::kind::Kind;
use crate::record::record::Record;

/// The usage of a language model, read from the `gen_ai.*` fields of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ModelUsage<'a> {
    /// The model that answered (`gen_ai.response.model`), else the one that was asked
    /// (`gen_ai.request.model`).
    pub model: &'a str,
    /// Who serves it (`gen_ai.provider.name`, or its older name `gen_ai.system`).
    pub provider: Option<&'a str>,
    /// The tokens that went in.
    pub input_tokens: u64,
    /// The tokens that came out.
    pub output_tokens: u64,
}

impl<'a> ModelUsage<'a> {
    /// The usage that the record reports for itself.
    ///
    /// A span that sums up the calls below it (an agent, a workflow) reports none: counting it
    /// beside the calls themselves would count every token twice.
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
    /// What a model was used for here, by the `gen_ai.*` fields.
    #[must_use]
    pub fn model_usage(&self) -> Option<ModelUsage<'_>> {
        ModelUsage::of(self)
    }
}
