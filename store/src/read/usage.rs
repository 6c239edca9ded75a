//! What models were used for, and what that cost.

use serde::Serialize;

use crate::money::Usd;
use crate::prices::Price;

/// What models were used for, and what that cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Usage {
    /// Calls of models.
    pub calls: u64,
    /// Tokens that went in.
    pub input_tokens: u64,
    /// Tokens that came out.
    pub output_tokens: u64,
    /// What the calls cost whose model has a price; `None` if there is no such call.
    pub cost_usd: Option<Usd>,
    /// Calls whose model has no price: their cost is unknown, and in no sum.
    pub unpriced_calls: u64,
}

impl Usage {
    /// Adds one call.
    pub(super) fn add_call(&mut self, input: u64, output: u64, price: Option<&Price>) {
        self.add(
            &CallGroup {
                calls: 1,
                input_tokens: input,
                output_tokens: output,
                is_long: price
                    .and_then(|price| price.long)
                    .is_some_and(|long| input > long.over),
            },
            price,
        );
    }

    /// Adds calls of one model, all with long input or all without.
    pub(super) fn add(&mut self, group: &CallGroup, price: Option<&Price>) {
        self.calls += group.calls;
        self.input_tokens += group.input_tokens;
        self.output_tokens += group.output_tokens;
        match price {
            Some(price) => {
                let rate = match price.long {
                    Some(long) if group.is_long => long.rate,
                    _ => price.rate,
                };
                let cost = rate.cost(group.input_tokens, group.output_tokens);
                *self.cost_usd.get_or_insert_default() += cost;
            }
            None => self.unpriced_calls += group.calls,
        }
    }
}

/// Calls of one model that have one rate.
pub(super) struct CallGroup {
    pub(super) calls: u64,
    pub(super) input_tokens: u64,
    pub(super) output_tokens: u64,
    pub(super) is_long: bool,
}

/// The tokens of a call, within what the writer keeps: no sum over a file overflows, whatever a
/// forged call says.
pub(super) fn tokens(count: i64) -> u64 {
    count.clamp(0, i64::from(u32::MAX)).unsigned_abs()
}
