//! What models cost.

mod csv;
#[cfg(test)]
mod tests;
mod version;

use std::collections::HashMap;
use std::fmt;

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
    pub long: Option<LongInput>,
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
    pub over: u64,
    /// The price of all its tokens.
    pub rate: Rate,
}

impl Rate {
    /// What so many tokens cost.
    #[must_use]
    pub fn cost(self, input_tokens: u64, output_tokens: u64) -> Usd {
        let of = |tokens: u64, rate: u64| i128::from(tokens) * i128::from(rate);
        Usd::from_pico(of(input_tokens, self.input) + of(output_tokens, self.output))
    }
}

impl Price {
    /// The rate of a call with that many input tokens.
    #[must_use]
    pub fn rate_for(&self, input_tokens: u64) -> Rate {
        match self.long {
            Some(long) if input_tokens > long.over => long.rate,
            _ => self.rate,
        }
    }
}

/// A table of the prices of models.
///
/// A model is looked up by its name; failing that, by its name without the vendor in front
/// (`openai/gpt-4o`, as gateways write it, provided that the vendor is the one in the table) or
/// without a version at the end: a date (`-2024-08-06`, `-20241022`, `@20241022`), `-latest` or
/// three digits (`-002`). A model that is not found that way has no price.
///
/// ```
/// use whose_store::{Prices, Usd};
///
/// let prices = Prices::builtin().with("our-own-7b", 0.10, 0.30)?;
/// assert_eq!(prices.of("gpt-4o-2024-08-06").unwrap().model, "gpt-4o");
/// assert_eq!(prices.of("our-own-7b").unwrap().rate.cost(1_000_000, 0).to_string(), "$0.10");
/// assert!(prices.of("gpt-4o-foo").is_none());
/// # Ok::<(), whose_store::PriceError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prices(HashMap<String, Price>);

impl Prices {
    /// The list prices of current mainstream models, each with its day and its source.
    #[must_use]
    pub fn builtin() -> Self {
        // The table is part of the crate, and a test reads it: there is no error to report here.
        Self::default()
            .with_csv(include_str!("../../prices.csv"))
            .unwrap_or_default()
    }

    /// A table without any price.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Adds the price of a model in US dollars per million tokens; it replaces an older one.
    ///
    /// # Errors
    /// Where a price is negative, not a number, or past a million dollars.
    pub fn with(mut self, model: &str, input: f64, output: f64) -> Result<Self, PriceError> {
        let rate = Rate {
            input: micro(input)?,
            output: micro(output)?,
        };
        self.insert(Price {
            model: model.to_owned(),
            vendor: None,
            rate,
            long: None,
            as_of: None,
            source: None,
        });
        Ok(self)
    }

    /// Adds the prices of a table in CSV; they replace older ones of the same models.
    ///
    /// The first line names the columns: `model`, `input` and `output` are needed, `vendor`,
    /// `long_over`, `long_input`, `long_output`, `as_of` and `source` can be left out. Prices are
    /// US dollars per million tokens. Lines that begin with `#` are comments; there is no quoting.
    ///
    /// ```
    /// use whose_store::Prices;
    ///
    /// let prices = Prices::builtin().with_csv("model,input,output\nour-own-7b,0.10,0.30\n")?;
    /// assert!(prices.of("our-own-7b").is_some());
    /// # Ok::<(), whose_store::PriceError>(())
    /// ```
    ///
    /// # Errors
    /// Where a line cannot be read; the message names the line.
    pub fn with_csv(mut self, table: &str) -> Result<Self, PriceError> {
        for price in csv::parse(table)? {
            self.insert(price);
        }
        Ok(self)
    }

    /// The price of a model, if it is known.
    #[must_use]
    pub fn of(&self, model: &str) -> Option<&Price> {
        let model = model.to_ascii_lowercase();
        self.unprefixed(&model).or_else(|| {
            let (vendor, model) = model.split_once('/')?;
            self.unprefixed(model)
                .filter(|price| price.vendor.as_deref() == Some(vendor))
        })
    }

    /// The prices, in no order.
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

/// Microdollars; a price past a million dollars for a million tokens is taken for a mistake.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // The range is checked.
fn micro(dollars: f64) -> Result<u64, PriceError> {
    if (0.0..=1e6).contains(&dollars) {
        Ok((dollars * 1e6).round() as u64)
    } else {
        Err(PriceError {
            line: None,
            reason: format!("{dollars} is not a price from 0 to 1000000"),
        })
    }
}

/// Why a price cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceError {
    line: Option<usize>,
    reason: String,
}

impl fmt::Display for PriceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line} of the price table: {}", self.reason),
            None => f.write_str(&self.reason),
        }
    }
}

impl std::error::Error for PriceError {}
