//! Why there is no answer, and the exit code of that.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use whose_store::{PriceError, Remnant, StoreError};

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum CommandError {
    Store(StoreError),
    PriceFile {
        path: PathBuf,
        source: io::Error,
    },
    PriceTable {
        path: PathBuf,
        source: PriceError,
    },
    EmptyRange,
    Output(io::Error),
    /// Nobody has agreed to an erasure.
    NotConfirmed(&'static str),
    /// Old pages are left after an erasure.
    Remnant(Remnant),
}

impl CommandError {
    /// Whether the reader of the output has gone, as `head` does when it has seen enough.
    pub(crate) fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Store(StoreError::UnknownUser { .. } | StoreError::UnknownSession { .. })
            | Self::Output(_)
            | Self::Remnant(_) => ExitCode::from(1),
            Self::Store(_)
            | Self::PriceFile { .. }
            | Self::PriceTable { .. }
            | Self::EmptyRange
            | Self::NotConfirmed(_) => ExitCode::from(2),
        }
    }
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(error @ StoreError::NotFound { .. }) => {
                write!(f, "{error}, or name it by --db FILE or WHOSE_DB")
            }
            Self::Store(error @ StoreError::UnknownUser { .. }) => {
                write!(f, "{error}: `whose users` lists those that it has")
            }
            Self::Store(error @ StoreError::UnknownSession { .. }) => {
                write!(f, "{error}: `whose sessions` lists those that it has")
            }
            Self::Store(error) => error.fmt(f),
            Self::PriceFile { path, source } => {
                write!(f, "the price table {path:?} cannot be read: {source}")
            }
            Self::PriceTable { path, source } => write!(f, "{path:?}: {source}"),
            Self::EmptyRange => f.write_str("--since is not before --until: no time is in between"),
            Self::NotConfirmed(why) => f.write_str(why),
            Self::Remnant(remnant) => f.write_str(&remnant_text(remnant)),
            Self::Output(error) => write!(f, "the answer cannot be written: {error}"),
        }
    }
}

impl From<StoreError> for CommandError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<io::Error> for CommandError {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

/// Says what is left in the file, and what to do.
fn remnant_text(remnant: &Remnant) -> String {
    let what = match remnant {
        Remnant::Log { bytes } => format!(
            "the rows are gone, but a reader that is open holds up the log, and {bytes} bytes of \
             the log still hold old pages: close the reader"
        ),
        Remnant::File { reason } => format!(
            "the rows are gone, but the file could not be rewritten, and free places in it may \
             still hold old bytes ({reason}): make room for two more copies of the file"
        ),
        _ => "the rows are gone, but old pages are left".to_owned(),
    };
    format!("{what}, then run the same command again")
}
