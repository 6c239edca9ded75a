//! Where a group of errors stands in the list.

use std::fmt;
use std::str::FromStr;

use rusqlite::params;

use super::error_records::fingerprint_bytes;
use super::external_sort::ExternalSort;

/// Where a group of errors stands in the list of [`Queries::errors`](super::Queries::errors), for the
/// groups that follow: [`Queries::errors_after`](super::Queries::errors_after).
///
/// The text is the form for a URL. A key stays valid when the group has new errors, or is gone.
///
/// ```
/// use whose_store::ErrorKey;
///
/// let key: ErrorKey = "3.40.1764288000000000000.00ff".parse()?;
/// assert_eq!(key.to_string(), "3.40.1764288000000000000.00ff");
/// assert!("3.40".parse::<ErrorKey>().is_err());
/// # Ok::<(), whose_store::ParseErrorKeyError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorKey {
    pub(super) users: u64,
    pub(super) errors: u64,
    pub(super) last_seen: i64,
    pub(super) fingerprint: String,
}

impl ErrorKey {
    /// The number of groups up to the key.
    pub(super) fn position(&self, sorted: &ExternalSort) -> rusqlite::Result<u64> {
        const UP_TO: &str = "(-users, -errors, -last, fingerprint) <= (-?1, -?2, -?3, ?4)";
        let key = params![
            self.users.cast_signed(),
            self.errors.cast_signed(),
            self.last_seen,
            fingerprint_bytes(&self.fingerprint)
        ];
        sorted.count(UP_TO, key)
    }
}

impl fmt::Display for ErrorKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            users,
            errors,
            last_seen,
            fingerprint,
        } = self;
        write!(f, "{users}.{errors}.{last_seen}.{fingerprint}")
    }
}

impl FromStr for ErrorKey {
    type Err = ParseErrorKeyError;

    fn from_str(text: &str) -> Result<Self, ParseErrorKeyError> {
        let parse = || {
            let mut parts = text.splitn(4, '.');
            Some(Self {
                users: parts.next()?.parse().ok()?,
                errors: parts.next()?.parse().ok()?,
                last_seen: parts.next()?.parse().ok()?,
                fingerprint: parts.next()?.to_owned(),
            })
        };
        parse().ok_or(ParseErrorKeyError(()))
    }
}

/// The error of parsing an [`ErrorKey`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseErrorKeyError(());

impl fmt::Display for ParseErrorKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected the key of a group of errors")
    }
}

impl std::error::Error for ParseErrorKeyError {}
