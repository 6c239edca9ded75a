//! Why a call failed, and what to do.

use std::fmt;

use whose_store::StoreError;

use crate::pages::PageError;
use crate::values::ByteSize;

/// Why a call failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// The arguments do not fit the schema of the tool.
    Arguments(String),
    View(PageError),
    /// The answer is too large for an agent.
    TooLarge {
        bytes: usize,
    },
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Arguments(mistake) => f.write_str(mistake),
            Self::TooLarge { bytes } => write!(
                f,
                "the answer has {}, which is too much: pass a smaller `limit`, a shorter time range \
                 (`since`, `until`), or other arguments that select less",
                ByteSize(*bytes as u64)
            ),
            Self::View(error) => {
                error.fmt(f)?;
                advice(error).map_or(Ok(()), |advice| write!(f, ". {advice}"))
            }
        }
    }
}

/// What an agent can do. An error that says so itself needs no advice.
fn advice(error: &PageError) -> Option<&'static str> {
    Some(match error {
        PageError::Unknown(StoreError::UnknownUser { .. }) => {
            "The tool `users` lists the users; its argument `q` finds one by the beginning of an id, an \
             email address or a name. A user who was erased is unknown."
        }
        PageError::Unknown(StoreError::UnknownSession { .. }) => {
            "The tool `sessions` lists the sessions."
        }
        PageError::Unknown(_) | PageError::NotFound(_) => {
            "The records may be outside of the time range, older than the retention allows, or of a \
             user who was erased. The tool `search` finds records."
        }
        PageError::ReasonRequired => {
            "Ask the person you work for, and pass the answer as the argument `reason`."
        }
        PageError::AccessLog(_) => {
            "Tell the person you work for: the tool answers again when the file can be written."
        }
        PageError::FileReplaced => "Call the tool again.",
        PageError::Parameter(_) | PageError::Store(_) | PageError::Json(_) | PageError::Stopped => {
            return None;
        }
    })
}
