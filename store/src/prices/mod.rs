//! The prices of models.

mod amount;
mod csv;
mod day;
mod error;
mod history;
mod price;
mod rate;
mod table;
#[cfg(test)]
mod tests;
mod tier;
mod unpriced;
mod version;

pub use day::Day;
pub use error::PriceError;
pub use history::PriceHistory;
pub use price::{LongInput, Price};
pub use rate::Rate;
pub use table::Prices;
pub use tier::ServiceTier;
pub use unpriced::UnpricedReason;
