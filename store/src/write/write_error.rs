//! Why a batch was not written, and what to do about that.

use std::io;

use rusqlite::ErrorCode;

/// What the writer does where the file at the path is not the file that it has open any more: it
/// was deleted, moved, replaced or truncated.
///
/// Either way a warning on stderr says so, and the next flush is not safe.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum WhenFileGone {
    /// The writer opens the path anew, and makes a new file where there is none. Records that wait
    /// go into that file. A file that is damaged is moved aside first.
    #[default]
    Reopen,
    /// The writer writes nothing until the program ends: every flush is unsafe, records wait in the
    /// queue, and past its capacity they are dropped and counted.
    Fail,
}

/// Why a batch was not written.
#[derive(Debug)]
pub(super) enum WriteError {
    /// Another process holds the lock for writing. The attempt has waited for the lock.
    Locked,
    /// The file takes nothing at the moment, such as on a full disk.
    File(String),
    /// A record of the batch is refused.
    Record(String),
    /// The file was another one; the writer has opened the right one.
    Reopened,
}

impl From<rusqlite::Error> for WriteError {
    fn from(error: rusqlite::Error) -> Self {
        use ErrorCode::{ConstraintViolation, DatabaseBusy, DatabaseLocked, TooBig, TypeMismatch};

        match error.sqlite_error_code() {
            Some(DatabaseBusy | DatabaseLocked) => Self::Locked,
            Some(ConstraintViolation | TooBig | TypeMismatch) => Self::Record(error.to_string()),
            _ => Self::File(error.to_string()),
        }
    }
}

impl From<io::Error> for WriteError {
    fn from(error: io::Error) -> Self {
        Self::File(error.to_string())
    }
}

/// What the writer reports while another process holds the lock.
pub(super) const LOCKED: &str = "another process holds the write lock (the database is locked)";
