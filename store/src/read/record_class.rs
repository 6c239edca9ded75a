//! What a record is about.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;
use whose::names::{evaluation, feature_flag, gen_ai, monitor};

use super::rows::RecordRow;

/// What a record is about: the classes that a timeline is filtered by.
///
/// Each record has one class, see [`RecordRow::class`]. Pass classes to
/// [`TrailFilter::class`](super::TrailFilter::class).
///
/// ```
/// use whose_store::RecordClass;
///
/// assert_eq!("model".parse(), Ok(RecordClass::Model));
/// assert_eq!(RecordClass::Log.as_str(), "log");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum RecordClass {
    /// A request, or another span without one of the kinds below.
    Span,
    /// A step of an agent: a span of the kind `agent`.
    Agent,
    /// A model call: a record with model usage, or a span of the kind `llm` or `embedding`.
    Model,
    /// A span of the kind `tool` or `retriever`.
    Tool,
    /// A log line: an event of none of the other classes.
    Log,
    /// A captured error.
    Error,
    /// A score.
    Score,
    /// The evaluation of a feature flag.
    Flag,
    /// A check-in of a monitored job.
    Job,
}

/// The kinds of spans that have a class of their own.
const OF_KINDS: [(&str, RecordClass); 5] = [
    ("agent", RecordClass::Agent),
    ("llm", RecordClass::Model),
    ("embedding", RecordClass::Model),
    ("tool", RecordClass::Tool),
    ("retriever", RecordClass::Tool),
];

impl RecordClass {
    /// Every class, in the order in which a page lists them.
    pub const ALL: [Self; 9] = [
        Self::Span,
        Self::Agent,
        Self::Model,
        Self::Tool,
        Self::Log,
        Self::Error,
        Self::Score,
        Self::Flag,
        Self::Job,
    ];

    /// The name of the class, as [`FromStr`] reads it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Span => "span",
            Self::Agent => "agent",
            Self::Model => "model",
            Self::Tool => "tool",
            Self::Log => "log",
            Self::Error => "error",
            Self::Score => "score",
            Self::Flag => "flag",
            Self::Job => "job",
        }
    }

    /// The class of a span by its kind.
    fn of_kind(kind: Option<&str>) -> Self {
        let class = OF_KINDS.iter().find(|(name, _)| Some(*name) == kind);
        class.map_or(Self::Span, |(_, class)| *class)
    }
}

impl RecordRow {
    /// What the record is about.
    #[must_use]
    pub fn class(&self) -> RecordClass {
        let has_usage = self.model.is_some();
        match (self.record_type.as_str(), self.name.as_str()) {
            ("event", evaluation::RESULT_EVENT) => RecordClass::Score,
            ("event", feature_flag::EVENT) => RecordClass::Flag,
            ("event", monitor::CHECK_IN_EVENT) => RecordClass::Job,
            ("event", gen_ai::USAGE_EVENT) => RecordClass::Model,
            ("event" | "span" | "", _) if has_usage => RecordClass::Model,
            ("event", _) => RecordClass::Log,
            ("span" | "", _) => RecordClass::of_kind(self.kind.as_deref()),
            _ => RecordClass::Error,
        }
    }
}

/// SQL that continues a condition: the record `r` has one of the classes. Empty if there are none.
pub(super) fn class_condition(classes: &[RecordClass]) -> String {
    if classes.is_empty() {
        return String::new();
    }
    let names: Vec<_> = classes.iter().map(|class| format!("'{class}'")).collect();
    format!(" AND {} IN ({})", class_sql(), names.join(", "))
}

/// SQL for the class of the record `r`, which equals [`RecordRow::class`].
fn class_sql() -> String {
    let named = |name: &str, class: RecordClass| {
        format!(
            "WHEN r.site IN (SELECT id FROM sites WHERE type = 'event' AND name = '{name}')
             THEN '{class}'"
        )
    };
    let kinds = OF_KINDS.map(|(kind, class)| format!("WHEN '{kind}' THEN '{class}'"));
    format!(
        "CASE WHEN r.site IN (SELECT id FROM sites WHERE type NOT IN ('span', 'event', ''))
           THEN 'error' {} {} {} {}
         WHEN EXISTS (SELECT 1 FROM usages c WHERE c.record = r.id) THEN 'model'
         WHEN r.site IN (SELECT id FROM sites WHERE type = 'event') THEN 'log'
         ELSE coalesce((SELECT CASE q.kind {} ELSE 'span' END FROM traits q
           WHERE q.id = r.traits), 'span') END",
        named(evaluation::RESULT_EVENT, RecordClass::Score),
        named(feature_flag::EVENT, RecordClass::Flag),
        named(monitor::CHECK_IN_EVENT, RecordClass::Job),
        named(gen_ai::USAGE_EVENT, RecordClass::Model),
        kinds.join(" "),
    )
}

impl fmt::Display for RecordClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The error of parsing a [`RecordClass`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseRecordClassError(());

impl fmt::Display for ParseRecordClassError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = RecordClass::ALL.map(|class| format!("`{class}`"));
        write!(f, "expected one of {}", names.join(", "))
    }
}

impl std::error::Error for ParseRecordClassError {}

impl FromStr for RecordClass {
    type Err = ParseRecordClassError;

    fn from_str(text: &str) -> Result<Self, ParseRecordClassError> {
        let mut classes = Self::ALL.into_iter();
        classes
            .find(|class| class.as_str() == text)
            .ok_or(ParseRecordClassError(()))
    }
}
