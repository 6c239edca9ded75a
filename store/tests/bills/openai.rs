//! Calls of OpenAI's API.

use whose_store::{ServiceTier, TokenCounts};

use crate::bill::{Bill, bill};

pub(crate) fn bills() -> Vec<Bill> {
    vec![
        bill(
            "openai",
            "gpt-4o",
            TokenCounts::new(2_006, 300).cache_read(1_920),
        )
        // (2_006 - 1_920) * 2_500_000 + 1_920 * 1_250_000 + 300 * 10_000_000
        .costs(5_615_000_000)
        .source("LiteLLM #6215, with the usage of OpenAI's guide to prompt caching"),
        bill(
            "openai",
            "gpt-5.6-terra",
            TokenCounts::new(2_600, 0)
                .cache_read(2_000)
                .cache_write(400),
        )
        // (2_600 - 2_000 - 400) * 2_000_000 + 2_000 * 200_000 + 400 * 2_500_000
        .costs(1_800_000_000)
        .source("OpenAI's guide to prompt caching, usage with cache writes"),
        bill(
            "openai",
            "gpt-4o",
            TokenCounts::new(17_903, 0).cache_read(17_817),
        )
        // (17_903 - 17_817) * 2_500_000 + 17_817 * 1_250_000
        .costs(22_486_250_000)
        .source("Langfuse #10592: 35,720 input tokens shown"),
        bill(
            "openai",
            "gpt-5.3-codex",
            TokenCounts::new(117_231, 225).cache_read(115_584),
        )
        // (117_231 - 115_584) * 1_750_000 + 115_584 * 175_000 + 225 * 14_000_000
        .costs(26_259_450_000)
        .source("langfuse/codex-observability-plugin #22: cached input counted twice"),
        bill(
            "openai",
            "gpt-5.5",
            TokenCounts::new(26_701, 283)
                .cache_read(2_048)
                .reasoning(211),
        )
        // (26_701 - 2_048) * 5_000_000 + 2_048 * 500_000 + 283 * 30_000_000
        .costs(132_779_000_000)
        .source("codex-trace #154: cached input not shown"),
        bill(
            "openai",
            "gpt-4o-mini",
            TokenCounts::new(48_711, 186).cache_read(48_512),
        )
        // (48_711 - 48_512) * 150_000 + 48_512 * 75_000 + 186 * 600_000
        .costs(3_779_850_000)
        .source("simonw/llm #614: cached tokens stored as a text"),
        bill(
            "openai",
            "gpt-5.4-mini",
            TokenCounts::new(1_000, 3_000).reasoning(2_500),
        )
        // 1_000 * 750_000 + (3_000 - 2_500) * 4_500_000 + 2_500 * 4_500_000
        .costs(14_250_000_000)
        .source("Langfuse #16425: reasoning tokens priced at nothing"),
        bill(
            "openai",
            "o3-mini-2025-01-31",
            TokenCounts::new(1_000, 1_000)
                .cache_read(600)
                .reasoning(900),
        )
        // 400 * 1_100_000 + 600 * 550_000 + 100 * 4_400_000 + 900 * 4_400_000
        .costs(5_170_000_000)
        .source("LangChain #29779: reasoning tokens of o1 and o3-mini left out"),
        bill("openai", "gpt-5.4", TokenCounts::new(272_000, 10_000))
            // 272_000 * 2_500_000 + 10_000 * 15_000_000
            .costs(830_000_000_000)
            .source("OpenAI's page of GPT-5.4: up to 272K input tokens at the standard price"),
        bill(
            "openai",
            "gpt-5.4-2026-03-05",
            TokenCounts::new(300_000, 10_000),
        )
        // 300_000 * 5_000_000 + 10_000 * 22_500_000
        .costs(1_725_000_000_000)
        .source("claude-code-hub #869: only the tokens above the limit at the long price"),
        bill(
            "openai",
            "gpt-6.2-sol",
            TokenCounts::new(300_000, 1_000)
                .cache_read(200_000)
                .cache_write(50_000),
        )
        // 50_000 * 4_000_000 + 200_000 * 200_000 + 50_000 * 5_000_000 + 1_000 * 15_000_000
        .costs(505_000_000_000)
        .source("OpenAI's pricing page, long context with cache reads and writes"),
        bill(
            "openai",
            "gpt-4o-audio-preview-2024-12-17",
            TokenCounts::new(1_000, 500)
                .audio_input(800)
                .audio_output(400),
        )
        // 200 * 2_500_000 + 800 * 40_000_000 + 100 * 10_000_000 + 400 * 80_000_000
        .costs(65_500_000_000)
        .source("genai-prices #156 and simonw/llm #677: audio is part of the totals"),
        bill(
            "openai",
            "gpt-audio",
            TokenCounts::new(1_000, 500)
                .cache_read(100)
                .audio_input(800)
                .audio_output(500),
        )
        // 200 * 2_500_000 + 800 * 32_000_000 + 500 * 64_000_000
        .costs(58_100_000_000)
        .source("OpenAI's pricing page: no price for cached input, so it costs what input costs"),
        bill("openai", "gpt-5.6-luna", TokenCounts::new(100_000, 100_000))
            .on("2026-07-29")
            // 100_000 * 1_000_000 + 100_000 * 6_000_000
            .costs(700_000_000_000)
            .source("splitrail #232: the day before the price cut of 2026-07-30"),
        bill("openai", "gpt-5.6-luna", TokenCounts::new(100_000, 100_000))
            .on("2026-07-30")
            // 100_000 * 200_000 + 100_000 * 1_200_000
            .costs(140_000_000_000)
            .source("splitrail #232: the day of the price cut"),
        bill(
            "openai",
            "gpt-5.6-sol",
            TokenCounts::new(1_000, 1_000).cache_read(500),
        )
        .on("2026-08-20")
        // 500 * 5_000_000 + 500 * 500_000 + 1_000 * 30_000_000
        .costs(32_750_000_000)
        .source("PromptFuel 1.0.17: before the price cut of 2026-08-21"),
        bill(
            "openai",
            "gpt-5.6-sol",
            TokenCounts::new(1_000, 1_000).cache_read(500),
        )
        .on("2026-08-21")
        // 500 * 4_000_000 + 500 * 400_000 + 1_000 * 20_000_000
        .costs(22_200_000_000)
        .source("PromptFuel 1.0.17: the price cut of 2026-08-21"),
        bill("openai", "o3", TokenCounts::new(1_000, 1_000))
            .on("2025-06-10")
            // 1_000 * 2_000_000 + 1_000 * 8_000_000
            .costs(10_000_000_000)
            .source("aipipe #14: the price cut of o3"),
        bill(
            "openai",
            "gpt-4o",
            TokenCounts::new(100, 7).cache_read(250).reasoning(9),
        )
        // 0 * 2_500_000 + 250 * 1_250_000 + 0 * 10_000_000 + 9 * 10_000_000
        .costs(402_500_000)
        .source("LangSmith SDK #2519: parts above their totals made a negative rest"),
        bill(
            "openai",
            "text-embedding-3-small",
            TokenCounts::new(1_000_000, 0),
        )
        // 1_000_000 * 20_000
        .costs(20_000_000_000)
        .source("OpenAI's pricing page: $0.02 a million"),
    ]
}

