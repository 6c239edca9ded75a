//! The price of one model.

use serde::Serialize;

use crate::money::Usd;

/// The price of a model.
///
/// ```
/// let prices = whose_store::Prices::builtin();
/// let price = prices.get("gemini-2.5-pro").ok_or("no price")?;
/// let (input, output) = (300_000, 1_000);
/// let cost = price.rate_for(input).cost(input, output); // the rate of a long input
/// assert!(cost > price.rate.cost(input, output));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Price {
    /// The model, without a version suffix.
    pub model: String,
    /// The vendor.
    pub vendor: Option<String>,
    /// The price of a token.
    #[serde(skip)]
    pub rate: Rate,
    /// The price of a token in a call with long input, if it differs.
    #[serde(skip)]
    pub long_input: Option<LongInput>,
    /// The day for which the price was published, as `YYYY-MM-DD`.
    pub as_of: Option<String>,
    /// The source of the price.
    pub source: Option<String>,
}

/// The price of one token, in picodollars. The same number in microdollars is the price of a
/// million tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rate {
    /// The price of an input token.
    pub input: u64,
    /// The price of an output token.
    pub output: u64,
}

/// The price of a call with long input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LongInput {
    /// Calls with more input tokens than this have long input.
    pub threshold: u64,
    /// The price of all tokens of such a call.
    pub rate: Rate,
}

impl Rate {
    /// The cost of a number of tokens.
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
