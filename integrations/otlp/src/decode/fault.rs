//! Why a record is not taken.

use crate::wire::Malformed;

/// Why a record is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The whole message has no meaning.
    Malformed,
    /// This record has no meaning. The others have.
    Rejected(&'static str),
}

impl From<Malformed> for Fault {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}
