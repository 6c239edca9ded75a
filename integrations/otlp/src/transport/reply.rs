//! What became of a request.

use std::time::Duration;

/// What became of a request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    /// The receiver took the request.
    Accepted {
        /// How many records of the request the receiver rejected.
        rejected: u64,
        /// Why, or a warning of the receiver.
        message: String,
    },
    /// The receiver asks for another attempt.
    Retry {
        reason: String,
        /// The time that the receiver asks to wait.
        after: Option<Duration>,
    },
    /// The request may not have reached the receiver.
    Unreachable { reason: String },
    /// The receiver will not take the request, however often it is sent.
    Refused { reason: String },
}
