//! Calls of Anthropic's API, which reports cached tokens beside the input, and of Amazon Bedrock.
//! Counts without a provider follow OpenTelemetry's conventions.

use whose_store::{ServiceTier, TokenCounts};

use crate::bill::{Bill, bill};

pub(crate) fn bills() -> Vec<Bill> {
    vec![
        bill(
            "anthropic",
            "claude-sonnet-4-6",
            TokenCounts::new(5, 0)
                .cache_read(128_955)
                .cache_write(1_253),
        )
        // 5 * 3_000_000 + 128_955 * 300_000 + 1_253 * 3_750_000
        .costs(43_400_250_000)
        .source("Langfuse #12306: 260,421 input tokens instead of 130,213"),
        bill(
            "",
            "claude-opus-4-8",
            TokenCounts::new(300, 0).cache_read(40).cache_write(25),
        )
        // (300 - 40 - 25) * 5_000_000 + 40 * 500_000 + 25 * 6_250_000
        .costs(1_351_250_000)
        .source(
            "Langfuse #17117: OpenTelemetry's counts include the cached ones; cache writes cost $0",
        ),
        bill(
            "anthropic",
            "claude-sonnet-4-6",
            TokenCounts::new(15_460, 10_370).cache_write(19_810),
        )
        // 15_460 * 3_000_000 + 19_810 * 3_750_000 + 10_370 * 15_000_000
        .costs(276_217_500_000)
        .source("Langfuse #14249: $0.20 instead of $0.28"),
        bill(
            "",
            "claude-opus-4-5-20251101",
            TokenCounts::new(98_805, 5_120)
                .cache_read(66_360)
                .cache_write(32_435)
                .reasoning(1_710),
        )
        // (98_805 - 66_360 - 32_435) * 5_000_000 + 66_360 * 500_000 + 32_435 * 6_250_000
        // + 5_120 * 25_000_000
        .costs(363_948_750_000)
        .source("LiteLLM #11364: $0.04708 reported"),
        bill(
            "anthropic",
            "claude-opus-4-8",
            TokenCounts::new(0, 0)
                .cache_write(1_000_000)
                .cache_write_1h(400_000),
        )
        // 600_000 * 6_250_000 + 400_000 * 10_000_000
        .costs(7_750_000_000_000)
        .source("pi #5738: $7.75, was $6.25"),
        bill(
            "anthropic",
            "claude-opus-4-8",
            TokenCounts::new(0, 0).cache_write(1_000_000),
        )
        // 1_000_000 * 6_250_000
        .costs(6_250_000_000_000)
        .source("pi #5738: $6.25 without the split"),
        bill(
            "anthropic",
            "claude-opus-5",
            TokenCounts::new(0, 0)
                .cache_write(344_139)
                .cache_write_1h(344_139),
        )
        // 344_139 * 10_000_000
        .costs(3_441_390_000_000)
        .source("oh-my-pi #6876: $3.44139, was $2.15"),
        bill(
            "anthropic",
            "claude-sonnet-4-6",
            TokenCounts::new(0, 0).cache_write_1h(1_000_000),
        )
        // 1_000_000 * 6_000_000
        .costs(6_000_000_000_000)
        .source("inspect_ai #4705: $6.00, was $3.75; only the part of an hour is reported"),
        bill(
            "anthropic",
            "claude-3-haiku-20240307",
            TokenCounts::new(0, 0)
                .cache_write(10_000)
                .cache_write_1h(10_000),
        )
        // 10_000 * 500_000
        .costs(5_000_000_000)
        .source("Anthropic's pricing page: $0.50; LiteLLM's table of 2026-07-24 has $6"),
        bill(
            "anthropic",
            "claude-opus-5",
            TokenCounts::new(100, 500)
                .cache_read(10_000)
                .cache_write(2_000)
                .cache_write_1h(2_000),
        )
        .tier(ServiceTier::Batch)
        // 100 * 2_500_000 + 10_000 * 250_000 + 2_000 * 5_000_000 + 500 * 12_500_000
        .costs(19_000_000_000)
        .source("loreai #503: the discount of batches applies to cached tokens too"),
        bill("anthropic", "claude-opus-5-5", TokenCounts::new(5_000, 800))
            // 5_000 * 4_000_000 + 800 * 20_000_000
            .costs(36_000_000_000)
            .source("NeverPayTwice, 'Claude Batch API': $0.036"),
        bill("anthropic", "claude-opus-5-5", TokenCounts::new(5_000, 800))
            .tier(ServiceTier::Batch)
            // 5_000 * 2_000_000 + 800 * 10_000_000
            .costs(18_000_000_000)
            .source("NeverPayTwice, 'Claude Batch API': $0.018 in a batch"),
        bill(
            "anthropic",
            "claude-haiku-4-5",
            TokenCounts::new(19, 0).cache_read(39_000),
        )
        // 19 * 1_000_000 + 39_000 * 100_000
        .costs(3_919_000_000)
        .source("LangSmith SDK #2519: the 19 uncached tokens cost $0"),
        bill(
            "anthropic",
            "claude-sonnet-4-5",
            TokenCounts::new(2, 0).cache_read(9_842),
        )
        // 2 * 3_000_000 + 9_842 * 300_000
        .costs(2_958_600_000)
        .source("dust #20989: 9,844 tokens sent as uncached"),
        bill(
            "anthropic",
            "claude-sonnet-4-20250514",
            TokenCounts::new(10_572, 499)
                .cache_read(16_455)
                .cache_write(5_485),
        )
        // 10_572 * 3_000_000 + 16_455 * 300_000 + 5_485 * 3_750_000 + 499 * 15_000_000
        .costs(64_706_250_000)
        .source("vercel/ai #8349: the counts of the SDK differ from those of the API"),
        bill(
            "aws.bedrock",
            "claude-sonnet-4-5",
            TokenCounts::new(100, 10).cache_read(900),
        )
        // 100 * 3_000_000 + 900 * 300_000 + 10 * 15_000_000
        .costs(720_000_000)
        .source("ruby_llm #832: inputTokens of Bedrock excludes the cached ones"),
        bill(
            "anthropic",
            "claude-sonnet-4-5",
            TokenCounts::new(10_000, 1_000)
                .cache_read(150_000)
                .cache_write(50_000),
        )
        .on("2026-03-01")
        // 10_000 * 6_000_000 + 150_000 * 600_000 + 50_000 * 7_500_000 + 1_000 * 22_500_000
        .costs(547_500_000_000)
        .source("Anthropic's pricing page: cached tokens count for the limit of 200K"),
        bill(
            "anthropic",
            "claude-sonnet-4-5",
            TokenCounts::new(200_000, 0),
        )
        .on("2026-03-01")
        // 200_000 * 3_000_000
        .costs(600_000_000_000)
        .source("Anthropic's pricing page: the limit itself is at the standard price"),
        bill(
            "anthropic",
            "claude-opus-4-6",
            TokenCounts::new(0, 0).cache_write(585_659),
        )
        .on("2026-03-12")
        // 585_659 * 12_500_000
        .costs(7_320_737_500_000)
        .source("LiteLLM #30135: long prices of cache writes ignored"),
        bill(
            "anthropic",
            "claude-opus-4-6",
            TokenCounts::new(0, 0).cache_write(585_659),
        )
        .on("2026-03-13")
        // 585_659 * 6_250_000
        .costs(3_660_368_750_000)
        .source("Anthropic, 1M context at the standard price since 2026-03-13"),
        bill(
            "anthropic",
            "claude-haiku-5-5",
            TokenCounts::new(100_000, 0),
        )
        // 100_000 * 100_000
        .costs(10_000_000_000)
        .source("Anthropic's page of Haiku 5.5: up to 100K"),
        bill(
            "anthropic",
            "claude-haiku-5-5",
            TokenCounts::new(1, 0).cache_read(100_000),
        )
        // 1 * 500_000 + 100_000 * 50_000
        .costs(5_000_500_000)
        .source("Anthropic's page of Haiku 5.5: over 100K"),
        bill(
            "anthropic",
            "claude-fable-5-1",
            TokenCounts::new(1_000, 0).cache_read(100_000),
        )
        // 1_000 * 10_000_000 + 100_000 * 250_000
        .costs(35_000_000_000)
        .source("tokenline 1.2.2: cache reads at 0.025 of the input, not at 0.1"),
        bill(
            "anthropic",
            "claude-sonnet-5",
            TokenCounts::new(100_000, 1_000),
        )
        .on("2026-09-01")
        // 100_000 * 2_000_000 + 1_000 * 10_000_000
        .costs(210_000_000_000)
        .source("PromptFuel 1.0.22: the increase of 2026-09-01 was cancelled"),
    ]
}
