//! The names of errors and exceptions.
//!
//! The names follow OpenTelemetry's semantic conventions for exceptions, which are stable since version
//! [`CONVENTIONS`]. The fields of an exception are read: an event of level `ERROR` with one of them is
//! an error record.

use crate::names::wire_name::wire_names;
use crate::names::WireName;

/// The version of the semantic conventions since which the names of exceptions are stable.
pub const CONVENTIONS: &str = "1.23.0";

wire_names! {
    /// The type of the exception. Becomes the type of the error record.
    TYPE = "exception.type";
    /// The message of the exception. Becomes the message of the error record.
    MESSAGE = "exception.message";
    /// The stack trace. Stays a field.
    STACKTRACE = "exception.stacktrace";
    /// Whether the exception left the span. The conventions have deprecated the name.
    ESCAPED = "exception.escaped";
    /// The class of the error that ended an operation: a key of the JSON form of an error record.
    ERROR_TYPE = "error.type";
}

/// The [name](crate::Record::name) of the record of an error that a call captured, such as
/// [`capture_error`](crate::capture_error). The record of an error in a log line has the name of its call
/// site.
pub const CAPTURED: &str = "error";

/// The fields that report an error in an event of level `ERROR`, the most specific first.
pub const REPORTING: [&str; 4] = ["error", "err", MESSAGE.name, TYPE.name];

/// The causes, outermost first.
pub(crate) const ERROR_CAUSES: &str = "error.causes";
pub(crate) const ERROR_FINGERPRINT: &str = "error.fingerprint";
/// The spans around the error.
pub(crate) const ERROR_SPAN_PATH: &str = "error.span_path";
pub(crate) const ERROR_BACKTRACE: &str = "error.backtrace";

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_spelling_has_one_meaning() {
        let keys = [
            ERROR_CAUSES,
            ERROR_FINGERPRINT,
            ERROR_SPAN_PATH,
            ERROR_BACKTRACE,
        ];
        let mut known = HashSet::new();
        for spelling in ALL.iter().flat_map(|name| name.spellings()).chain(keys) {
            assert!(known.insert(spelling), "{spelling} has two meanings");
        }
        assert!(!CONVENTIONS.is_empty());
    }
}
