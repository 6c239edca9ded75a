//! The names of calls of generative models.
//!
//! The names that are written follow OpenTelemetry's semantic conventions for generative AI, version
//! [`CONVENTIONS`]. The conventions are in development, so names change: an old name becomes an alias.
//!
//! The aliases come from
//! - earlier versions of the conventions (`gen_ai.system`, `gen_ai.usage.prompt_tokens`, ..),
//! - OpenInference (`llm.*`),
//! - Langfuse (`langfuse.observation.*`),
//! - Sentry (`gen_ai.usage.input_tokens.cached`, ..),
//! - rig 0.32 to 0.35 (`gen_ai.usage.cached_tokens`),
//! - OpenLLMetry, Strands and Logfire (`gen_ai.usage.cache_read_input_tokens`,
//!   `gen_ai.usage.details.*`).

use crate::names::wire_name::wire_names;
use crate::names::WireName;

/// The version of the semantic conventions for generative AI that the names follow.
pub const CONVENTIONS: &str = "0.1.0";

/// The name of the event that reports the usage of one call.
pub const USAGE_EVENT: &str = "gen_ai.usage";

/// The fields with the content of messages, which is kept on request only: see
/// [`MessageContent`](crate::MessageContent). A field whose name continues one of these after a dot or
/// a bracket counts too (`gen_ai.prompt.0.content`, `llm.input_messages[0]`).
pub const CONTENT: [&str; 13] = [
    "gen_ai.input.messages",
    "gen_ai.output.messages",
    "gen_ai.system_instructions",
    "gen_ai.tool.call.arguments",
    "gen_ai.tool.call.result",
    "gen_ai.prompt",
    "gen_ai.completion",
    "llm.input_messages",
    "llm.output_messages",
    "langfuse.observation.input",
    "langfuse.observation.output",
    "traceloop.entity.input",
    "traceloop.entity.output",
];

/// Returns `true` if a field of that name has the content of messages.
#[must_use]
#[inline]
pub fn is_content(name: &str) -> bool {
    // Every field of every record is asked, so most names are refused by their first bytes.
    let may_be = matches!(
        name.as_bytes(),
        [b'g', b'e', b'n', b'_', ..]
            | [b'l', b'l', b'm', b'.', ..]
            | [b'l', b'a', b'n', b'g', ..]
            | [b't', b'r', b'a', b'c', ..]
    );
    may_be && name != PROMPT_NAME.name && CONTENT.iter().any(|content| continues(name, content))
}

/// Returns `true` if a field of that name may count the tokens of a model call. Every field of every
/// record is asked, so only the first bytes are compared.
#[inline]
pub(crate) fn may_count_tokens(name: &str) -> bool {
    matches!(
        name.as_bytes(),
        [b'g', b'e', b'n', b'_', ..] | [b'l', b'l', b'm', b'.', ..] | [b'l', b'a', b'n', b'g', ..]
    )
}

