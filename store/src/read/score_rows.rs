//! The rows of [`Queries::scores`](super::Queries::scores).

use std::collections::BTreeMap;

use serde::Serialize;
use whose::Timestamp;

use super::pages::Rows;

/// Which scores to list; see [`Queries::scores`](super::Queries::scores).
///
/// ```
/// let filter = whose_store::ScoreFilter::new().user("alice").name("helpful");
/// assert_ne!(filter, whose_store::ScoreFilter::new());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "pass it to `Queries::scores`"]
pub struct ScoreFilter {
    pub(super) user: Option<String>,
    pub(super) session: Option<String>,
    pub(super) conversation: Option<String>,
    pub(super) name: Option<String>,
}

impl ScoreFilter {
    /// All scores.
    pub fn new() -> Self {
        Self::default()
    }

    /// Only scores of this user.
    pub fn user(mut self, id: impl Into<String>) -> Self {
        self.user = Some(id.into());
        self
    }

    /// Only scores of this session.
    pub fn session(mut self, id: impl Into<String>) -> Self {
        self.session = Some(id.into());
        self
    }

    /// Only scores of this conversation.
    pub fn conversation(mut self, id: impl Into<String>) -> Self {
        self.conversation = Some(id.into());
        self
    }

    /// Only scores with this name.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }
}

/// A score.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ScoreRow {
    /// The row id of the record that reported the score.
    pub id: i64,
    /// When the score was given.
    pub time: Timestamp,
    /// The id of the user.
    pub user: Option<String>,
    /// The id of the session.
    pub session: Option<String>,
    /// The id of the conversation.
    pub conversation: Option<String>,
    /// The name of the score.
    pub name: String,
    /// The number; 1 or 0 for yes or no, and `None` for a category.
    pub value: Option<f64>,
    /// The category, or `true` or `false`; `None` for a number.
    pub label: Option<String>,
    /// Why the score was given.
    pub comment: Option<String>,
    /// The trace of the span that the score belongs to, in hexadecimal digits.
    pub trace_id: Option<String>,
    /// The id of that span, in hexadecimal digits.
    pub span_id: Option<String>,
}

/// The scores with one name.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ScoreSummary {
    /// The name.
    pub name: String,
    /// The number of scores.
    pub count: u64,
    /// The mean of the numbers; `None` if there are only categories.
    pub mean: Option<f64>,
    /// The least number.
    pub min: Option<f64>,
    /// The greatest number.
    pub max: Option<f64>,
    /// The number of scores with each label, at most the [`LABELS`](Self::LABELS) most frequent ones.
    pub labels: BTreeMap<String, u64>,
    /// The number of scores with other labels.
    pub other_labels: u64,
    /// The time of the first score.
    pub first_seen: Timestamp,
    /// The time of the newest score.
    pub last_seen: Timestamp,
}

impl ScoreSummary {
    /// The most labels of a summary. Keeps the summary of free texts small.
    pub const LABELS: usize = 20;
    /// The most names that are summarised, in alphabetical order.
    pub const NAMES: usize = 1_000;
}

/// The answer of [`Queries::scores`](super::Queries::scores).
#[derive(Debug)]
#[non_exhaustive]
pub struct ScoreReport<'r> {
    /// The scores, oldest first.
    pub rows: Rows<'r, ScoreRow>,
    /// A summary of all matching scores for each name, including those past the limit.
    pub summary: Vec<ScoreSummary>,
}
