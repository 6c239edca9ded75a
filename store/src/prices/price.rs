//! The price of one model.

use serde::Serialize;

use crate::money::Usd;

/// The price of a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Price {
    /// The model, without a version.
    pub model: String,
    /// Who sells it.
    pub vendor: Option<String>,
    /// The price of its tokens.
    #[serde(skip)]
    pub rate: Rate,
    /// The price of its tokens where the input is long.
    #[serde(skip)]
    pub long_input: Option<LongInput>,
    /// The day on which the price was valid, as `YYYY-MM-DD`.
    pub as_of: Option<String>,
    /// Who says so.
    pub source: Option<String>,
}

/// The price of one token, in picodollars; that is the price of a million in microdollars.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rate {
    /// The price of a token that goes in.
    pub input: u64,
    /// The price of a token that comes out.
    pub output: u64,
}

/// The price of a call whose input is long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LongInput {
    /// A call with more input tokens than that is long.
    pub threshold: u64,
    /// The price of all its tokens.
    pub rate: Rate,
}

impl Rate {
    /// What so many tokens cost.
    #[must_use]
    pub fn cost(self, input_tokens: u64, output_tokens: u64) -> Usd {
        let of = |tokens: u64, rate: u64| i128::from(tokens) * i128::from(rate);
        Usd::from_picos(of(input_tokens, self.input) + of(output_tokens, self.output))
    }
}

impl Price {
    /// The rate of a call with that many input tokens.
    #[must_use]
    pub fn rate_for(&self, input_tokens: u64) -> Rate {
        match self.long_input {
            Some(long) if input_tokens > long.threshold => long.rate,
            _ => self.rate,
        }
    }
}
