//! Calls without a price.

use whose_store::{ServiceTier, TokenCounts, UnpricedReason};

use crate::bill::{Bill, bill};

pub(crate) fn bills() -> Vec<Bill> {
    vec![
        bill("openai", "our-own-7b", TokenCounts::new(1_000, 1_000))
            .unpriced(UnpricedReason::UnknownModel)
            .source("a model that no vendor prices"),
        bill("openai", "gpt-4o-foo", TokenCounts::new(1_000, 1_000))
            .unpriced(UnpricedReason::UnknownModel)
            .source("a name that begins with the name of a model"),
        bill("openai", "azure/gpt-4o", TokenCounts::new(1_000, 1_000))
            .unpriced(UnpricedReason::UnknownModel)
            .source("another vendor of the model"),
        bill("openai", "gpt-5-nano", TokenCounts::new(1_000, 1_000))
            .tier(ServiceTier::Priority)
            .unpriced(UnpricedReason::UnknownTier)
            .source("OpenAI's page of the fast mode: no row"),
        bill("anthropic", "claude-opus-5", TokenCounts::new(1_000, 1_000))
            .tier(ServiceTier::Priority)
            .unpriced(UnpricedReason::UnknownTier)
            .source("Anthropic's priority tier is a contract without a list price"),
        bill("x_ai", "grok-4.5", TokenCounts::new(1_000, 1_000))
            .tier(ServiceTier::Batch)
            .unpriced(UnpricedReason::UnknownTier)
            .source("xAI's pricing page: no batch price"),
        bill("openai", "gpt-5.5", TokenCounts::new(272_001, 1_000))
            .tier(ServiceTier::Priority)
            .unpriced(UnpricedReason::LongInput)
            .source("OpenAI's page of the fast mode excludes long context"),
        bill("openai", "gpt-5.5-pro", TokenCounts::new(300_000, 1_000))
            .tier(ServiceTier::Batch)
            .unpriced(UnpricedReason::LongInput)
            .source("OpenAI's batch table: base prices only"),
        bill(
            "openai",
            "gpt-4o",
            TokenCounts::new(1_000, 500).audio_input(10),
        )
        .unpriced(UnpricedReason::UnknownAudioPrice)
        .source("LiteLLM #9535: audio billed as text"),
        bill(
            "openai",
            "gpt-4o",
            TokenCounts::new(1_000, 500).audio_output(10),
        )
        .unpriced(UnpricedReason::UnknownAudioPrice)
        .source("opik #7253: audio output billed as text"),
        bill("openai", "o3", TokenCounts::new(1_000, 1_000))
            .on("2025-06-09")
            .unpriced(UnpricedReason::UnknownDay)
            .source("the table begins with the price cut"),
        bill(
            "deepseek",
            "deepseek-v4-flash",
            TokenCounts::new(1_000, 1_000),
        )
        .unpriced(UnpricedReason::UnknownDay)
        .source("models.dev #4891: the price depends on the time of day since 2026-08-16"),
        bill(
            "gcp.gemini",
            "gemini-4-argon",
            TokenCounts::new(1_000, 1_000),
        )
        .tier(ServiceTier::Flex)
        .on("2026-12-01")
        .unpriced(UnpricedReason::UnknownDay)
        .source("Google's pricing page: the introductory price ends"),
    ]
}
