//! The prices of one model.

use super::day::Day;
use super::price::Price;
use super::tier::ServiceTier;
use super::unpriced::UnpricedReason;
use crate::money::Usd;
use whose::TokenCounts;

/// The prices of one model, in each service tier and over time.
///
/// Use it to bill many calls of a model: the name of the model is looked up once.
///
/// ```
/// use whose_store::{Day, Prices, ServiceTier};
///
/// let prices = Prices::builtin();
/// let history = prices.get("gpt-5.6-luna").ok_or("no price")?;
/// let input = |day: &str| -> Result<u64, Box<dyn std::error::Error>> {
///     Ok(history.on(ServiceTier::Standard, day.parse::<Day>()?)?.rate.input)
/// };
/// assert_eq!((input("2026-07-29")?, input("2026-07-30")?), (1_000_000, 200_000));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceHistory {
    /// Ordered by tier, then by the first day.
    prices: Vec<Price>,
}

impl PriceHistory {
    pub(super) fn new(price: Price) -> Self {
        Self {
            prices: vec![price],
        }
    }

    /// The model, without a version suffix.
    #[must_use]
    pub fn model(&self) -> &str {
        self.prices.first().map_or("", |price| &price.model)
    }

    pub(super) fn vendor(&self) -> Option<&str> {
        self.prices.first()?.vendor.as_deref()
    }

    /// Adds a price. Returns `false` if the history has a price of the tier from the same day.
    pub(super) fn add(&mut self, price: Price) -> bool {
        let key = |price: &Price| (price.tier, price.valid_from);
        match self.prices.binary_search_by_key(&key(&price), key) {
            Ok(_) => false,
            Err(index) => {
                self.prices.insert(index, price);
                true
            }
        }
    }

    /// The price in a tier on a day: the last one that began, if it has not ended.
    ///
    /// # Errors
    /// [`UnpricedReason::UnknownTier`] if the tier has no price, [`UnpricedReason::UnknownDay`] if
    /// it has prices for other days only.
    pub fn on(&self, tier: ServiceTier, day: Day) -> Result<&Price, UnpricedReason> {
        match self.last_begun(tier, day) {
            Some(price) if price.holds_on(day) => Ok(price),
            _ if self.prices.iter().any(|price| price.tier == tier) => {
                Err(UnpricedReason::UnknownDay)
            }
            _ => Err(UnpricedReason::UnknownTier),
        }
    }

    /// The cost of a call in a tier on a day.
    ///
    /// # Errors
    /// Why the call is unpriced.
    pub fn cost(
        &self,
        tier: ServiceTier,
        day: Day,
        tokens: &TokenCounts,
    ) -> Result<Usd, UnpricedReason> {
        self.on(tier, day)?.cost(tokens)
    }

    /// The last standard price that began by that day, also if it has ended.
    ///
    /// Use it to show a price. A call is billed at the price of its day: see [`on`](Self::on).
    #[must_use]
    pub fn latest(&self, day: Day) -> Option<&Price> {
        self.last_begun(ServiceTier::Standard, day)
    }

    /// The prices, ordered by tier and first day.
    pub fn iter(&self) -> impl Iterator<Item = &Price> {
        self.prices.iter()
    }

    fn last_begun(&self, tier: ServiceTier, day: Day) -> Option<&Price> {
        let mut newest_first = self.prices.iter().rev();
        newest_first.find(|price| price.tier == tier && price.has_begun_by(day))
    }
}
