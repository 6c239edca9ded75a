//! The table of the prices of models.

use std::collections::HashMap;

use super::error::PriceError;
use super::price::{Price, Rate};
use super::{csv, version};

/// A table of model prices.
///
/// [`get`](Self::get) looks a model up by its full name, then without a vendor prefix
/// (`openai/gpt-4o`, if the prefix is the vendor in the table), then without a version suffix: a
/// date (`-2024-08-06`, `-20241022`, `@20241022`), `-latest` or three digits (`-002`).
///
/// ```
/// use whose_store::{Prices, Usd};
///
/// let prices = Prices::builtin().with_price("our-own-7b", 0.10, 0.30)?;
/// assert_eq!(prices.get("gpt-4o-2024-08-06").unwrap().model, "gpt-4o");
/// assert_eq!(prices.get("our-own-7b").unwrap().rate.cost(1_000_000, 0).to_string(), "$0.10");
/// assert!(prices.get("gpt-4o-foo").is_none());
/// # Ok::<(), whose_store::PriceError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prices(HashMap<String, Price>);

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

    /// Adds the price of a model, in US dollars per million tokens. Replaces an earlier price.
    ///
    /// # Errors
    /// If a price is negative, not a number, or greater than a million dollars.
    pub fn with_price(mut self, model: &str, input: f64, output: f64) -> Result<Self, PriceError> {
        let rate = Rate {
            input: microdollars(input)?,
            output: microdollars(output)?,
        };
        self.insert(Price {
            model: model.to_owned(),
            vendor: None,
            rate,
            long_input: None,
            as_of: None,
            source: None,
        });
        Ok(self)
    }

    /// Adds the prices of a CSV table. Replaces earlier prices of the same models.
    ///
    /// The first line contains the column names: `model`, `input` and `output` are required;
    /// `vendor`, `long_over`, `long_input`, `long_output`, `as_of` and `source` are optional.
    /// Prices are in US dollars per million tokens. Lines that begin with `#` are comments. There
    /// is no quoting.
    ///
    /// ```
    /// use whose_store::Prices;
    ///
    /// let prices = Prices::builtin().with_csv("model,input,output\nour-own-7b,0.10,0.30\n")?;
    /// assert!(prices.get("our-own-7b").is_some());
    /// # Ok::<(), whose_store::PriceError>(())
    /// ```
    ///
    /// # Errors
    /// If a line is invalid; the message contains the line number.
    pub fn with_csv(mut self, table: &str) -> Result<Self, PriceError> {
        for price in csv::parse(table)? {
            self.insert(price);
        }
        Ok(self)
    }

    /// The price of a model, if known.
    #[must_use]
    pub fn get(&self, model: &str) -> Option<&Price> {
        let model = model.to_ascii_lowercase();
        self.unprefixed(&model).or_else(|| {
            let (vendor, model) = model.split_once('/')?;
            self.unprefixed(model)
                .filter(|price| price.vendor.as_deref() == Some(vendor))
        })
    }

    /// The prices, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = &Price> {
        self.0.values()
    }

    fn unprefixed(&self, model: &str) -> Option<&Price> {
        self.0
            .get(model)
            .or_else(|| self.0.get(version::strip(model)?))
    }

    fn insert(&mut self, price: Price) {
        self.0.insert(price.model.to_ascii_lowercase(), price);
    }
}

/// Converts dollars to microdollars. A price over a million dollars for a million tokens is a
/// mistake.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // The range is checked.
fn microdollars(dollars: f64) -> Result<u64, PriceError> {
    if (0.0..=1e6).contains(&dollars) {
        Ok((dollars * 1e6).round() as u64)
    } else {
        Err(PriceError {
            line: None,
            reason: format!("{dollars} is not a price from 0 to 1000000"),
        })
    }
}
