//! Why a batch was not written, and how the writer reacts.

use std::io;

use rusqlite::ErrorCode;

/// What the writer does when the path no longer names the open file: the file was deleted, moved,
/// replaced or truncated.
///
/// With either policy, the writer prints a warning on stderr, and the next flush is unsafe. Set the
/// policy with [`StoreBuilder::when_file_gone`](crate::StoreBuilder::when_file_gone).
///
/// ```
/// use whose_store::{Store, WhenFileGone};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("whose.db");
/// let store = Store::builder(&path).when_file_gone(WhenFileGone::Fail).open()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum WhenFileGone {
    /// Opens the path again, and creates a file if there is none. Queued records go into that file.
    /// A damaged file is renamed first.
    #[default]
    Reopen,
    /// Writes nothing until the program ends. Every flush is unsafe; records wait in the queue, and
    /// are dropped and counted when the queue is full.
    Fail,
}

/// Why a batch was not written.
#[derive(Debug)]
pub(super) enum WriteError {
    /// Another process holds the write lock, and the attempt has timed out.
    Locked,
    /// The file cannot be written at the moment, for example because the disk is full.
    File(String),
    /// SQLite rejects a record of the batch.
    Record(String),
    /// The file was replaced, and the writer has opened the path again.
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

/// The error text while another process holds the lock.
pub(super) const LOCKED: &str = "another process holds the write lock (the database is locked)";
