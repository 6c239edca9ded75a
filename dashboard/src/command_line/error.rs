//! The errors of the command and their exit codes.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use unicode_width::UnicodeWidthStr;
use whose_store::{AccessFault, PriceError, Remnant, StoreError};

use crate::command_line::gate::{BaselineError, GateFailure};
use crate::pages::PageError;
use crate::query_language::{SyntaxError, annotate};
use crate::serve::ServeError;
use crate::values::visible;

/// Why the command failed.
#[derive(Debug)]
pub(crate) enum CommandError {
    Store(StoreError),
    Serve(ServeError),
    PriceFile {
        path: PathBuf,
        source: io::Error,
    },
    PriceTable {
        path: PathBuf,
        source: PriceError,
    },
    Baseline {
        path: PathBuf,
        source: BaselineError,
    },
    /// Coverage is below the required share.
    Gate(GateFailure),
    EmptyRange,
    /// A time range for a command that does not query.
    RangeWithoutQuery(&'static str),
    Output(io::Error),
    /// Parts of a search mean nothing.
    Search {
        text: String,
        errors: Vec<SyntaxError>,
    },
    /// The file has no record with this number.
    UnknownRecord(i64),
    /// The file is damaged. The output lists the damage.
    Damaged(PathBuf),
    /// A view of the store failed.
    View(PageError),
    /// A view cannot be written to the access log.
    AccessLog(StoreError),
    /// The access log is not as it was written.
    ChangedAccessLog(AccessFault),
    /// The user did not confirm an erasure.
    NotConfirmed(&'static str),
    /// Pages with erased content remain.
    Remnant(Remnant),
}

impl CommandError {
    /// Whether the reader of the output has closed the pipe, as `head` does.
    pub(crate) fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Store(
                StoreError::UnknownUser { .. }
                | StoreError::UnknownSession { .. }
                | StoreError::UnknownConversation { .. }
                | StoreError::UnknownActor { .. }
                | StoreError::OnHold { .. },
            )
            | Self::UnknownRecord(_)
            | Self::Damaged(_)
            | Self::ChangedAccessLog(_)
            | Self::Output(_)
            | Self::Remnant(_) => ExitCode::from(1),
            Self::Store(_)
            | Self::AccessLog(_)
            | Self::View(_)
            | Self::Serve(_)
            | Self::PriceFile { .. }
            | Self::PriceTable { .. }
            | Self::Baseline { .. }
            | Self::EmptyRange
            | Self::Search { .. }
            | Self::RangeWithoutQuery(_)
            | Self::NotConfirmed(_) => ExitCode::from(2),
            Self::Gate(_) => ExitCode::from(3),
        }
    }
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(error @ StoreError::NotFound { .. }) => {
                write!(f, "{error}, or set it with --db FILE or WHOSE_DB")
            }
            Self::Store(error @ StoreError::UnknownUser { .. }) => {
                write!(f, "{error}: `whose users` lists the users")
            }
            Self::Store(error @ StoreError::UnknownSession { .. }) => {
                write!(f, "{error}: `whose sessions` lists the sessions")
            }
            Self::Store(error @ StoreError::UnknownConversation { .. }) => {
                write!(
                    f,
                    "{error}: `whose cost --by conversation` lists the conversations with model calls"
                )
            }
            Self::Store(error @ StoreError::OnHold { .. }) => {
                write!(f, "{error}: `whose hold --release --user ID` ends the hold")
            }
            Self::Store(error) => error.fmt(f),
            Self::Serve(error) => error.fmt(f),
            Self::PriceFile { path, source } => {
                write!(f, "the price table {path:?} cannot be read: {source}")
            }
            Self::PriceTable { path, source } => write!(f, "{path:?}: {source}"),
            Self::Baseline { path, source } => write!(f, "{path:?}: {source}"),
            Self::Gate(failure) => failure.fmt(f),
            Self::EmptyRange => {
                f.write_str("--since is not before --until: the time range is empty")
            }
            Self::RangeWithoutQuery(command) => write!(
                f,
                "`whose {command}` takes no --since and no --until: the time range belongs to queries"
            ),
            Self::Search { text, errors } => f.write_str(&search_mistakes(text, errors)),
            Self::UnknownRecord(id) => write!(
                f,
                "the store has no record {id}: `whose audit --wide` lists the numbers of records"
            ),
            Self::Damaged(path) => write!(
                f,
                "{path:?} is damaged: restore a backup, or copy what can be read with `sqlite3 FILE .recover`"
            ),
            Self::AccessLog(error) => write!(
                f,
                "the records of a person are shown only after the view is in the access log: {error}"
            ),
            Self::View(error) => error.fmt(f),
            Self::ChangedAccessLog(fault) => write!(f, "the access log was changed: {fault}"),
            Self::NotConfirmed(why) => f.write_str(why),
            Self::Remnant(remnant) => f.write_str(&remnant_text(remnant)),
            Self::Output(error) => write!(f, "the output cannot be written: {error}"),
        }
    }
}

impl From<StoreError> for CommandError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<PageError> for CommandError {
    fn from(error: PageError) -> Self {
        match error {
            PageError::Store(error) | PageError::Unknown(error) => Self::Store(error),
            PageError::AccessLog(error) => Self::AccessLog(error),
            error => Self::View(error),
        }
    }
}

impl From<ServeError> for CommandError {
    fn from(error: ServeError) -> Self {
        match error {
            ServeError::Store(error) => Self::Store(error),
            error => Self::Serve(error),
        }
    }
}

impl From<GateFailure> for CommandError {
    fn from(failure: GateFailure) -> Self {
        Self::Gate(failure)
    }
}

impl From<io::Error> for CommandError {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

/// The text of a search with a caret under each part that means nothing, and what is accepted.
fn search_mistakes(text: &str, errors: &[SyntaxError]) -> String {
    let (mut line, mut carets) = (String::new(), String::new());
    for part in annotate(text, errors) {
        let shown = visible(part.text);
        let caret = if part.error.is_some() { "^" } else { " " };
        carets.push_str(&caret.repeat(shown.width()));
        line.push_str(&shown);
    }
    let carets = carets.trim_end();
    let mut message = format!("a part of the search means nothing:\n  {line}\n  {carets}");
    for error in errors {
        let part = text.get(error.at.clone()).unwrap_or_default();
        message.push_str(&format!("\n{}: {}", visible(part), error.message));
    }
    message
}

/// States what remains in the file, and how to erase it.
fn remnant_text(remnant: &Remnant) -> String {
    let what = match remnant {
        Remnant::Log { bytes } => format!(
            "the rows are erased, but an open reader blocks the log, and {bytes} bytes of the log \
             still contain old pages: close the reader"
        ),
        Remnant::File { reason } => format!(
            "the rows are erased, but the file could not be rewritten, and its free space may \
             still contain old bytes ({reason}): free disk space for two more copies of the file"
        ),
        _ => "the rows are erased, but old pages are left".to_owned(),
    };
    format!("{what}, then run the same command again")
}
