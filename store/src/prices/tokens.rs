//! The token counts of a model call.

/// The token counts of one model call: two totals, and the parts of them that have prices of their
/// own.
///
/// `input` includes the cached tokens and `output` the reasoning tokens, as in OpenAI's API and in
/// OpenTelemetry's `gen_ai.usage.*`. A vendor that reports a part beside the total needs the part
/// added first: see [`input_excludes_cached`] and [`with_cache_added`](Self::with_cache_added).
///
/// ```
/// use whose_store::{Day, Prices, ServiceTier, TokenCounts};
///
/// // 10,000 input tokens, of which 8,000 came from the cache.
/// let tokens = TokenCounts::new(10_000, 500).cache_read(8_000);
/// let prices = Prices::builtin();
/// let day = "2026-11-29".parse::<Day>()?;
/// let cost = prices.cost("claude-sonnet-4-6", ServiceTier::Standard, day, &tokens)?;
/// // 2,000 at $3, 8,000 at $0.30 and 500 at $15 a million.
/// assert_eq!(cost.to_string(), "$0.0159");
/// # Ok::<(), Box<dyn std::error::Error>>(())
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

    /// Sets the input tokens that were read from a cache.
    #[must_use]
    pub const fn cache_read(self, cache_read: u64) -> Self {
        Self { cache_read, ..self }
    }

    /// Sets the input tokens that were written to a cache, whatever the time that they are kept.
    #[must_use]
    pub const fn cache_write(self, cache_write: u64) -> Self {
        Self {
            cache_write,
            ..self
        }
    }

    /// Sets the part of the cache writes that is kept for an hour.
    #[must_use]
    pub const fn cache_write_1h(self, cache_write_1h: u64) -> Self {
        Self {
            cache_write_1h,
            ..self
        }
    }

    /// Sets the output tokens that the model used for reasoning.
    #[must_use]
    pub const fn reasoning(self, reasoning: u64) -> Self {
        Self { reasoning, ..self }
    }

    /// Sets the input tokens of audio that were not read from a cache.
    #[must_use]
    pub const fn audio_input(self, audio_input: u64) -> Self {
        Self {
            audio_input,
            ..self
        }
    }

    /// Sets the output tokens of audio.
    #[must_use]
    pub const fn audio_output(self, audio_output: u64) -> Self {
        Self {
            audio_output,
            ..self
        }
    }

    /// Adds the cached tokens to the input. Call it where the source of the counts reports them
    /// beside the input: see [`input_excludes_cached`].
    #[must_use]
    pub fn with_cache_added(self) -> Self {
        let cached = self.cache_read.saturating_add(self.cache_writes());
        Self {
            input: self.input.saturating_add(cached),
            ..self
        }
    }

    /// All tokens written to a cache. A source that reports the hour's part alone is believed.
    pub(super) fn cache_writes(&self) -> u64 {
        self.cache_write.max(self.cache_write_1h)
    }

    /// The input tokens that have a price of their own.
    pub(super) fn input_parts(&self) -> u64 {
        self.cache_read
            .saturating_add(self.cache_writes())
            .saturating_add(self.audio_input)
    }

    /// The output tokens that have a price of their own.
    pub(super) fn output_parts(&self) -> u64 {
        self.reasoning.saturating_add(self.audio_output)
    }

    /// All input tokens. A total that is less than its parts is replaced by their sum.
    pub(super) fn total_input(&self) -> u64 {
        self.input.max(self.input_parts())
    }
}

/// Returns `true` if the provider's API reports cached tokens beside its `input_tokens`, and not
/// inside.
///
/// The provider is named as in `gen_ai.provider.name` or the older `gen_ai.system`. Use the
/// function for counts that were copied from a response of the API, and then call
/// [`TokenCounts::with_cache_added`]. Attributes of an instrumentation that follows OpenTelemetry's
/// conventions need no change, whatever the provider: there `gen_ai.usage.input_tokens` includes
/// the cached tokens.
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
/// use whose_store::{TokenCounts, input_excludes_cached};
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
}
