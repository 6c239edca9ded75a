//! Model calls, tokens and cost.

use serde::Serialize;
use whose::TokenCounts;

use crate::money::Usd;

/// Model calls, their tokens and their cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Usage {
    /// Model calls.
    pub calls: u64,
    /// Input tokens, with the cached ones.
    pub input_tokens: u64,
    /// Output tokens, with the reasoning ones.
    pub output_tokens: u64,
    /// Input tokens that were read from a cache.
    pub cache_read_tokens: u64,
    /// Input tokens that were written to a cache.
    pub cache_write_tokens: u64,
    /// Output tokens that a model used for reasoning.
    pub reasoning_tokens: u64,
    /// The cost of the calls that have a price; `None` if there is no such call.
    pub cost_usd: Option<Usd>,
    /// Calls without a price. No sum includes their cost.
    pub unpriced_calls: u64,
}

impl Usage {
    /// Adds a call. `cost` is `None` if the call has no price.
    pub(super) fn add_call(&mut self, tokens: &TokenCounts, cost: Option<Usd>) {
        self.calls += 1;
        self.input_tokens += tokens.input;
        self.output_tokens += tokens.output;
        self.cache_read_tokens += tokens.cache_read;
        self.cache_write_tokens += tokens.cache_writes();
        self.reasoning_tokens += tokens.reasoning;
        match cost {
            Some(cost) => *self.cost_usd.get_or_insert_default() += cost,
            None => self.unpriced_calls += 1,
        }
    }

    /// Adds the calls of another sum.
    pub(super) fn add(&mut self, other: &Self) {
        self.calls += other.calls;
        self.input_tokens += other.input_tokens;
        self.output_tokens += other.output_tokens;
        self.cache_read_tokens += other.cache_read_tokens;
        self.cache_write_tokens += other.cache_write_tokens;
        self.reasoning_tokens += other.reasoning_tokens;
        self.unpriced_calls += other.unpriced_calls;
        if let Some(cost) = other.cost_usd {
            *self.cost_usd.get_or_insert_default() += cost;
        }
    }
}

/// Limits a token count to `u32`, as the writer does, so that no sum over a forged file overflows.
pub(super) fn clamp_tokens(count: i64) -> u64 {
    count.clamp(0, i64::from(u32::MAX)).unsigned_abs()
}
