//! Calls of Google's API. It reports thoughts beside the candidates; the output is their sum.

use whose_store::{ServiceTier, TokenCounts};

use crate::bill::{Bill, bill};

pub(crate) fn bills() -> Vec<Bill> {
    vec![
        bill(
            "gcp.gemini",
            "gemini-3-flash-preview",
            TokenCounts::new(20_212, 931).cache_read(16_298),
        )
        // (20_212 - 16_298) * 500_000 + 16_298 * 50_000 + 931 * 3_000_000
        .costs(5_564_900_000)
        .source("pi #2148: $0.0137 instead of $0.0056"),
        bill(
            "gcp.gemini",
            "gemini-3-pro-preview",
            TokenCounts::new(324, 1_859).reasoning(495),
        )
        // 324 * 2_000_000 + 1_364 * 12_000_000 + 495 * 12_000_000
        .costs(22_956_000_000)
        .source("Langfuse #12531: 495 thoughts beside 1,364 candidates left out"),
        bill(
            "gcp.gemini",
            "gemini-2.5-pro",
            TokenCounts::new(264, 1_093).reasoning(989),
        )
        // 264 * 1_250_000 + 104 * 10_000_000 + 989 * 10_000_000
        .costs(11_260_000_000)
        .source("llm-gemini #75: thoughts not counted"),
        bill(
            "gcp.gemini",
            "gemini-2.5-flash",
            TokenCounts::new(20, 533).reasoning(382),
        )
        // 20 * 300_000 + 151 * 2_500_000 + 382 * 2_500_000
        .costs(1_338_500_000)
        .source("any-llm #1291: 382 of 533 tokens missing"),
        bill(
            "gcp.gemini",
            "gemini-3.1-pro-preview",
            TokenCounts::new(250_000, 0),
        )
        // 250_000 * 4_000_000
        .costs(1_000_000_000_000)
        .source("hermes-agent #93678: $0.50 instead of $1.00"),
        bill(
            "gcp.gemini",
            "gemini-2.5-pro",
            TokenCounts::new(250_000, 1_000).cache_read(200_000),
        )
        // 50_000 * 2_500_000 + 200_000 * 250_000 + 1_000 * 15_000_000
        .costs(190_000_000_000)
        .source("LiteLLM #11017: long prices of cached tokens"),
        bill(
            "gcp.gemini",
            "gemini-3-flash-preview",
            TokenCounts::new(10_000, 100).audio_input(8_000),
        )
        // 2_000 * 500_000 + 8_000 * 1_000_000 + 100 * 3_000_000
        .costs(9_300_000_000)
        .source("pollinations #11178: audio at $0.50 instead of $1.00"),
        bill(
            "gcp.gemini",
            "gemini-2.5-flash",
            TokenCounts::new(2_000, 0).audio_input(1_920),
        )
        // 80 * 300_000 + 1_920 * 1_000_000
        .costs(1_944_000_000)
        .source("models.dev #227: a minute of audio is 1,920 tokens at $1.00"),
        bill(
            "gcp.gemini",
            "gemini-2.5-flash",
            TokenCounts::new(1_000, 100)
                .cache_read(300)
                .audio_input(500),
        )
        // 200 * 300_000 + 300 * 30_000 + 500 * 1_000_000 + 100 * 2_500_000
        .costs(819_000_000)
        .source("genai-prices #141: cached text and audio in one call"),
        bill(
            "gcp.gemini",
            "gemini-3.5-flash",
            TokenCounts::new(10, 160).reasoning(159),
        )
        .tier(ServiceTier::Priority)
        // 10 * 2_700_000 + 160 * 16_200_000
        .costs(2_619_000_000)
        .source("LiteLLM #35925: reasoning of a priority call at the standard price"),
        bill(
            "gcp.gemini",
            "gemini-3.1-pro-preview",
            TokenCounts::new(300_000, 1_000).cache_read(250_000),
        )
        .tier(ServiceTier::Priority)
        // 50_000 * 7_200_000 + 250_000 * 720_000 + 1_000 * 32_400_000
        .costs(572_400_000_000)
        .source("LiteLLM #30450: cached tokens of a long priority call"),
        bill(
            "gcp.gemini",
            "gemini-2.5-flash",
            TokenCounts::new(1_000, 100).cache_read(400),
        )
        .tier(ServiceTier::Batch)
        // 600 * 150_000 + 400 * 30_000 + 100 * 1_250_000
        .costs(227_000_000)
        .source("Google's pricing page: a batch halves input and output, and not cached input"),
        bill(
            "gcp.gemini",
            "gemini-4-argon",
            TokenCounts::new(1_000, 1_000),
        )
        .on("2026-11-30")
        // 1_000 * 2_000_000 + 1_000 * 10_000_000
        .costs(12_000_000_000)
        .source("Google's pricing page: introductory price until 2026-11-30"),
        bill(
            "gcp.gemini",
            "gemini-4-argon",
            TokenCounts::new(1_000, 1_000),
        )
        .on("2026-12-01")
        // 1_000 * 4_000_000 + 1_000 * 20_000_000
        .costs(24_000_000_000)
        .source("Google's pricing page: the price from 2026-12-01"),
    ]
}
