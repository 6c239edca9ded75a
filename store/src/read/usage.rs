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
    /// Adds a call.
    pub(super) fn add_call(&mut self, input: u64, output: u64, price: Option<&Price>) {
        self.calls += 1;
        self.input_tokens += input;
        self.output_tokens += output;
        match price {
            Some(price) => {
                let cost = price.rate_for(input).cost(input, output);
                *self.cost_usd.get_or_insert_default() += cost;
            }
            None => self.unpriced_calls += 1,
        }
    }
}

/// The tokens of a call, within what the writer keeps: no sum over a file overflows, whatever a
/// forged call says.
pub(super) fn clamp_tokens(count: i64) -> u64 {
    count.clamp(0, i64::from(u32::MAX)).unsigned_abs()
}
