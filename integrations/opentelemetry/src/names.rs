//! The names of the dialects and of OpenTelemetry's instruments: one table.
//!
//! The names of users, sessions and model calls are those of the crate `whose`.

/// OpenInference, which Arize Phoenix reads.
pub(crate) mod open_inference {
    pub(crate) const SPAN_KIND: &str = "openinference.span.kind";
    pub(crate) const MODEL: &str = "llm.model_name";
    pub(crate) const PROVIDER: &str = "llm.provider";
    pub(crate) const PROMPT_TOKENS: &str = "llm.token_count.prompt";
    pub(crate) const COMPLETION_TOKENS: &str = "llm.token_count.completion";
    pub(crate) const TOTAL_TOKENS: &str = "llm.token_count.total";
    pub(crate) const CACHE_READ_TOKENS: &str = "llm.token_count.prompt_details.cache_read";
    pub(crate) const CACHE_WRITE_TOKENS: &str = "llm.token_count.prompt_details.cache_write";
    pub(crate) const REASONING_TOKENS: &str = "llm.token_count.completion_details.reasoning";
    pub(crate) const INPUT: &str = "input.value";
    pub(crate) const INPUT_TYPE: &str = "input.mime_type";
    pub(crate) const OUTPUT: &str = "output.value";
    pub(crate) const OUTPUT_TYPE: &str = "output.mime_type";
    pub(crate) const TOOL: &str = "tool.name";
    pub(crate) const AGENT: &str = "agent.name";
}

/// Langfuse.
pub(crate) mod langfuse {
    pub(crate) const USER: &str = "langfuse.user.id";
    pub(crate) const SESSION: &str = "langfuse.session.id";
    pub(crate) const TYPE: &str = "langfuse.observation.type";
    pub(crate) const MODEL: &str = "langfuse.observation.model.name";
    pub(crate) const USAGE: &str = "langfuse.observation.usage_details";
    pub(crate) const INPUT: &str = "langfuse.observation.input";
    pub(crate) const OUTPUT: &str = "langfuse.observation.output";
}

/// MLflow.
pub(crate) mod mlflow {
    pub(crate) const USER: &str = "mlflow.trace.user";
    pub(crate) const SESSION: &str = "mlflow.trace.session";
    pub(crate) const TYPE: &str = "mlflow.spanType";

    pub(crate) const INPUT: &str = "mlflow.spanInputs";
    pub(crate) const OUTPUT: &str = "mlflow.spanOutputs";
}

/// Captured input and output, as the macros of `whose` name the fields.
pub(crate) mod captured {
    /// The beginning of the name of an argument.
    pub(crate) const INPUT: &str = "input.";
    pub(crate) const OUTPUT: &str = "output";
}

/// The name of the event and of the log record of an exception.
pub(crate) const EXCEPTION: &str = "exception";

/// Marks for our own processors, which remove them.
pub(crate) mod marker {
    /// A span event that has its own user already.
    pub(crate) const STAMPED: &str = "whose.stamped";
}

/// Instruments and their attributes.
pub(crate) mod metric {
    /// The name of the meter.
    pub(crate) const METER: &str = "whose";
    pub(crate) const TOKEN_USAGE: &str = "gen_ai.client.token.usage";
    pub(crate) const OPERATION_DURATION: &str = "gen_ai.client.operation.duration";
    pub(crate) const TOKEN_TYPE: &str = "gen_ai.token.type";
    pub(crate) const INPUT: &str = "input";
    pub(crate) const OUTPUT: &str = "output";
    /// The conventions have no name for money.
    pub(crate) const COST: &str = "whose.usage.cost";
    pub(crate) const REQUESTS: &str = "whose.requests";
    pub(crate) const ERRORS: &str = "whose.errors";
    /// Whether a request failed.
    pub(crate) const FAILED: &str = "whose.failed";
    /// The records whose user is past the bound.
    pub(crate) const OVERFLOWED: &str = "whose.metrics.overflowed";
    /// `true` in place of a user past the bound.
    pub(crate) const OVERFLOW: &str = "whose.overflow";
}
