//! The error of a price that is invalid.

use std::fmt;

/// Why a price, or a table of prices, is invalid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceError {
    pub(super) line: Option<usize>,
    pub(super) reason: String,
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
