use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::schema_version::OLDEST;

/// Why a store cannot be opened, read or set up.
///
/// The message of each error states how to fix it.
#[derive(Debug)]
#[non_exhaustive]
pub enum StoreError {
    /// The path has a special meaning for SQLite.
    InvalidPath {
        /// The rejected path.
        path: PathBuf,
        /// The meaning of the path for SQLite.
        reason: &'static str,
    },
    /// There is no file at the path.
    NotFound {
        /// The path.
        path: PathBuf,
    },
    /// The file is not a store.
    NotAStore {
        /// The file.
        path: PathBuf,
        /// What the file is, if known.
        found: String,
    },
    /// A newer version of this crate wrote the file.
    NewerSchema {
        /// The file.
        path: PathBuf,
        /// The schema version of the file.
        found: i64,
        /// The newest schema version that this crate reads.
        known: i64,
    },
    /// An older version of this crate wrote the file, in a format that is not supported any more.
    OlderSchema {
        /// The file.
        path: PathBuf,
        /// The schema version of the file.
        found: i64,
    },
    /// The file, or its folder, cannot be written.
    ReadOnly {
        /// The file.
        path: PathBuf,
        /// The error of the system or of SQLite.
        reason: String,
    },
    /// The file cannot be read.
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The error of the system or of SQLite.
        reason: String,
    },
    /// The path names another file than before.
    FileReplaced {
        /// The path.
        path: PathBuf,
    },
    /// The path names another file than before, and the log beside it belongs to the file before.
    LogOfOtherFile {
        /// The path of the log.
        log: PathBuf,
    },
    /// The new file already exists.
    AlreadyExists {
        /// The file.
        path: PathBuf,
    },
    /// Other connections locked the file until the timeout.
    Locked {
        /// The file.
        path: PathBuf,
        /// The timeout.
        waited: Duration,
    },
    /// Any other error of SQLite.
    Sqlite {
        /// The file.
        path: PathBuf,
        /// The error.
        source: rusqlite::Error,
    },
    /// The query was interrupted because it took more steps than any valid file needs.
    TooManySteps {
        /// The file.
        path: PathBuf,
    },
    /// A thread of the store cannot be started.
    SpawnThread(std::io::Error),
    /// The process already has a `tracing` subscriber.
    SubscriberAlreadySet,
    /// The store has no user with that id.
    UnknownUser {
        /// The id in the query.
        id: String,
    },
    /// The store has no session with that id.
    UnknownSession {
        /// The id in the query.
        id: String,
    },
    /// The store has no conversation with that id.
    UnknownConversation {
        /// The id in the query.
        id: String,
    },
    /// The user is on [hold](crate::Eraser::hold), and is not erased.
    OnHold {
        /// The id of the user.
        id: String,
        /// The reason of the hold.
        reason: String,
    },
    /// No record has this actor.
    UnknownActor {
        /// The id in the query.
        id: String,
    },
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidPath { path, reason } => {
                write!(
                    f,
                    "{path:?} is not a file path ({reason}): use a path such as \"whose.db\""
                )
            }
            Self::LogOfOtherFile { log } => write!(
                f,
                "the file was replaced, but the log beside it, {log:?}, belongs to the file before: \
                 move the log to that file, or stop the program that writes and remove the log"
            ),
            Self::FileReplaced { path } => {
                write!(f, "{path:?} was replaced by another file: try again")
            }
            Self::NotFound { path } => write!(f, "there is no store at {path:?}: check the path"),
            Self::NotAStore { path, found } => write!(
                f,
                "{path:?} is not a store of whose but {found}: the file was not changed, use another path"
            ),
            Self::NewerSchema { path, found, known } => write!(
                f,
                "{path:?} has schema version {found}, but this program supports at most {known}: \
                 update whose-store, or use another path"
            ),
            Self::OlderSchema { path, found } if *found >= OLDEST => write!(
                f,
                "{path:?} was written by an older version of whose-store (schema version \
                 {found}): open it once with `Store::open` of this version, which migrates it (the \
                 service that writes the file does so at its start)"
            ),
            Self::OlderSchema { path, found } => write!(
                f,
                "{path:?} was written by an older version of whose-store (schema version \
                 {found}), whose format is not supported any more: use another path"
            ),
            Self::ReadOnly { path, reason } => write!(
                f,
                "{path:?} cannot be written ({reason}): use a path in an existing folder with \
                 write permission"
            ),
            Self::Unreadable { path, reason } => {
                write!(
                    f,
                    "{path:?} cannot be read ({reason}): run as a user with read permission"
                )
            }
            Self::AlreadyExists { path } => {
                write!(
                    f,
                    "{path:?} already exists and was not changed: use another path"
                )
            }
            Self::Locked { path, waited } => write!(
                f,
                "{path:?} was locked by another connection for {waited:?}: end its transaction, \
                 then run again"
            ),
            Self::Sqlite { path, source } => write!(f, "{path:?}: {source}"),
            Self::TooManySteps { path } => write!(
                f,
                "{path:?}: the query was interrupted because it took more steps than any valid file \
                 needs. The file may be damaged or forged: check it with `PRAGMA integrity_check`, or narrow \
                 the query by --since and --until"
            ),
            Self::SpawnThread(source) => write!(f, "the writer's thread cannot be started: {source}"),
            Self::SubscriberAlreadySet => f.write_str(
                "a tracing subscriber is already set: add \
                 `.with(whose::layer().with_sink(whose_store::Store::open(\"whose.db\")?))` \
                 to it, before any layer that exports, and keep `let _shutdown = whose::shutdown_guard();` \
                 until the end of `main`",
            ),
            Self::UnknownUser { id } => write!(f, "the store has no user {id:?}"),
            Self::UnknownConversation { id } => write!(f, "the store has no conversation {id:?}"),
            Self::OnHold { id, reason } => write!(
                f,
                "the user {id:?} is on hold, so nothing is erased: {reason}"
            ),
            Self::UnknownActor { id } => write!(f, "the store has no actor {id:?}"),
            Self::UnknownSession { id } => write!(f, "the store has no session {id:?}"),
        }
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Sqlite { source, .. } => Some(source),
            Self::SpawnThread(source) => Some(source),
            _ => None,
        }
    }
}

impl StoreError {
    /// The error for a new file that cannot be created.
    pub(crate) fn of_new_file(path: &Path, error: &io::Error) -> Self {
        let path = path.to_path_buf();
        match error.kind() {
            io::ErrorKind::AlreadyExists => Self::AlreadyExists { path },
            _ => Self::ReadOnly {
                path,
                reason: error.to_string(),
            },
        }
    }
}

/// Adds the path of the file to an error of SQLite.
pub(crate) trait WithPath<T> {
    fn with_path(self, path: &Path) -> Result<T, StoreError>;
}

impl<T> WithPath<T> for rusqlite::Result<T> {
    fn with_path(self, path: &Path) -> Result<T, StoreError> {
        self.map_err(|source| from_sqlite(source, path))
    }
}

fn from_sqlite(source: rusqlite::Error, path: &Path) -> StoreError {
    use rusqlite::ErrorCode::{CannotOpen, NotADatabase, PermissionDenied, ReadOnly};

    let path = path.to_path_buf();
    match source.sqlite_error_code() {
        Some(NotADatabase) => StoreError::NotAStore {
            path,
            found: "another kind of file".into(),
        },
        Some(CannotOpen | PermissionDenied | ReadOnly) => StoreError::ReadOnly {
            path,
            reason: source.to_string(),
        },
        _ => StoreError::Sqlite { path, source },
    }
}
