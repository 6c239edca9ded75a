//! What the server answered, and what a call costs by the providers' own rules.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

/// The usage of one answer, in the counts of the provider's API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// OpenAI's `usage`: `prompt` includes `cached`, and `completion` includes `reasoning`.
    OpenAi {
        /// `prompt_tokens`.
        prompt: u64,
        /// `prompt_tokens_details.cached_tokens`.
        cached: u64,
        /// `completion_tokens`.
        completion: u64,
        /// `completion_tokens_details.reasoning_tokens`.
        reasoning: u64,
    },
    /// Anthropic's `usage`: `input` has neither the tokens read from the cache nor those written to it.
    Anthropic {
        /// `input_tokens`.
        input: u64,
        /// `cache_read_input_tokens`.
        read: u64,
        /// `cache_creation_input_tokens`.
        written: u64,
        /// `output_tokens`.
        output: u64,
    },
}

impl Call {
    /// The usage of the `number`th answer of OpenAI's API. No two numbers cost the same.
    pub(crate) fn open_ai(number: u64) -> Self {
        Self::OpenAi {
            prompt: 2_000 + 13 * number,
            cached: 1_024 + 3 * number,
            completion: 400 + 7 * number,
            reasoning: 256 + 5 * number,
        }
    }

    /// The usage of the `number`th answer of Anthropic's API. The uncached input is larger than the
    /// cached one for odd numbers, and smaller for even ones.
    pub(crate) fn anthropic(number: u64) -> Self {
        let (input, read) = match number % 2 {
            0 => (50 + number, 9_000 + number),
            _ => (9_000 + number, 50 + number),
        };
        Self::Anthropic {
            input,
            read,
            written: 1_200 + 11 * number,
            output: 300 + 7 * number,
        }
    }

    /// The usage as the provider's API writes it.
    pub(crate) fn usage(self) -> Value {
        match self {
            Self::OpenAi {
                prompt,
                cached,
                completion,
                reasoning,
            } => json!({
                "prompt_tokens": prompt,
                "completion_tokens": completion,
                "total_tokens": prompt + completion,
                "prompt_tokens_details": { "cached_tokens": cached, "audio_tokens": 0 },
                "completion_tokens_details": {
                    "reasoning_tokens": reasoning,
                    "audio_tokens": 0,
                    "accepted_prediction_tokens": 0,
                    "rejected_prediction_tokens": 0
                }
            }),
            Self::Anthropic {
                input,
                read,
                written,
                output,
            } => json!({
                "input_tokens": input,
                "cache_read_input_tokens": read,
                "cache_creation_input_tokens": written,
                "cache_creation": {
                    "ephemeral_5m_input_tokens": written,
                    "ephemeral_1h_input_tokens": 0
                },
                "output_tokens": output,
                "service_tier": "standard"
            }),
        }
    }

    /// The cost of the call in the standard tier, in picodollars: $1 for a million tokens is 1,000,000
    /// picodollars a token.
    ///
    /// - gpt-5-mini: input $0.25, cached input $0.025, output $2 (OpenAI, "Pricing"). Reasoning tokens
    ///   are billed as output tokens, of which they are a part (OpenAI, "Reasoning models").
    /// - claude-sonnet-4-5: input $3, cache read $0.30, 5-minute cache write $3.75, output $15
    ///   (Anthropic, "Pricing").
    #[must_use]
    pub fn picodollars(self) -> u128 {
        let cost = match self {
            Self::OpenAi {
                prompt,
                cached,
                completion,
                ..
            } => (prompt - cached) * 250_000 + cached * 25_000 + completion * 2_000_000,
            Self::Anthropic {
                input,
                read,
                written,
                output,
            } => input * 3_000_000 + read * 300_000 + written * 3_750_000 + output * 15_000_000,
        };
        u128::from(cost)
    }
}

/// The calls that the server answered, by customer.
/// `Clone` shares the calls.
#[derive(Clone, Default)]
pub struct Ledger(Arc<Mutex<BTreeMap<String, Vec<Call>>>>);

impl Ledger {
    pub(crate) fn add(&self, customer: &str, call: Call) {
        let mut calls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        calls.entry(customer.to_owned()).or_default().push(call);
    }

    /// The number of calls and their cost in picodollars in the standard tier, by customer.
    #[must_use]
    pub fn costs(&self) -> BTreeMap<String, (u64, u128)> {
        let calls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let sum = |calls: &[Call]| {
            let cost = calls.iter().map(|call| call.picodollars()).sum();
            (calls.len() as u64, cost)
        };
        let sums = calls
            .iter()
            .map(|(customer, calls)| (customer.clone(), sum(calls)));
        sums.collect()
    }
}
