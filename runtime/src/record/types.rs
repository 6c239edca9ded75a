//! What sort of thing a record is, how its work ended, and where it was made.

/// What sort of thing a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RecordType {
    /// A span: work with a beginning and an end.
    Span,
    /// An event: a log line, or the usage of a model.
    Event,
    /// A captured error.
    Error,
    /// The link between the records of an isolated scope that had no user and the user that the scope
    /// was given afterwards: see [`Record::scope_id`](crate::Record::scope_id).
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

/// How the work of a span ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Status {
    /// Nothing was said of it.
    #[default]
    Unset,
    /// It failed.
    Error,
}
