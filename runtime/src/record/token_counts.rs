//! The token counts of a model call.

use serde_json::Value as Json;

/// The token counts of one model call: two totals, and the parts of them that have prices of their
/// own.
///
/// `input` includes the cached tokens and `output` the reasoning tokens, as in OpenAI's API and in
/// OpenTelemetry's `gen_ai.usage.*`. An API that reports a part beside the total needs the part added
/// first: see [`input_excludes_cached`] and [`with_cache_added`](Self::with_cache_added).
///
/// ```
/// use whose::TokenCounts;
///
/// // 10,000 input tokens, of which 8,000 came from the cache.
/// let tokens = TokenCounts::new(10_000, 500).cache_read(8_000);
/// assert_eq!(tokens.input, 10_000);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct TokenCounts {
    /// All input tokens, with the cached ones.
    pub input: u64,
    /// All output tokens, with the reasoning ones.
    pub output: u64,
    /// Input tokens that were read from a cache.
    pub cache_read: u64,
    /// Input tokens that were written to a cache.
    pub cache_write: u64,
    /// The part of `cache_write` that the vendor keeps for an hour.
    pub cache_write_1h: u64,
    /// Output tokens that the model used for reasoning.
    pub reasoning: u64,
    /// Input tokens of audio that were not read from a cache.
    pub audio_input: u64,
    /// Output tokens of audio.
    pub audio_output: u64,
}

