//! What is wrong with a search text, and where.

use std::ops::Range;

use serde::Serialize;

/// A part of a search text that means nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct SyntaxError {
    /// The bytes of the text, at boundaries of characters.
    pub(crate) at: Range<usize>,
    /// What is wrong, and what is accepted.
    pub(crate) message: String,
}

impl SyntaxError {
    pub(super) fn new(at: Range<usize>, message: impl Into<String>) -> Self {
        Self {
            at,
            message: message.into(),
        }
    }
}
