//! What a condition demands of a value.

use serde_json::Value;

/// How a number compares with the number of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `=`
    Equal,
}

impl Comparison {
    /// Every comparison.
    pub const ALL: [Self; 5] = [
        Self::Greater,
        Self::AtLeast,
        Self::Less,
        Self::AtMost,
        Self::Equal,
    ];

    /// The sign: `>`, `>=`, `<`, `<=` or `=`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Greater => ">",
            Self::AtLeast => ">=",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Equal => "=",
        }
    }

    /// Whether `left` compares so with `right`. Nothing compares with a number that is no number.
    #[must_use]
    #[allow(clippy::float_cmp)] // The condition asks for the same number.
    pub fn holds(self, left: f64, right: f64) -> bool {
        match self {
            Self::Greater => left > right,
            Self::AtLeast => left >= right,
            Self::Less => left < right,
            Self::AtMost => left <= right,
            Self::Equal => left == right,
        }
    }
}

/// What a [`SearchCondition`](super::SearchCondition) demands of the value of a field.
///
/// A record without the value fulfils no test.
///
/// ```
/// use whose_store::{Comparison, SearchCondition, SearchField, ValueTest};
///
/// let slow = ValueTest::Number(Comparison::Greater, 100e6); // nanoseconds
/// let _slow_spans = SearchCondition::field(SearchField::Duration, slow);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ValueTest {
    /// The value is this text.
    Is(String),
    /// The value begins with this text.
    StartsWith(String),
    /// The record has a value.
    Present,
    /// The value is a number that compares so with this number: a duration in nanoseconds, a cost in
    /// US dollars, tokens, or a tag, field or attribute that is a number.
    Number(Comparison, f64),
}

impl ValueTest {
    /// Whether a text fulfils the test; `None` if the record has no value.
    pub(super) fn matches_text(&self, value: Option<&str>) -> bool {
        let Some(value) = value else { return false };
        match self {
            Self::Is(text) => value == text,
            Self::StartsWith(start) => value.starts_with(&**start),
            Self::Present => true,
            Self::Number(comparison, number) => matches!(value.parse::<f64>(),
                Ok(value) if value.is_finite() && comparison.holds(value, *number)),
        }
    }

    /// As [`matches_text`](Self::matches_text), in any case of ASCII letters. No number compares with
    /// such a word.
    pub(super) fn matches_word(&self, value: Option<&str>) -> bool {
        let Some(value) = value else { return false };
        match self {
            Self::Is(text) => value.eq_ignore_ascii_case(text),
            Self::StartsWith(start) => value
                .as_bytes()
                .get(..start.len())
                .is_some_and(|begin| begin.eq_ignore_ascii_case(start.as_bytes())),
            Self::Present => true,
            Self::Number(..) => false,
        }
    }

    /// Whether a name fulfils the test. No number compares with a name.
    pub(super) fn matches_name(&self, value: Option<&str>) -> bool {
        !matches!(self, Self::Number(..)) && self.matches_text(value)
    }

    /// Whether a number fulfils the test.
    pub(super) fn matches_number(&self, value: Option<f64>) -> bool {
        match (self, value) {
            (Self::Present, Some(_)) => true,
            (Self::Number(comparison, number), Some(value)) => comparison.holds(value, *number),
            _ => false,
        }
    }

    /// Whether a JSON value fulfils the test. A value that is no text has the text of its JSON.
    pub(super) fn matches_json(&self, value: Option<&Value>) -> bool {
        match (self, value) {
            (_, None | Some(Value::Null)) => false,
            (_, Some(Value::String(text))) => self.matches_text(Some(text)),
            (Self::Number(comparison, number), Some(value)) => value
                .as_f64()
                .is_some_and(|value| comparison.holds(value, *number)),
            (_, Some(value)) => self.matches_text(Some(&value.to_string())),
        }
    }
}