macro_rules! setters {
    ($($(#[$doc:meta])* $part:ident;)*) => {$(
        $(#[$doc])*
        #[must_use]
        pub const fn $part(self, $part: u64) -> Self {
            Self { $part, ..self }
        }
    )*};
}

impl TokenCounts {
    /// The counts of a call without cached, reasoning and audio tokens.
    #[must_use]
    pub const fn new(input: u64, output: u64) -> Self {
        Self {
            input,
            output,
            cache_read: 0,
            cache_write: 0,
            cache_write_1h: 0,
            reasoning: 0,
            audio_input: 0,
            audio_output: 0,
        }
    }

    setters! {
        /// Sets the input tokens that were read from a cache.
        cache_read;
        /// Sets the input tokens that were written to a cache, whatever the time that they are kept.
        cache_write;
        /// Sets the part of the cache writes that is kept for an hour.
        cache_write_1h;
        /// Sets the output tokens that the model used for reasoning.
        reasoning;
        /// Sets the input tokens of audio that were not read from a cache.
        audio_input;
        /// Sets the output tokens of audio.
        audio_output;
    }

    /// Adds the cached tokens to the input. Call it where the source of the counts reports them
    /// beside the input: see [`input_excludes_cached`].
    #[must_use]
    pub fn with_cache_added(self) -> Self {
        Self {
            input: self.input.saturating_add(self.cached()),
            ..self
        }
    }

    /// All tokens written to a cache. A source that reports the hour's part alone is believed.
    #[must_use]
    pub fn cache_writes(&self) -> u64 {
        self.cache_write.max(self.cache_write_1h)
    }

    /// All tokens read from or written to a cache.
    fn cached(&self) -> u64 {
        self.cache_read.saturating_add(self.cache_writes())
    }

    /// The input tokens that have a price of their own.
    #[must_use]
    pub fn input_parts(&self) -> u64 {
        self.cached().saturating_add(self.audio_input)
    }

    /// The output tokens that have a price of their own.
    #[must_use]
    pub fn output_parts(&self) -> u64 {
        self.reasoning.saturating_add(self.audio_output)
    }

    /// All input tokens. A total that is less than its parts is replaced by their sum.
    #[must_use]
    pub fn total_input(&self) -> u64 {
        self.input.max(self.input_parts())
    }

    /// The counts of the fields of a record. The conventions include cached tokens in the input and
    /// reasoning tokens in the output, for every provider. A total that is smaller than its part was
    /// therefore copied from an API that reports the part beside the total, and the part is added.
    pub(crate) fn with_parts_included(self) -> Self {
        let counts = match self.input < self.cached() {
            true => self.with_cache_added(),
            false => self,
        };
        let missing = match self.output < self.reasoning {
            true => self.reasoning,
            false => 0,
        };
        Self {
            output: counts.output.saturating_add(missing),
            ..counts
        }
    }

    /// Reads Langfuse's `usage_details`, a JSON object whose keys are counts apart. `None` without a
    /// count of input or output.
    pub(crate) fn from_usage_details(details: &str) -> Option<Self> {
        let details: Json = serde_json::from_str(details).ok()?;
        let part = |keys: &[&str]| {
            let count = |key: &&str| details.get(*key).and_then(Json::as_u64);
            keys.iter().find_map(count)
        };
        let (input, output) = (part(&["input"]), part(&["output"]));
        if input.is_none() && output.is_none() {
            return None;
        }
        let write_5m = part(&["cache_creation_input_tokens", "input_cache_creation"]).unwrap_or(0);
        let write_1h = part(&["input_cache_creation_1h"]).unwrap_or(0);
        let parts = Self {
            cache_read: part(&[
                "cache_read_input_tokens",
                "input_cached_tokens",
                "input_cache_read",
            ])
            .unwrap_or(0),
            cache_write: write_5m.saturating_add(write_1h),
            cache_write_1h: write_1h,
            reasoning: part(&["output_reasoning_tokens", "output_reasoning"]).unwrap_or(0),
            audio_input: part(&["input_audio_tokens", "input_audio"]).unwrap_or(0),
            audio_output: part(&["output_audio_tokens", "output_audio"]).unwrap_or(0),
            ..Self::new(input.unwrap_or(0), output.unwrap_or(0))
        };
        let output_parts = parts.reasoning.saturating_add(parts.audio_output);
        Some(
            Self {
                input: parts.input.saturating_add(parts.audio_input),
                output: parts.output.saturating_add(output_parts),
                ..parts
            }
            .with_cache_added(),
        )
    }
}

/// Returns `true` if the provider's API reports cached tokens beside its `input_tokens`, and not
/// inside.
///
/// The provider is named as in `gen_ai.provider.name` or the older `gen_ai.system`. Use the
/// function for counts that were copied from a response of the API, and then call
/// [`TokenCounts::with_cache_added`]. [`whose::usage`](crate::usage()) does so itself. Attributes of an
/// instrumentation that follows OpenTelemetry's conventions need no change, whatever the provider:
/// there `gen_ai.usage.input_tokens` includes the cached tokens.
///
/// | provider | source |
/// |---|---|
/// | `anthropic` | Anthropic, "Prompt caching": the total input is `cache_read_input_tokens` + `cache_creation_input_tokens` + `input_tokens` |
/// | `aws.bedrock` | Amazon Bedrock, "Prompt caching": total input tokens = `inputTokens` + `cacheReadInputTokens` + `cacheWriteInputTokens` |
///
/// Claude models of Google's Vertex AI answer in Anthropic's form, but `gcp.vertex_ai` also serves
/// Gemini, whose `promptTokenCount` includes the cached tokens. The function returns `false` for
/// it: pass `anthropic` for a Claude model.
///
/// ```
/// use whose::{input_excludes_cached, TokenCounts};
///
/// let reported = TokenCounts::new(5, 400).cache_read(128_955).cache_write(1_253);
/// assert!(input_excludes_cached("anthropic"));
/// assert_eq!(reported.with_cache_added().input, 130_213);
/// assert!(!input_excludes_cached("openai"));
/// ```
#[must_use]
pub fn input_excludes_cached(provider: &str) -> bool {
    const EXCLUDE: [&str; 4] = ["anthropic", "aws.bedrock", "aws_bedrock", "bedrock"];
    let provider = provider.trim();
    EXCLUDE
        .iter()
        .any(|name| provider.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cached_tokens_are_beside_the_input_of_few_providers() {
        for provider in ["anthropic", "Anthropic", " anthropic ", "aws.bedrock"] {
            assert!(input_excludes_cached(provider), "{provider}");
        }
        for provider in [
            "",
            "openai",
            "gcp.vertex_ai",
            "gcp.gemini",
            "x_ai",
            "deepseek",
            "mistral_ai",
            "azure.ai.openai",
            "anthropic2",
        ] {
            assert!(!input_excludes_cached(provider), "{provider}");
        }
    }

    #[test]
    fn added_cache_counts_the_hours_part_once() {
        let tokens = TokenCounts::new(10, 0).cache_read(100).cache_write(50);
        assert_eq!(tokens.cache_write_1h(20).with_cache_added().input, 160);
        assert_eq!(
            TokenCounts::new(10, 0)
                .cache_write_1h(20)
                .with_cache_added()
                .input,
            30
        );
        let full = TokenCounts::new(u64::MAX, 0).cache_read(u64::MAX);
        assert_eq!(full.with_cache_added().input, u64::MAX);
    }

    #[test]
    fn total_below_its_part_gets_the_part() {
        let raw = TokenCounts::new(5, 40)
            .cache_read(100)
            .cache_write(20)
            .reasoning(60);
        let complete = raw.with_parts_included();
        assert_eq!((complete.input, complete.output), (125, 100));
        assert_eq!(complete.with_parts_included(), complete);
        let total = TokenCounts::new(120, 60)
            .cache_read(100)
            .cache_write(20)
            .reasoning(60);
        assert_eq!(total.with_parts_included(), total);
    }

    #[test]
    fn langfuse_details_are_counts_apart() {
        let counts = TokenCounts::from_usage_details(
            r#"{"input":10,"output":20,"total":95,"input_cached_tokens":30,
                "input_cache_creation":4,"input_cache_creation_1h":1,"output_reasoning_tokens":30}"#,
        );
        let expected = TokenCounts::new(45, 50)
            .cache_read(30)
            .cache_write(5)
            .cache_write_1h(1)
            .reasoning(30);
        assert_eq!(counts, Some(expected));
        for invalid in ["", "[]", "{}", r#"{"total":3}"#, "{"] {
            assert_eq!(TokenCounts::from_usage_details(invalid), None, "{invalid}");
        }
    }
}
