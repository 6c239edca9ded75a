//! The price of one model in one service tier.

use serde::Serialize;
use whose::TokenCounts;

use super::day::Day;
use super::rate::Rate;
use super::tier::ServiceTier;
use super::unpriced::UnpricedReason;
use crate::money::Usd;

/// The price of a model in a service tier, from one day until another.
///
/// ```
/// use whose_store::{Day, Prices, ServiceTier, TokenCounts};
///
/// let prices = Prices::builtin();
/// let day = "2026-11-29".parse::<Day>()?;
/// let price = prices.find("gemini-2.5-pro", ServiceTier::Standard, day)?;
/// let short = price.cost(&TokenCounts::new(200_000, 0))?;
/// let long = price.cost(&TokenCounts::new(200_001, 0))?; // the rate of a long input
/// assert_eq!((short.to_string(), long.to_string()), ("$0.25".into(), "$0.5000025".into()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Price {
    /// The model, without a version suffix.
    pub model: String,
    /// The vendor.
    pub vendor: Option<String>,
    /// The service tier.
    pub tier: ServiceTier,
    /// The first day of the price. Holds for every earlier day if `None`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<Day>,
    /// The first day on which the price no longer holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Day>,
    /// The price of a token.
    #[serde(skip)]
    pub rate: Rate,
    /// The price of a token in a call with long input, if it differs.
    #[serde(skip)]
    pub long_input: Option<LongInput>,
    /// The day on which the source had the price, as `YYYY-MM-DD`.
    pub as_of: Option<String>,
    /// The source of the price.
    pub source: Option<String>,
}

/// The price of a call with long input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LongInput {
    /// Calls with more input tokens than this have long input.
    pub threshold: u64,
    /// The price of all tokens of such a call; `None` if the vendor publishes none.
    pub rate: Option<Rate>,
}

impl Price {
    /// The rate of a call with that many input tokens, cached ones included.
    ///
    /// # Errors
    /// [`UnpricedReason::LongInput`] if the vendor publishes no price for that length.
    pub fn rate_for(&self, input_tokens: u64) -> Result<Rate, UnpricedReason> {
        match self.long_input {
            Some(long) if input_tokens > long.threshold => {
                long.rate.ok_or(UnpricedReason::LongInput)
            }
            _ => Ok(self.rate),
        }
    }

    /// The cost of a call.
    ///
    /// # Errors
    /// Why the call is unpriced: see [`rate_for`](Self::rate_for) and [`Rate::cost`].
    pub fn cost(&self, tokens: &TokenCounts) -> Result<Usd, UnpricedReason> {
        self.rate_for(tokens.total_input())?.cost(tokens)
    }

    pub(super) fn has_begun_by(&self, day: Day) -> bool {
        self.valid_from.is_none_or(|from| from <= day)
    }

    pub(super) fn holds_on(&self, day: Day) -> bool {
        self.has_begun_by(day) && self.valid_until.is_none_or(|until| day < until)
    }
}
