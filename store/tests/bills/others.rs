//! Calls of the APIs of DeepSeek, xAI and Mistral AI. xAI reports reasoning tokens beside the
//! completion in chat completions; the output is their sum.

use whose_store::{ServiceTier, TokenCounts};

use crate::bill::{Bill, bill};

pub(crate) fn bills() -> Vec<Bill> {
    vec![
        bill(
            "deepseek",
            "deepseek-v4-pro",
            TokenCounts::new(36_100, 1_200).cache_read(21_600),
        )
        .on("2026-05-27")
        // (36_100 - 21_600) * 435_000 + 21_600 * 3_625 + 1_200 * 870_000
        .costs(7_429_800_000)
        .source("llm-gateway #2051: about $0.0074, $0.02 shown"),
        bill(
            "deepseek",
            "deepseek-v4-flash",
            TokenCounts::new(100_000, 1_000).cache_read(90_000),
        )
        .on("2026-07-09")
        // 10_000 * 140_000 + 90_000 * 2_800 + 1_000 * 280_000
        .costs(1_932_000_000)
        .source("aider #5425: cache hits billed twice"),
        bill(
            "deepseek",
            "deepseek-v4-flash",
            TokenCounts::new(100_000, 1_000),
        )
        .on("2026-07-09")
        // 100_000 * 140_000 + 1_000 * 280_000
        .costs(14_280_000_000)
        .source("DeepSeek's pricing page: every token a cache miss"),
        bill(
            "x_ai",
            "grok-4.20",
            TokenCounts::new(10_120, 4_308)
                .cache_read(128)
                .reasoning(2_809),
        )
        .on("2026-08-18")
        // (10_120 - 128) * 1_250_000 + 128 * 200_000 + 1_499 * 2_500_000
        // + 2_809 * 2_500_000
        .costs(23_285_600_000)
        .source("sub2api #5771: the response itself states $0.0232856"),
        bill("x_ai", "grok-4.3", TokenCounts::new(12, 2).reasoning(317))
            // 12 * 1_250_000 + 0 * 2_500_000 + 317 * 2_500_000
            .costs(807_500_000)
            .source("vercel/ai #12425: 317 reasoning tokens beside 2 made -315 tokens of text"),
        bill("x_ai", "grok-4.7", TokenCounts::new(125, 48).cache_read(98))
            // (125 - 98) * 2_000_000 + 98 * 500_000 + 48 * 6_000_000
            .costs(391_000_000)
            .source("xAI's guide to prompt caching"),
        bill(
            "x_ai",
            "grok-4.3",
            TokenCounts::new(199_999, 1_000).cache_read(100_000),
        )
        // 99_999 * 1_250_000 + 100_000 * 200_000 + 1_000 * 2_500_000
        .costs(147_498_750_000)
        .source("xAI's pricing page: the long context begins at 200K"),
        bill(
            "x_ai",
            "grok-4.3",
            TokenCounts::new(200_000, 1_000).cache_read(100_000),
        )
        // 100_000 * 2_500_000 + 100_000 * 400_000 + 1_000 * 5_000_000
        .costs(295_000_000_000)
        .source("LiteLLM #40174: the limit itself is at xAI's long price"),
        bill("x_ai", "grok-4.20", TokenCounts::new(1_000, 1_000))
            .on("2026-04-29")
            // 1_000 * 2_000_000 + 1_000 * 6_000_000
            .costs(8_000_000_000)
            .source("genai-prices 0.2.3: before the price cut of 2026-04-30"),
        bill("x_ai", "grok-4.20", TokenCounts::new(1_000, 1_000))
            .on("2026-04-30")
            // 1_000 * 1_250_000 + 1_000 * 2_500_000
            .costs(3_750_000_000)
            .source("genai-prices 0.2.3: the price cut of 2026-04-30"),
        bill(
            "x_ai",
            "grok-4.3",
            TokenCounts::new(1_000, 100).cache_read(500),
        )
        .tier(ServiceTier::Batch)
        // 500 * 1_000_000 + 500 * 160_000 + 100 * 2_000_000
        .costs(780_000_000)
        .source("xAI's pricing page: a batch costs 20 % less"),
        bill(
            "mistral_ai",
            "mistral-small-2603",
            TokenCounts::new(801, 2).cache_read(768),
        )
        // (801 - 768) * 150_000 + 768 * 15_000 + 2 * 600_000
        .costs(17_670_000)
        .source("symfony/ai #2343: cached tokens never read"),
        bill(
            "mistral_ai",
            "mistral-medium-3-5",
            TokenCounts::new(1_000, 100).cache_read(500),
        )
        .tier(ServiceTier::Batch)
        // 500 * 750_000 + 500 * 75_000 + 100 * 3_750_000
        .costs(787_500_000)
        .source("Mistral AI's pricing page, batch mode"),
        bill(
            "mistral_ai",
            "mistral-large-4",
            TokenCounts::new(1_000, 1_000),
        )
        .on("2026-10-19")
        // 1_000 * 680_000 + 1_000 * 2_090_000
        .costs(2_770_000_000)
        .source("genai-prices 0.2.3: the price of the launch"),
        bill(
            "mistral_ai",
            "mistral-large-4",
            TokenCounts::new(1_000, 1_000),
        )
        .on("2026-10-20")
        // 1_000 * 1_360_000 + 1_000 * 4_180_000
        .costs(5_540_000_000)
        .source("genai-prices 0.2.3: the list price from 2026-10-20"),
        bill(
            "mistral_ai",
            "mistral-large-4",
            TokenCounts::new(1_000, 1_000),
        )
        .on("2026-10-29")
        // 1_000 * 700_000 + 1_000 * 2_100_000
        .costs(2_800_000_000)
        .source("genai-prices 0.2.3: the price from 2026-10-29"),
        bill(
            "mistral_ai",
            "mistral-small-latest",
            TokenCounts::new(1_000, 1_000),
        )
        .on("2026-03-15")
        // 1_000 * 100_000 + 1_000 * 300_000
        .costs(400_000_000)
        .source("genai-prices 0.2.3: the alias of Small 3.2"),
        bill(
            "mistral_ai",
            "mistral-small-latest",
            TokenCounts::new(1_000, 1_000),
        )
        .on("2026-03-16")
        // 1_000 * 150_000 + 1_000 * 600_000
        .costs(750_000_000)
        .source("genai-prices 0.2.3: the alias moved to Small 4"),
    ]
}
