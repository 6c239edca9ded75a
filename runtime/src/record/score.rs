//! The score that a record reports.

use std::fmt;

use crate::model::Value;
use crate::names::evaluation;
use crate::record::record::Record;

/// The score of an event `gen_ai.evaluation.result`; see [`Record::score`].
///
/// `Debug` prints neither the label nor the comment.
#[derive(Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Score<'a> {
    /// The name, such as `helpful`.
    pub name: &'a str,
    /// The number; 1 or 0 for yes or no, and `None` for a category.
    pub value: Option<f64>,
    /// The category, or `true` or `false`; `None` for a number.
    pub label: Option<&'a str>,
    /// Why the score was given.
    pub comment: Option<&'a str>,
}

impl fmt::Debug for Score<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Score")
            .field("name", &self.name)
            .field("value", &self.value)
            .finish_non_exhaustive()
    }
}

impl Record {
    /// The score, if the record has the fields of an evaluation.
    ///
    /// ```
    /// let rec = whose::testing::Recorder::start();
    /// whose::score("tone", "polite").record();
    ///
    /// let events = rec.events();
    /// let score = events[0].score().unwrap();
    /// assert_eq!((score.name, score.value, score.label), ("tone", None, Some("polite")));
    /// ```
    #[must_use]
    pub fn score(&self) -> Option<Score<'_>> {
        let text = |name: crate::names::WireName| self.field(name.name)?.as_str();
        let value = self.field(evaluation::VALUE.name).and_then(Value::as_f64);
        let label = text(evaluation::LABEL);
        if value.is_none() && label.is_none() {
            return None;
        }
        Some(Score {
            name: text(evaluation::NAME)?,
            value,
            label,
            comment: text(evaluation::EXPLANATION),
        })
    }
}
