//! Why a page cannot be shown.

use std::fmt;

use whose_store::StoreError;

use crate::url_query::InvalidParameter;

/// Why a page cannot be shown.
#[derive(Debug)]
pub(crate) enum PageError {
    /// The URL has a parameter that the view cannot use.
    Parameter(InvalidParameter),
    /// The store has no such record, error or trace.
    NotFound(String),
    /// The store has no such user, session, conversation or actor.
    Unknown(StoreError),
    /// The view shows the records of a person, and the server demands a reason for it.
    ReasonRequired,
    /// The view cannot be written to the access log.
    AccessLog(StoreError),
    /// The path names another file than the one that the page was read from.
    FileReplaced,
    /// The query failed.
    Store(StoreError),
    /// The answer cannot be written as JSON.
    Json(serde_json::Error),
    /// The query ended early, since the server stops or the query panicked.
    Stopped,
}

impl fmt::Display for PageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Parameter(error) => error.fmt(f),
            Self::NotFound(what) => f.write_str(what),
            Self::ReasonRequired => f.write_str(
                "this view shows the records of a person: state a reason, which the access log keeps \
                 (parameter `reason`)",
            ),
            Self::AccessLog(error) => {
                write!(f, "the view cannot be logged, so it is not shown: {error}")
            }
            Self::Store(error) | Self::Unknown(error) => error.fmt(f),
            Self::FileReplaced => f.write_str(
                "the file was replaced while the answer was made: try again",
            ),
            Self::Json(error) => write!(f, "the answer cannot be written as JSON: {error}"),
            Self::Stopped => f.write_str("the query did not end: try again"),
        }
    }
}

impl From<StoreError> for PageError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::UnknownUser { .. }
            | StoreError::UnknownSession { .. }
            | StoreError::UnknownConversation { .. }
            | StoreError::UnknownActor { .. } => Self::Unknown(error),
            StoreError::FileReplaced { .. } => Self::FileReplaced,
            error => Self::Store(error),
        }
    }
}

impl From<InvalidParameter> for PageError {
    fn from(error: InvalidParameter) -> Self {
        Self::Parameter(error)
    }
}

impl From<serde_json::Error> for PageError {
    fn from(error: serde_json::Error) -> Self {
        Self::Json(error)
    }
}
