//! A secret that lets its holder see the pages.

use std::fmt;
use std::str::FromStr;

use hmac_sha256::{HMAC, Hash};
use subtle::{Choice, ConstantTimeEq};

use super::access_error::{InvalidToken, MIN_SECRET};

/// The name of a token without a name.
const DEFAULT_NAME: &str = "token";
/// The most characters of a name.
const MAX_NAME: usize = 64;

/// A named secret for one kind of request; see
/// [`Server::read_token`](crate::Server::read_token).
///
/// The name stands in the access log as the viewer, so give each person or program a token of its own.
/// The value keeps a hash of the secret, and compares secrets in constant time.
///
/// The text form is `NAME=SECRET`, or `SECRET` alone, which has the name `token`.
///
/// ```
/// use whose_dashboard::{AccessToken, InvalidToken};
///
/// let token: AccessToken = "support=2b7e151628aed2a6abf71589".parse()?;
/// assert_eq!(token.name(), "support");
/// assert_eq!("hunter2".parse::<AccessToken>(), Err(InvalidToken::TooShort));
/// # Ok::<(), InvalidToken>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct AccessToken {
    name: String,
    digest: [u8; 32],
}

impl AccessToken {
    /// A token with the name that the access log shows.
    ///
    /// # Errors
    /// [`InvalidToken`] if the secret has fewer than 16 characters, or others than printable ASCII.
    pub fn new(name: impl Into<String>, secret: &str) -> Result<Self, InvalidToken> {
        if secret.len() < MIN_SECRET {
            return Err(InvalidToken::TooShort);
        }
        if !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(InvalidToken::InvalidCharacter);
        }
        Ok(Self {
            name: name.into(),
            digest: Hash::hash(secret.as_bytes()),
        })
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the text is the secret. Hashes have the same length, so the time tells nothing of the
    /// secret.
    pub(super) fn is_secret(&self, text: &str) -> Choice {
        self.digest.ct_eq(&Hash::hash(text.as_bytes()))
    }

    /// The value of the cookie of a browser that has signed in. The secret cannot be computed from the
    /// value.
    pub(super) fn cookie_value(&self) -> String {
        let mac = HMAC::mac(b"whose sign-in", self.digest);
        mac.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    pub(super) fn is_cookie_value(&self, text: &str) -> Choice {
        let expected = Hash::hash(self.cookie_value().as_bytes());
        expected.ct_eq(&Hash::hash(text.as_bytes()))
    }
}

impl FromStr for AccessToken {
    type Err = InvalidToken;

    fn from_str(text: &str) -> Result<Self, InvalidToken> {
        // The padding of Base64 is no name: what follows is shorter than a secret.
        match text.split_once('=') {
            Some((name, secret)) if is_name(name) && secret.len() >= MIN_SECRET => {
                Self::new(name, secret)
            }
            _ => Self::new(DEFAULT_NAME, text),
        }
    }
}

fn is_name(text: &str) -> bool {
    let is_valid = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '@');
    !text.is_empty() && text.len() <= MAX_NAME && text.chars().all(is_valid)
}

/// Shows the name alone.
impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessToken")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "0123456789abcdef";

    #[test]
    fn text_is_a_secret_with_or_without_a_name() {
        let parse = |text: &str| text.parse::<AccessToken>().unwrap();
        for (text, name, secret) in [
            (SECRET, "token", SECRET),
            (
                "ops@example.com=0123456789abcdef",
                "ops@example.com",
                SECRET,
            ),
            (
                "MDEyMzQ1Njc4OWFiY2RlZg==",
                "token",
                "MDEyMzQ1Njc4OWFiY2RlZg==",
            ),
        ] {
            let token = parse(text);
            assert_eq!(token.name(), name);
            assert!(bool::from(token.is_secret(secret)), "{text}");
            assert!(!bool::from(token.is_secret(&secret[1..])), "{text}");
        }
        for (text, error) in [
            ("", InvalidToken::TooShort),
            ("0123456789abcde", InvalidToken::TooShort),
            ("0123456789 abcdef", InvalidToken::InvalidCharacter),
            ("0123456789abcdef\n", InvalidToken::InvalidCharacter),
        ] {
            assert_eq!(text.parse::<AccessToken>(), Err(error), "{text:?}");
        }
    }

    #[test]
    fn debug_and_cookie_do_not_show_the_secret() {
        let token: AccessToken = SECRET.parse().unwrap();
        assert!(!format!("{token:?}").contains(SECRET));
        assert!(!token.cookie_value().contains(SECRET));
        assert!(bool::from(token.is_cookie_value(&token.cookie_value())));
        assert!(!bool::from(token.is_cookie_value(SECRET)));
    }
}
