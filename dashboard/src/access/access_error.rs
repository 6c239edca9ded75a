//! Why a token is not accepted as a setting.

use std::fmt;

/// The fewest characters of a secret.
pub(super) const MIN_SECRET: usize = 16;

/// Why a text is no [`AccessToken`](super::AccessToken).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidToken {
    /// The secret has fewer than 16 characters.
    TooShort,
    /// The secret has a character that a header cannot carry.
    InvalidCharacter,
}

impl fmt::Display for InvalidToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort => write!(
                f,
                "a token has at least {MIN_SECRET} characters: `openssl rand -hex 32` makes one"
            ),
            Self::InvalidCharacter => {
                f.write_str("a token has printable ASCII characters without spaces")
            }
        }
    }
}

impl std::error::Error for InvalidToken {}