fn continues(name: &str, content: &str) -> bool {
    let rest = name.strip_prefix(content);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// Other names of the kind of a span: OpenInference's and Langfuse's. Read, and never written.
pub const KIND_ALIASES: [&str; 2] = ["openinference.span.kind", "langfuse.observation.type"];

wire_names! {
    /// The operation, such as `chat`, `embeddings`, `execute_tool` or `invoke_agent`.
    OPERATION = "gen_ai.operation.name";
    /// The provider that the client calls.
    PROVIDER = "gen_ai.provider.name", also "gen_ai.system" "llm.provider" "llm.system";
    /// The model that the client requested.
    REQUEST_MODEL = "gen_ai.request.model", also "llm.request.model" "llm.model_name"
        "langfuse.observation.model.name";
    /// The model that responded.
    RESPONSE_MODEL = "gen_ai.response.model", also "llm.response.model";
    /// The service tier that the provider billed.
    SERVICE_TIER = "openai.response.service_tier", also "gen_ai.openai.response.service_tier"
        "openai.request.service_tier" "gen_ai.openai.request.service_tier";
    /// All input tokens, with the cached ones.
    INPUT_TOKENS = "gen_ai.usage.input_tokens", also "gen_ai.usage.prompt_tokens"
        "llm.token_count.prompt" "llm.usage.prompt_tokens";
    /// All output tokens, with the reasoning ones.
    OUTPUT_TOKENS = "gen_ai.usage.output_tokens", also "gen_ai.usage.completion_tokens"
        "llm.token_count.completion" "llm.usage.completion_tokens";
    /// Langfuse's counts, a JSON object in a text. Each key of the object is a count apart: `input` has
    /// no cached tokens, and `output` no reasoning tokens.
    USAGE_DETAILS = "langfuse.observation.usage_details";
    /// Input tokens that were read from a cache.
    CACHE_READ_TOKENS = "gen_ai.usage.cache_read.input_tokens", also
        "gen_ai.usage.cache_read_input_tokens" "gen_ai.usage.cache_read_tokens"
        "gen_ai.usage.details.cache_read_tokens" "gen_ai.usage.details.cache_read_input_tokens"
        "gen_ai.usage.input_tokens.cached" "gen_ai.usage.cached_tokens"
        "llm.token_count.prompt_details.cache_read";
    /// Input tokens that were written to a cache.
    CACHE_WRITE_TOKENS = "gen_ai.usage.cache_write.input_tokens", also
        "gen_ai.usage.cache_creation.input_tokens" "gen_ai.usage.cache_creation_input_tokens"
        "gen_ai.usage.cache_write_input_tokens" "gen_ai.usage.cache_write_tokens"
        "gen_ai.usage.details.cache_write_tokens" "gen_ai.usage.details.cache_creation_input_tokens"
        "gen_ai.usage.input_tokens.cache_write" "llm.token_count.prompt_details.cache_write";
    /// The part of the tokens written to a cache that the provider keeps for an hour. The conventions
    /// have no name for the part.
    CACHE_WRITE_1H_TOKENS = "gen_ai.usage.cache_write.ephemeral_1h_input_tokens", also
        "gen_ai.usage.cache_creation.ephemeral_1h_input_tokens"
        "gen_ai.usage.details.ephemeral_1h_input_tokens";
    /// Output tokens that the model used for reasoning.
    REASONING_TOKENS = "gen_ai.usage.reasoning.output_tokens", also
        "gen_ai.usage.reasoning_tokens" "gen_ai.usage.details.reasoning_tokens"
        "gen_ai.usage.output_tokens.reasoning" "llm.token_count.completion_details.reasoning";
    /// Input tokens of audio.
    AUDIO_INPUT_TOKENS = "gen_ai.usage.audio.input_tokens", also
        "gen_ai.usage.details.input_audio_tokens" "llm.token_count.prompt_details.audio";
    /// Output tokens of audio.
    AUDIO_OUTPUT_TOKENS = "gen_ai.usage.audio.output_tokens", also
        "gen_ai.usage.details.output_audio_tokens" "llm.token_count.completion_details.audio";
    /// The agent.
    AGENT = "gen_ai.agent.name", also "agent.name";
    /// The tool.
    TOOL = "gen_ai.tool.name", also "tool.name";
    /// The name of a prompt, which is no content.
    PROMPT_NAME = "gen_ai.prompt.name";
    /// The messages to the model, in JSON or as a text. [Content](CONTENT).
    INPUT_MESSAGES = "gen_ai.input.messages", also "gen_ai.prompt" "llm.input_messages"
        "langfuse.observation.input" "traceloop.entity.input";
    /// The messages of the model, in JSON or as a text. [Content](CONTENT).
    OUTPUT_MESSAGES = "gen_ai.output.messages", also "gen_ai.completion" "llm.output_messages"
        "langfuse.observation.output" "traceloop.entity.output";
    /// What the application tells the model in front of the messages. [Content](CONTENT).
    SYSTEM_INSTRUCTIONS = "gen_ai.system_instructions";
    /// The arguments of the call of a tool. [Content](CONTENT).
    TOOL_ARGUMENTS = "gen_ai.tool.call.arguments";
    /// The result of the call of a tool. [Content](CONTENT).
    TOOL_RESULT = "gen_ai.tool.call.result";
    /// The thread of exchange with a model.
    CONVERSATION_ID = "gen_ai.conversation.id";
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn content_is_recognised_by_its_name_and_what_continues_it() {
        for content in [
            "gen_ai.input.messages",
            "gen_ai.prompt",
            "gen_ai.prompt.0.content",
            "llm.input_messages[0].message.content",
        ] {
            assert!(is_content(content), "{content}");
        }
        for other in [
            "gen_ai.prompt_name",
            "gen_ai.prompt.name",
            "gen_ai.usage.input_tokens",
            "gen_ai.promp",
            "input.messages",
            "",
        ] {
            assert!(!is_content(other), "{other}");
        }
        // No name is refused by its first bytes.
        assert!(CONTENT.into_iter().all(is_content));
        let named = [
            SYSTEM_INSTRUCTIONS,
            INPUT_MESSAGES,
            OUTPUT_MESSAGES,
            TOOL_ARGUMENTS,
            TOOL_RESULT,
        ];
        let mut named: Vec<_> = named.iter().flat_map(|name| name.spellings()).collect();
        let mut content = CONTENT.to_vec();
        named.sort_unstable();
        content.sort_unstable();
        assert_eq!(named, content);
    }

    #[test]
    fn count_of_tokens_is_recognised_by_its_first_bytes() {
        for name in [INPUT_TOKENS, OUTPUT_TOKENS, USAGE_DETAILS] {
            assert!(name.spellings().all(may_count_tokens), "{name:?}");
        }
        assert!(!may_count_tokens("http.route") && !may_count_tokens("gen"));
    }

    #[test]
    fn every_spelling_has_one_meaning() {
        let mut known = HashSet::new();
        let spellings = ALL.iter().flat_map(|name| name.spellings());
        for spelling in spellings.chain(KIND_ALIASES) {
            assert!(known.insert(spelling), "{spelling} has two meanings");
        }
        assert!(!CONVENTIONS.is_empty());
    }
}
