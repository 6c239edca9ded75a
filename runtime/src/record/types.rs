//! The type and the status of a record.

/// The type of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RecordType {
    /// A span: work with a start and an end.
    Span,
    /// An event: a log line, or the usage of a model.
    Event,
    /// A captured error.
    Error,
    /// Connects the records of an isolated scope that had no user with the user that the scope was
    /// given later: see [`Record::scope_id`](crate::Record::scope_id).
    Link,
}

impl RecordType {
    /// The name of the type: `span`, `event`, `error`, `link`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Span => "span",
            Self::Event => "event",
            Self::Error => "error",
            Self::Link => "link",
        }
    }
}

/// The outcome of a span.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Status {
    /// The span reported no outcome.
    #[default]
    Unset,
    /// The span failed.
    Error,
}
