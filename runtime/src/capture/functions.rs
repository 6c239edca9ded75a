//! The functions that report errors where they happen.

use std::error::Error;
use std::fmt::Display;

use crate::capture::report::ErrorReport;
use crate::record::ErrorDetails;
use crate::user_code::details_of_error;

/// Records an error and its chain of causes, with the current user.
///
/// Use [`error`](crate::error()) to add a user, tags or a level to the record, and
/// [`ResultExt`](crate::ResultExt) to record the error of a `Result`.
///
/// ```
/// let rec = whose::testing::Recorder::start();
/// whose::user("alice").in_scope(|| {
///     if let Err(error) = "x".parse::<u32>() {
///         whose::capture_error(&error);
///     }
/// });
/// assert_eq!(rec.errors()[0].user_id(), Some("alice"));
/// assert_eq!(rec.errors()[0].error_type(), Some("core::num::error::ParseIntError"));
/// ```
#[track_caller]
pub fn capture_error<E: Error + ?Sized>(error: &E) {
    self::error(error).capture();
}

/// Starts the report of an error, which can set a user, tags and other data on the record.
///
/// Call [`capture`](ErrorReport::capture) at the end: without it, nothing is recorded.
///
/// ```
/// # let rec = whose::testing::Recorder::start();
/// # let error = std::io::Error::other("refused");
/// whose::error(&error).user("usr_5678").tag("gateway", "b").capture();
/// # assert_eq!(rec.errors()[0].user_id(), Some("usr_5678"));
/// ```
#[track_caller]
pub fn error<E: Error + ?Sized>(error: &E) -> ErrorReport {
    ErrorReport::new(format_args!("{error}"), details_of_error(error))
}

/// Records a text as an error, with the current user. For failures without an error value.
///
/// ```
/// let rec = whose::testing::Recorder::start();
/// whose::user("alice").in_scope(|| whose::capture_message("the invoice has no lines"));
/// assert_eq!(rec.errors()[0].message(), Some("the invoice has no lines"));
/// assert_eq!(rec.errors()[0].user_id(), Some("alice"));
/// ```
#[track_caller]
pub fn capture_message(text: impl Display) {
    message(text).capture();
}

/// Starts the report of a text, which can set a level, a user and other data on the record.
///
/// ```
/// use tracing::Level;
///
/// let rec = whose::testing::Recorder::start();
/// whose::message("the cache is cold").level(Level::WARN).user("alice").capture();
/// assert_eq!(rec.errors()[0].level(), Level::WARN);
/// ```
#[track_caller]
pub fn message(text: impl Display) -> ErrorReport {
    ErrorReport::new(format_args!("{text}"), ErrorDetails::default())
}
