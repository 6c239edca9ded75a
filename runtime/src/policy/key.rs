use std::fmt;
use std::sync::Arc;

use hmac_sha256::HMAC;

use crate::diagnostics::truncate::shorten_id;

/// The secret key for pseudonyms, with an id.
///
/// A pseudonym is the id of the key, a colon, and the HMAC-SHA-256 of the value in hexadecimal
/// digits. The owner of the key can compute the pseudonym of a known value. Without the key, nobody
/// can confirm a guess, and no pseudonym can be reversed.
///
/// Pass the key to [`Policy::pseudonymise`](crate::Policy::pseudonymise) or
/// [`Policy::pseudonymous`](crate::Policy::pseudonymous).
///
/// ```
/// use whose::PolicyKey;
///
/// # fn secret() -> Vec<u8> { vec![7; 32] }
/// let key = PolicyKey::new("k1", secret())?;
/// assert!(key.pseudonym("alice").starts_with("k1:"));
/// assert_eq!(key.pseudonym("alice"), key.pseudonym("alice"));
/// assert_ne!(key.pseudonym("alice"), key.pseudonym("bob"));
/// # Ok::<(), whose::PolicyKeyError>(())
/// ```
#[derive(Clone)]
pub struct PolicyKey {
    id: Arc<str>,
    /// The HMAC after it has read the secret, so that this half of the work is done once.
    keyed: Arc<HMAC>,
}

/// Why a secret or an id is not valid for a [`PolicyKey`].
///
/// ```
/// use whose::{PolicyKey, PolicyKeyError};
///
/// let error = PolicyKey::new("k1", "password").unwrap_err();
/// assert_eq!(error, PolicyKeyError::TooShort { bytes: 8 });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PolicyKeyError {
    /// The secret has fewer than [`PolicyKey::MIN_BYTES`] bytes.
    TooShort {
        /// The length of the secret in bytes.
        bytes: usize,
    },
    /// The id is not 1 to [`PolicyKey::ID_CHARS`] characters of `[a-zA-Z0-9_-]`.
    InvalidId,
}

impl fmt::Display for PolicyKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort { bytes } => write!(
                f,
                "the secret has {bytes} bytes: use at least {} bytes from a source of randomness",
                PolicyKey::MIN_BYTES
            ),
            Self::InvalidId => write!(
                f,
                "the id of a key must be 1 to {} characters of [a-zA-Z0-9_-]",
                PolicyKey::ID_CHARS
            ),
        }
    }
}

impl std::error::Error for PolicyKeyError {}

impl PolicyKey {
    /// The minimum length of the secret in bytes: the length of the hash. RFC 2104 (section 3)
    /// calls a shorter key weak.
    pub const MIN_BYTES: usize = 32;
    /// The maximum length of the id in characters.
    pub const ID_CHARS: usize = 16;

    /// Makes a key from a secret.
    ///
    /// The id is the prefix of every pseudonym of the key. Give a rotated secret a new id, so that
    /// old and new pseudonyms are distinguishable.
    ///
    /// # Errors
    /// [`PolicyKeyError::TooShort`] for a secret of fewer than [`MIN_BYTES`](Self::MIN_BYTES)
    /// bytes, [`PolicyKeyError::InvalidId`] for an invalid id.
    pub fn new(id: impl AsRef<str>, secret: impl AsRef<[u8]>) -> Result<Self, PolicyKeyError> {
        let (id, secret) = (id.as_ref(), secret.as_ref());
        let is_id = (1..=Self::ID_CHARS).contains(&id.len())
            && id
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b));
        if !is_id {
            return Err(PolicyKeyError::InvalidId);
        }
        if secret.len() < Self::MIN_BYTES {
            return Err(PolicyKeyError::TooShort {
                bytes: secret.len(),
            });
        }
        Ok(Self {
            id: id.into(),
            keyed: Arc::new(HMAC::new(secret)),
        })
    }

    /// The id of the key.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Computes the pseudonym of a value. Use it to look up the records of a known user.
    ///
    /// For an id, email address or name longer than [`Limits::ID_BYTES`](crate::Limits::ID_BYTES),
    /// `pseudonym` truncates the value as records do, so that the result equals the pseudonym in
    /// the records.
    #[must_use]
    pub fn pseudonym(&self, value: impl AsRef<str>) -> String {
        let mut mac = (*self.keyed).clone();
        mac.update(&*shorten_id(value.as_ref()));
        let mut text = String::with_capacity(self.id.len() + 65);
        text.push_str(&self.id);
        text.push(':');
        for byte in mac.finalize() {
            for nibble in [byte >> 4, byte & 15] {
                text.push(char::from(b"0123456789abcdef"[usize::from(nibble)]));
            }
        }
        text
    }
}

/// Prints the id of the key and nothing of the secret.
impl fmt::Debug for PolicyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PolicyKey")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pseudonym_is_hmac_sha_256() {
        // RFC 4231, test case 6: a key of 131 bytes.
        let key = PolicyKey::new("k1", [0xaa; 131]).unwrap();
        assert_eq!(
            key.pseudonym("Test Using Larger Than Block-Size Key - Hash Key First"),
            "k1:60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
    }

    #[test]
    fn pseudonym_of_long_id_uses_recorded_id() {
        let key = PolicyKey::new("k1", [7; 32]).unwrap();
        for id in ["é".repeat(200), "x".repeat(257), "x".repeat(100_000)] {
            let kept = crate::model::User::new(&id)
                .id()
                .map(|id| key.pseudonym(id));
            assert_eq!(Some(key.pseudonym(&id)), kept);
        }
        assert_ne!(
            key.pseudonym("x".repeat(300)),
            key.pseudonym("x".repeat(301))
        );
    }

    #[test]
    fn short_key_and_ambiguous_key_id_are_rejected() {
        assert_eq!(
            PolicyKey::new("k1", [7; 31]).unwrap_err(),
            PolicyKeyError::TooShort { bytes: 31 }
        );
        for id in ["", "a:b", "é", "a b", &"k".repeat(17)] {
            assert_eq!(
                PolicyKey::new(id, [7; 32]).unwrap_err(),
                PolicyKeyError::InvalidId
            );
        }
        assert_eq!(PolicyKey::new("k-1_B", [7; 32]).unwrap().id(), "k-1_B");
    }

    #[test]
    fn debug_hides_secret() {
        let key = PolicyKey::new("k1", "a secret that nobody may see ever").unwrap();
        assert_eq!(format!("{key:?}"), "PolicyKey { id: \"k1\", .. }");
    }
}
