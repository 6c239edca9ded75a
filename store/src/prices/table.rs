//! The table of the prices of models.

use std::collections::{HashMap, HashSet};
use whose::TokenCounts;

use super::amount;
use super::csv;
use super::day::Day;
use super::error::PriceError;
use super::history::PriceHistory;
use super::price::Price;
use super::rate::Rate;
use super::tier::ServiceTier;
use super::unpriced::UnpricedReason;
use super::version;
use crate::money::Usd;

/// A table of model prices.
///
/// [`get`](Self::get) looks a model up by its full name, then without a vendor prefix
/// (`openai/gpt-4o`, if the prefix is the vendor in the table), then without a version suffix: a
/// date (`-2024-08-06`, `-20241022`, `@20241022`), `-latest` or three digits (`-002`).
///
/// A model has a price for each service tier, and prices that changed have the days between which
/// they held. A call without a price is unpriced, with a reason, and never billed at a guess.
///
/// ```
/// use whose_store::{Day, Prices, ServiceTier, TokenCounts, UnpricedReason};
///
/// let prices = Prices::builtin().with_price("our-own-7b", 0.10, 0.30)?;
/// assert_eq!(prices.get("gpt-4o-2024-08-06").unwrap().model(), "gpt-4o");
/// assert!(prices.get("gpt-4o-foo").is_none());
///
/// let tokens = TokenCounts::new(1_000_000, 0);
/// let cost = |tier| prices.cost("our-own-7b", tier, Day::today(), &tokens);
/// assert_eq!(cost(ServiceTier::Standard)?.to_string(), "$0.10");
/// assert_eq!(cost(ServiceTier::Batch), Err(UnpricedReason::UnknownTier));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prices(HashMap<String, PriceHistory>);

impl Prices {
    /// The list prices of current mainstream models, each with its day and source.
    #[must_use]
    pub fn builtin() -> Self {
        // The table is part of the crate and covered by a test, so it has no errors.
        Self::default()
            .with_csv(include_str!("../../prices.csv"))
            .unwrap_or_default()
    }

    /// A table without prices.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// Adds the standard price of a model, in US dollars per million tokens. Replaces every earlier
    /// price of the model, also in the other service tiers.
    ///
    /// # Errors
    /// If a price is negative, not a number, greater than a million dollars, or has more than six
    /// decimals.
    pub fn with_price(mut self, model: &str, input: f64, output: f64) -> Result<Self, PriceError> {
        let price = Price {
            model: model.to_owned(),
            vendor: None,
            tier: ServiceTier::Standard,
            valid_from: None,
            valid_until: None,
            rate: Rate {
                input: amount::from_f64(input)?,
                output: amount::from_f64(output)?,
                ..Rate::default()
            },
            long_input: None,
            as_of: None,
            source: None,
        };
        self.0.insert(key(model), PriceHistory::new(price));
        Ok(self)
    }

    /// Adds the prices of a CSV table. Replaces every earlier price of the same models, also in
    /// service tiers and for days that the table does not name.
    ///
    /// The first line contains the column names: `model`, `input` and `output` are required.
    /// Prices are in US dollars per million tokens, with at most six decimals. Lines that begin
    /// with `#` are comments. There is no quoting.
    ///
    /// | optional column | content | if empty |
    /// |---|---|---|
    /// | `vendor`, `as_of`, `source` | who has the price, on which day it was read, and where | |
    /// | `tier` | `standard`, `batch`, `flex` or `priority` | `standard` |
    /// | `valid_from` | the first day of the price | holds for every earlier day |
    /// | `valid_until` | the first day on which the price no longer holds | holds until the next `valid_from` |
    /// | `cache_read`, `cache_write` | cached input | the price of input |
    /// | `cache_write_1h` | input cached for an hour | the price of `cache_write` |
    /// | `reasoning` | reasoning tokens | the price of output |
    /// | `audio_input`, `audio_output` | audio | a call with audio is unpriced |
    /// | `long_over` | calls with more input tokens are billed completely at the `long_` prices | one price for every length |
    /// | `long_input`, `long_cache_read`, ... | a `long_` column for each price | all of them: a longer call is unpriced |
    ///
    /// ```
    /// use whose_store::{Day, Prices, ServiceTier, TokenCounts};
    ///
    /// let prices = Prices::builtin().with_csv(
    ///     "model,tier,valid_from,input,output,cache_read
    ///      our-own-7b,standard,,0.10,0.30,0.01
    ///      our-own-7b,standard,2026-10-01,0.20,0.60,0.02
    ///      our-own-7b,batch,,0.05,0.15,",
    /// )?;
    /// let cost = |tier, day: &str| -> Result<_, Box<dyn std::error::Error>> {
    ///     let tokens = TokenCounts::new(1_000_000, 0).cache_read(500_000);
    ///     Ok(prices.cost("our-own-7b", tier, day.parse::<Day>()?, &tokens)?.to_string())
    /// };
    /// assert_eq!(cost(ServiceTier::Standard, "2026-09-30")?, "$0.055");
    /// assert_eq!(cost(ServiceTier::Standard, "2026-10-01")?, "$0.11");
    /// assert_eq!(cost(ServiceTier::Batch, "2026-10-01")?, "$0.05"); // Cached input is not free.
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If a line is invalid, or a price of the same model, tier and first day is there twice. The
    /// message contains the line number.
    pub fn with_csv(mut self, table: &str) -> Result<Self, PriceError> {
        let mut replaced = HashSet::new();
        for (line, price) in csv::parse(table)? {
            let model = key(&price.model);
            if replaced.insert(model.clone()) {
                self.0.insert(model, PriceHistory::new(price));
            } else if let Some(history) = self.0.get_mut(&model)
                && !history.add(price)
            {
                return Err(PriceError::new(
                    "the model has a price for this tier and first day already",
                )
                .at_line(line));
            }
        }
        Ok(self)
    }

    /// The prices of a model, if known.
    #[must_use]
    pub fn get(&self, model: &str) -> Option<&PriceHistory> {
        let model = key(model);
        self.unprefixed(&model).or_else(|| {
            let (vendor, model) = model.split_once('/')?;
            self.unprefixed(model)
                .filter(|history| history.vendor() == Some(vendor))
        })
    }

    /// The price of a model in a service tier on a day.
    ///
    /// # Errors
    /// Why there is no price.
    pub fn find(&self, model: &str, tier: ServiceTier, day: Day) -> Result<&Price, UnpricedReason> {
        let history = self.get(model).ok_or(UnpricedReason::UnknownModel)?;
        history.on(tier, day)
    }

    /// The cost of a call.
    ///
    /// Use [`get`](Self::get) and [`PriceHistory::cost`] for many calls of one model.
    ///
    /// # Errors
    /// Why the call is unpriced.
    pub fn cost(
        &self,
        model: &str,
        tier: ServiceTier,
        day: Day,
        tokens: &TokenCounts,
    ) -> Result<Usd, UnpricedReason> {
        self.find(model, tier, day)?.cost(tokens)
    }

    /// The prices of every model, tier and time, in no particular order of models.
    pub fn iter(&self) -> impl Iterator<Item = &Price> {
        self.0.values().flat_map(PriceHistory::iter)
    }

    fn unprefixed(&self, model: &str) -> Option<&PriceHistory> {
        self.0
            .get(model)
            .or_else(|| self.0.get(version::strip(model)?))
    }
}

fn key(model: &str) -> String {
    model.to_ascii_lowercase()
}
