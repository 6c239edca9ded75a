//! From a question to an answer, or to a failure with its exit code.

use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde::Serialize;
use whose_store::{PriceError, Prices, Reader, Remnant, StoreError};

use crate::cli::{Cli, Options, Question};
use crate::{coverage, erase, errors, gaps, json, report, search};

/// Answers the question on `out`.
pub(crate) fn run(cli: &Cli, out: &mut dyn Write) -> Result<(), Failure> {
    match &cli.question {
        Question::Forget(arguments) => return erase::forget(&cli.options, arguments, out),
        Question::Keep(arguments) => return erase::keep(&cli.options, arguments, out),
        _ => {}
    }
    let Options { db, json, prices } = &cli.options;
    let mut reader = Reader::open(db)?;
    if let Some(path) = prices {
        reader = reader.with_prices(own_prices(path)?);
    }
    if *json {
        return answer_in_json(&reader, &cli.question, out);
    }
    let report = match &cli.question {
        Question::Users => report::users(&reader.users()?, &reader.totals()?),
        Question::Audit { user } => report::audit(user, &reader.audit(user)?),
        Question::Sessions { user } => report::sessions(&reader.sessions(user.as_deref())?),
        Question::Cost { by } => report::cost(by, &reader.cost(by)?),
        Question::Errors { user } => errors::errors(&reader.errors(user.as_deref())?),
        Question::Coverage => coverage::coverage(&reader.coverage()?),
        Question::Unattributed(asked) => {
            let found = reader.unattributed(&asked.gaps(asked.limit.saturating_add(1)))?;
            gaps::gaps(&found, asked.limit)
        }
        Question::Search(asked) => {
            // One more tells whether there are more.
            let found = reader.search(&asked.search(asked.limit.saturating_add(1)))?;
            search::search(&asked.words(), &found, asked.limit)
        }
        // Done above: they ask nothing.
        Question::Forget(_) | Question::Keep(_) => return Ok(()),
    };
    Ok(write!(out, "{report}")?)
}

fn answer_in_json(
    reader: &Reader,
    question: &Question,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    match question {
        Question::Users => print(&reader.users()?, out),
        Question::Audit { user } => print(&reader.audit(user)?, out),
        Question::Sessions { user } => print(&reader.sessions(user.as_deref())?, out),
        Question::Cost { by } => print(&reader.cost(by)?, out),
        Question::Errors { user } => print(&reader.errors(user.as_deref())?, out),
        Question::Coverage => print(&reader.coverage()?, out),
        Question::Unattributed(asked) => {
            print(&reader.unattributed(&asked.gaps(asked.limit))?, out)
        }
        Question::Search(asked) => print(&reader.search(&asked.search(asked.limit))?, out),
        Question::Forget(_) | Question::Keep(_) => Ok(()),
    }
}

fn print(answer: &impl Serialize, out: &mut dyn Write) -> Result<(), Failure> {
    let text = json::pretty(answer).map_err(io::Error::from)?;
    Ok(writeln!(out, "{text}")?)
}

fn own_prices(path: &Path) -> Result<Prices, Failure> {
    let unreadable = |source| Failure::PriceFile {
        path: path.to_path_buf(),
        source,
    };
    let table = std::fs::read_to_string(path).map_err(unreadable)?;
    let bad = |source| Failure::PriceTable {
        path: path.to_path_buf(),
        source,
    };
    Prices::builtin().with_csv(&table).map_err(bad)
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum Failure {
    Store(StoreError),
    PriceFile {
        path: PathBuf,
        source: io::Error,
    },
    PriceTable {
        path: PathBuf,
        source: PriceError,
    },
    Output(io::Error),
    /// Nobody has agreed to an erasure.
    NotAgreed(&'static str),
    /// Old pages are left after an erasure.
    Remnant(Remnant),
}

impl Failure {
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
            | Self::NotAgreed(_) => ExitCode::from(2),
        }
    }
}

impl fmt::Display for Failure {
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
            Self::NotAgreed(why) => f.write_str(why),
            Self::Remnant(remnant) => f.write_str(&erase::remnant_text(remnant)),
            Self::Output(error) => write!(f, "the answer cannot be written: {error}"),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}
