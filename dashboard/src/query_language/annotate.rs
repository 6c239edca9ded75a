//! A search text with its errors at their places.

use super::syntax_error::SyntaxError;

/// A part of a search text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part<'a> {
    pub(crate) text: &'a str,
    /// The number of the error of this part, from 1.
    pub(crate) error: Option<usize>,
}

/// The text in parts, with and without an error. The errors are in the order of the text.
pub(crate) fn annotate<'a>(text: &'a str, errors: &[SyntaxError]) -> Vec<Part<'a>> {
    let mut parts = Vec::new();
    let mut end = 0;
    let part = |range, error| Part {
        text: text.get(range).unwrap_or_default(),
        error,
    };
    for (index, error) in errors.iter().enumerate() {
        if error.at.start > end {
            parts.push(part(end..error.at.start, None));
        }
        parts.push(part(error.at.clone(), Some(index + 1)));
        end = error.at.end;
    }
    if end < text.len() {
        parts.push(part(end..text.len(), None));
    }
    parts
}
