use std::error::Error;
use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why the files of a [`JsonLines`](crate::JsonLines) cannot be written.
#[derive(Debug)]
#[non_exhaustive]
pub enum OpenError {
    /// The prefix or the suffix cannot be part of the name of a file.
    InvalidName {
        /// The rejected prefix or suffix.
        name: String,
    },
    /// The folder or the file cannot be created or written.
    Unwritable {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// The system starts no thread for the writer.
    SpawnThread(io::Error),
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidName { name } => write!(
                f,
                "{name:?} cannot be part of the name of a file: use a name without `/`, `\\` and \
                 control characters, and pass the folder to `JsonLines::builder`"
            ),
            Self::Unwritable { path, source } => write!(
                f,
                "cannot write JSON lines to {path:?} ({source}): choose a folder that the program \
                 may write"
            ),
            Self::SpawnThread(source) => {
                write!(
                    f,
                    "cannot start the thread that writes JSON lines: {source}"
                )
            }
        }
    }
}

impl Error for OpenError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::InvalidName { .. } => None,
            Self::Unwritable { source, .. } | Self::SpawnThread(source) => Some(source),
        }
    }
}
