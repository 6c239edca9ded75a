//! How long a value may be, and what happens to one that is longer.

use std::borrow::Cow;
use std::hash::Hasher;

use siphasher::sip128::{Hasher128, SipHasher13};

use crate::stats;

/// The limits that every value is held to.
///
/// A longer text is cut at a character boundary and counted in [`Stats::cut_values`]; a longer id
/// keeps its head and a 128-bit hash of the whole, so that two people never become one; a tag
/// whose key breaks the rule is dropped and counted in [`Stats::invalid_tags`].
///
/// ```
/// let long = "x".repeat(10_000);
/// let user = whose::User::new(&long);
/// assert_eq!(user.id().map(str::len), Some(whose::Limits::ID_BYTES));
/// ```
///
/// [`Stats::cut_values`]: crate::Stats::cut_values
/// [`Stats::invalid_tags`]: crate::Stats::invalid_tags
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Limits;

impl Limits {
    /// The longest id, email or name, in bytes of UTF-8.
    pub const ID_BYTES: usize = 256;
    /// The longest tag key, in characters of `[a-zA-Z0-9_.:-]`.
    pub const TAG_KEY_CHARS: usize = 32;
    /// The longest tag value, in characters.
    pub const TAG_VALUE_CHARS: usize = 200;
    /// How many tags one place in the program can have.
    pub const TAGS: usize = 50;
    /// How many attributes one user can have.
    pub const ATTRS: usize = 50;
    /// The longest field of a span or event, captured input and output included, in bytes.
    pub const FIELD_BYTES: usize = 8 * 1024;
}

/// The marker at the end of a text that was cut.
const CUT: &str = "…";
/// What separates the head of an over-long id from the hash of the whole.
const HASHED: char = '~';
const HASH_HEX: usize = 32;

/// Cuts `text` to `max` bytes, marker included, at a character boundary.
pub(crate) fn cut_bytes(text: &str, max: usize) -> Cow<'_, str> {
    if text.len() <= max {
        return Cow::Borrowed(text);
    }
    stats::cut_value();
    Cow::Owned(format!("{}{CUT}", head(text, max - CUT.len())))
}

/// Cuts `text` to `max` characters, marker included.
pub(crate) fn cut_chars(text: &str, max: usize) -> Cow<'_, str> {
    // A text of no more bytes than that has no more characters either.
    if text.len() <= max || text.chars().nth(max).is_none() {
        return Cow::Borrowed(text);
    }
    stats::cut_value();
    let head: String = text.chars().take(max - 1).collect();
    Cow::Owned(head + CUT)
}

/// Shortens an id past the limit so that two different ones stay different.
///
/// SipHash-1-3 with 128 bits and a fixed key: the same id gives the same result in every process
/// and in every release, which stored records rely on.
pub(crate) fn cut_id(id: &str) -> String {
    stats::cut_value();
    let mut hasher = SipHasher13::new();
    hasher.write(id.as_bytes());
    let hash = hasher.finish128().as_u128();
    let head = head(id, Limits::ID_BYTES - HASH_HEX - HASHED.len_utf8());
    format!("{head}{HASHED}{hash:032x}")
}

/// Whether `key` may name a tag: 1 to 32 characters of `[a-zA-Z0-9_.:-]`.
pub(crate) fn is_tag_key(key: &str) -> bool {
    (1..=Limits::TAG_KEY_CHARS).contains(&key.len())
        && key
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"_.:-".contains(&b))
}

fn head(text: &str, max: usize) -> &str {
    let mut end = max;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_falls_on_a_character_boundary_and_never_exceeds_the_limit() {
        let text = "é".repeat(300);
        for max in 4..40 {
            let cut = cut_bytes(&text, max);
            assert!(cut.len() <= max && cut.ends_with(CUT), "{max}: {cut}");
        }
        assert_eq!(cut_chars(&text, 200).chars().count(), 200);
        assert_eq!(cut_chars(&"é".repeat(200), 200).chars().count(), 200);
        assert!(!cut_chars(&"é".repeat(200), 200).ends_with(CUT));
    }

    #[test]
    fn over_long_ids_that_share_a_head_stay_apart_and_are_stable() {
        let (a, b) = ("x".repeat(5000) + "a", "x".repeat(5000) + "b");
        assert_ne!(cut_id(&a), cut_id(&b));
        assert_eq!(cut_id(&a), cut_id(&a));
        assert!(cut_id(&a).len() <= Limits::ID_BYTES);
        let (a, b) = ("é".repeat(200), "é".repeat(200) + "x");
        assert_ne!(cut_id(&a), cut_id(&b));
        let longest = "x".repeat(256);
        assert_eq!(crate::User::new(&longest).id(), Some(longest.as_str()));
        assert!(cut_id(&"x".repeat(257)).contains(HASHED));
    }

    #[test]
    fn tag_keys_follow_the_rule() {
        for good in ["a", "plan", "a.b:c-d_e", &"k".repeat(32)] {
            assert!(is_tag_key(good), "{good}");
        }
        for bad in ["", "a b", "ключ", "a/b", &"k".repeat(33)] {
            assert!(!is_tag_key(bad), "{bad}");
        }
    }
}
