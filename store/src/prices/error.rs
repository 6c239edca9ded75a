//! The error of a price that is invalid.

use std::fmt;

/// Why a price, a day, a service tier or a table of prices is invalid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceError {
    line: Option<usize>,
    reason: String,
}

impl PriceError {
    pub(super) fn new(reason: impl Into<String>) -> Self {
        Self {
            line: None,
            reason: reason.into(),
        }
    }

    /// Adds the number of the line in the table.
    pub(super) fn at_line(self, line: usize) -> Self {
        Self {
            line: Some(line),
            ..self
        }
    }
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
