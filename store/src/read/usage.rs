//! Model calls, tokens and cost.

use serde::Serialize;
use whose::TokenCounts;

use super::rollup::CallSums;
use super::weight::WeightedSum;
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
    /// Whether the numbers are estimates: a [`Sampler`](whose::Sampler) left out some of the calls,
    /// and the others count by their weights.
    #[serde(rename = "usage_estimated", skip_serializing_if = "is_exact")]
    pub is_estimated: bool,
}

/// For `skip_serializing_if`, which passes a reference.
#[allow(clippy::trivially_copy_pass_by_ref)]
pub(super) fn is_exact(is_estimated: &bool) -> bool {
    !is_estimated
}

/// The weighted sum of model calls.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct UsageSum {
    calls: WeightedSum,
    input_tokens: WeightedSum,
    output_tokens: WeightedSum,
    cache_read_tokens: WeightedSum,
    cache_write_tokens: WeightedSum,
    reasoning_tokens: WeightedSum,
    cost_usd: Option<Usd>,
    unpriced_calls: WeightedSum,
    is_estimated: bool,
}

impl UsageSum {
    /// Adds a call that stands for `weight` calls. `cost` is `None` if the call has no price.
    pub(super) fn add_call(&mut self, tokens: &TokenCounts, cost: Option<Usd>, weight: f64) {
        self.calls.add(weight);
        self.input_tokens.add_times(tokens.input, weight);
        self.output_tokens.add_times(tokens.output, weight);
        self.cache_read_tokens.add_times(tokens.cache_read, weight);
        self.cache_write_tokens
            .add_times(tokens.cache_writes(), weight);
        self.reasoning_tokens.add_times(tokens.reasoning, weight);
        self.is_estimated |= weight > 1.0;
        match cost {
            Some(cost) => *self.cost_usd.get_or_insert_default() += cost.times(weight),
            None => self.unpriced_calls.add(weight),
        }
    }

    /// Adds calls that each stand for `weight` calls. `cost` is that of all of them; `None` if they
    /// have no price.
    pub(super) fn add_calls(&mut self, sums: &CallSums, cost: Option<Usd>, weight: f64) {
        let times = |number: u64| {
            let mut sum = WeightedSum::default();
            sum.add_times(number, weight);
            sum
        };
        let tokens = &sums.tokens;
        self.add(&Self {
            calls: times(sums.calls),
            input_tokens: times(tokens.input),
            output_tokens: times(tokens.output),
            cache_read_tokens: times(tokens.cache_read),
            cache_write_tokens: times(tokens.cache_write),
            reasoning_tokens: times(tokens.reasoning),
            cost_usd: cost.map(|cost| cost.times(weight)),
            unpriced_calls: times(if cost.is_none() { sums.calls } else { 0 }),
            is_estimated: weight > 1.0,
        });
    }

    /// Adds the calls of another sum.
    pub(super) fn add(&mut self, other: &Self) {
        self.calls.add_sum(other.calls);
        self.input_tokens.add_sum(other.input_tokens);
        self.output_tokens.add_sum(other.output_tokens);
        self.cache_read_tokens.add_sum(other.cache_read_tokens);
        self.cache_write_tokens.add_sum(other.cache_write_tokens);
        self.reasoning_tokens.add_sum(other.reasoning_tokens);
        self.unpriced_calls.add_sum(other.unpriced_calls);
        self.is_estimated |= other.is_estimated;
        if let Some(cost) = other.cost_usd {
            *self.cost_usd.get_or_insert_default() += cost;
        }
    }

    /// The cost; `None` if no call has a price.
    pub(super) fn cost_usd(&self) -> Option<Usd> {
        self.cost_usd
    }

    /// The sum, rounded to whole calls and tokens.
    pub(super) fn rounded(&self) -> Usage {
        Usage {
            calls: self.calls.rounded(),
            input_tokens: self.input_tokens.rounded(),
            output_tokens: self.output_tokens.rounded(),
            cache_read_tokens: self.cache_read_tokens.rounded(),
            cache_write_tokens: self.cache_write_tokens.rounded(),
            reasoning_tokens: self.reasoning_tokens.rounded(),
            cost_usd: self.cost_usd,
            unpriced_calls: self.unpriced_calls.rounded(),
            is_estimated: self.is_estimated,
        }
    }
}