/// Calls in the service tiers.
pub(crate) fn tier_bills() -> Vec<Bill> {
    vec![
        bill(
            "openai",
            "gpt-5-mini",
            TokenCounts::new(2_000, 500).cache_read(1_000),
        )
        // 1_000 * 250_000 + 1_000 * 25_000 + 500 * 2_000_000
        .costs(1_275_000_000)
        .source("defog #303: 0.1275 cents in the default tier"),
        bill(
            "openai",
            "gpt-5-mini",
            TokenCounts::new(2_000, 500).cache_read(1_000),
        )
        .tier(ServiceTier::Flex)
        // 1_000 * 125_000 + 1_000 * 12_500 + 500 * 1_000_000
        .costs(637_500_000)
        .source("defog #303: 0.06375 cents in the flex tier"),
        bill("openai", "gpt-5-nano", TokenCounts::new(1_000, 1_000))
            .tier(ServiceTier::Flex)
            // 1_000 * 25_000 + 1_000 * 200_000
            .costs(225_000_000)
            .source("LiteLLM #13810: flex billed at twice its price"),
        bill("openai", "o4-mini-2025-04-16", TokenCounts::new(1_000, 500))
            .tier(ServiceTier::Flex)
            // 1_000 * 550_000 + 500 * 2_200_000
            .costs(1_650_000_000)
            .source("LiteLLM #22086: flex not found for the dated name"),
        bill(
            "openai",
            "gpt-5.4-mini",
            TokenCounts::new(1_000, 2_000).reasoning(1_600),
        )
        .tier(ServiceTier::Flex)
        // 1_000 * 375_000 + 400 * 2_250_000 + 1_600 * 2_250_000
        .costs(4_875_000_000)
        .source("LangSmith SDK #2615: reasoning of a flex call at the standard price"),
        bill("openai", "gpt-4o-mini-2024-07-18", TokenCounts::new(9, 2))
            .tier(ServiceTier::Priority)
            // 9 * 250_000 + 2 * 1_000_000
            .costs(4_250_000)
            .source("LiteLLM #37046: $0.00000425 expected, $0.00000255 reported"),
        bill("openai", "gpt-4o-2024-08-06", TokenCounts::new(9, 1))
            .tier(ServiceTier::Priority)
            // 9 * 4_250_000 + 1 * 17_000_000
            .costs(55_250_000)
            .source("LiteLLM #37046: $0.00005525 expected"),
        bill("openai", "gpt-4.1-2025-04-14", TokenCounts::new(9, 1))
            .tier(ServiceTier::Priority)
            // 9 * 3_500_000 + 1 * 14_000_000
            .costs(45_500_000)
            .source("LiteLLM #37046: $0.0000455 expected"),
        bill("openai", "gpt-4.1-mini-2025-04-14", TokenCounts::new(9, 1))
            .tier(ServiceTier::Priority)
            // 9 * 700_000 + 1 * 2_800_000
            .costs(9_100_000)
            .source("LiteLLM #37046: $0.0000091 expected"),
        bill(
            "openai",
            "gpt-5.6-sol",
            TokenCounts::new(300_000, 1_000).cache_read(100_000),
        )
        .tier(ServiceTier::Priority)
        // 200_000 * 16_000_000 + 100_000 * 1_600_000 + 1_000 * 60_000_000
        .costs(3_420_000_000_000)
        .source("OpenAI's page of the fast mode, long context"),
        bill(
            "openai",
            "gpt-5.5",
            TokenCounts::new(300_000, 1_000).cache_read(100_000),
        )
        .tier(ServiceTier::Batch)
        // 200_000 * 5_000_000 + 100_000 * 500_000 + 1_000 * 22_500_000
        .costs(1_072_500_000_000)
        .source("LiteLLM #39861: long batches at the short price"),
        bill(
            "openai",
            "gpt-6-sol",
            TokenCounts::new(10_000, 1_000)
                .cache_read(6_000)
                .cache_write(2_000),
        )
        .tier(ServiceTier::Batch)
        // 2_000 * 1_000_000 + 6_000 * 100_000 + 2_000 * 1_250_000 + 1_000 * 5_000_000
        .costs(10_100_000_000)
        .source("LiteLLM #39861: cached tokens of a batch at the price of its input"),
        bill(
            "openai",
            "gpt-4.1",
            TokenCounts::new(1_000, 100).cache_read(800),
        )
        .tier(ServiceTier::Batch)
        // 200 * 1_000_000 + 800 * 1_000_000 + 100 * 4_000_000
        .costs(1_400_000_000)
        .source(
            "LiteLLM #39861: OpenAI's batch table has no price for cached input of older models",
        ),
    ]
}
