//! The prices of models.

mod csv;
mod error;
mod price;
mod table;
#[cfg(test)]
mod tests;
mod version;

pub use error::PriceError;
pub use price::{LongInput, Price, Rate};
pub use table::Prices;
