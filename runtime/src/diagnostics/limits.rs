//! How long a value may be, and what happens to one that is longer.

use std::borrow::Cow;
use std::hash::Hasher;

use siphasher::sip128::{Hasher128, SipHasher13};

use crate::diagnostics::truncation::{cut, Cut};
use crate::util::Unquoted;

/// The limits that every value is held to.
///
/// A longer text is cut at a character boundary; a longer id, email or name keeps its head and a
/// 128-bit hash of the whole, so that two users never become one; a tag whose key breaks the rule is dropped and
/// counted in [`Stats::invalid_tags`]. What is cut is counted by kind ([`Stats::cut_values`] is all
/// of it), and named once for each call site in an event of level `DEBUG` with the target `whose`.
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
    /// The longest id, email, name, IP address or segment, in bytes of UTF-8.
    pub const ID_BYTES: usize = 256;
    /// The longest tag key, in characters of `[a-zA-Z0-9_.:-]`.
    pub const TAG_KEY_CHARS: usize = 32;
    /// The longest tag value, in characters.
    pub const TAG_VALUE_CHARS: usize = 200;
    /// How many tags one place in the program can have.
    pub const TAGS: usize = 50;
    /// How many attributes one user can have.
    pub const ATTRS: usize = 50;
    /// How many extra values one place in the program can have, and how many values one
    /// breadcrumb.
    pub const EXTRA: usize = 50;
    /// How many contexts one place in the program can have.
    pub const CONTEXTS: usize = 50;
    /// How many keys one context can have after those of its name in several layers were joined.
    pub const CONTEXT_KEYS: usize = 200;
    /// The longest extra value or context, in bytes of JSON.
    pub const DATA_BYTES: usize = 8 * 1024;
    /// How many breadcrumbs one mutable layer keeps, and one error sees.
    pub const BREADCRUMBS: usize = 100;
    /// The longest field of a span or event, captured input and output included, in bytes.
    pub const FIELD_BYTES: usize = 8 * 1024;
    /// The longest backtrace, in bytes.
    pub const BACKTRACE_BYTES: usize = 32 * 1024;
}

/// The marker at the end of a text that was cut.
pub(crate) const CUT: &str = "…";
/// What separates the head of an over-long id from the hash of the whole.
const HASHED: char = '~';
const HASH_HEX: usize = 32;
/// How much of an over-long id is hashed: a value may print one that never ends.
const HASHED_BYTES: usize = 16 << 20;

/// Cuts a field to `max` bytes, marker included, at a character boundary.
pub(crate) fn cut_bytes(text: &str, max: usize) -> Cow<'_, str> {
    cut_as(Cut::Field, text, max)
}

/// As [`cut_bytes`], for something else.
pub(crate) fn cut_as(what: Cut, text: &str, max: usize) -> Cow<'_, str> {
    if text.len() <= max {
        return Cow::Borrowed(text);
    }
    cut(what);
    Cow::Owned(format!("{}{CUT}", head(text, max - CUT.len())))
}

/// Cuts a tag to `max` characters, marker included.
pub(crate) fn cut_chars(text: &str, max: usize) -> Cow<'_, str> {
    // A text of no more bytes than that has no more characters either.
    if text.len() <= max || text.chars().nth(max).is_none() {
        return Cow::Borrowed(text);
    }
    cut(Cut::Tag);
    let head: String = text.chars().take(max - 1).collect();
    Cow::Owned(head + CUT)
}

/// Shortens a text past [`Limits::ID_BYTES`] that tells users or sessions apart, so that two
/// different ones stay different.
///
/// SipHash-1-3 with 128 bits and a fixed key: the same text gives the same result in every process
/// and in every release, which stored records rely on.
pub(crate) fn cut_identifying(what: Cut, text: &str) -> String {
    if text.len() > Limits::ID_BYTES {
        cut(what);
    }
    identifying(text).into_owned()
}

/// As [`cut_identifying`], of a text that is looked for and not kept.
pub(crate) fn identifying(text: &str) -> Cow<'_, str> {
    if text.len() <= Limits::ID_BYTES {
        return Cow::Borrowed(text);
    }
    let mut hasher = SipHasher13::new();
    hasher.write(&text.as_bytes()[..text.len().min(HASHED_BYTES)]);
    Cow::Owned(hashed(text, hasher))
}

fn hashed(id: &str, hasher: SipHasher13) -> String {
    let hash = hasher.finish128().as_u128();
    let head = head(id, Limits::ID_BYTES - HASH_HEX - HASHED.len_utf8());
    format!("{head}{HASHED}{hash:032x}")
}

/// Prints an id, however long it is, into what is kept of it: as [`cut_identifying`] of the whole.
pub(crate) fn print_id(arguments: std::fmt::Arguments<'_>) -> String {
    let mut id = Printed::default();
    // The only error is one of the value itself: what it printed until then stays.
    let _ = std::fmt::write(&mut id, arguments);
    id.kept()
}

/// As [`print_id`], of a `Debug`: the one of a string is in quotes, which are no part of an id.
pub(crate) fn print_debug_id(arguments: std::fmt::Arguments<'_>) -> String {
    let mut unquoted = Unquoted::new(Printed::default());
    // The error of a value that is no quoted string.
    let _ = std::fmt::write(&mut unquoted, arguments);
    match unquoted.finish() {
        Some(id) => id.kept(),
        None => print_id(arguments),
    }
}

/// Keeps the head of a text that is being printed, and hashes all of it.
#[derive(Default)]
struct Printed {
    head: String,
    bytes: usize,
    hasher: SipHasher13,
}

impl Printed {
    fn kept(self) -> String {
        if self.bytes <= Limits::ID_BYTES {
            return self.head;
        }
        cut(Cut::Id);
        hashed(&self.head, self.hasher)
    }
}

impl std::fmt::Write for Printed {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let room = Limits::ID_BYTES.saturating_sub(self.bytes);
        self.head.push_str(if text.len() <= room {
            text
        } else {
            head(text, room)
        });
        let hashed = text.len().min(HASHED_BYTES - self.bytes);
        self.hasher.write(&text.as_bytes()[..hashed]);
        self.bytes += hashed;
        if hashed < text.len() {
            return Err(std::fmt::Error);
        }
        Ok(())
    }
}

/// Whether `key` may name a tag: 1 to 32 characters of `[a-zA-Z0-9_.:-]`.
pub(crate) fn is_tag_key(key: &str) -> bool {
    (1..=Limits::TAG_KEY_CHARS).contains(&key.len())
        && key
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"_.:-".contains(&b))
}

pub(crate) fn head(text: &str, max: usize) -> &str {
    let mut end = max.min(text.len());
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
        assert_ne!(cut_identifying(Cut::Id, &a), cut_identifying(Cut::Id, &b));
        assert_eq!(cut_identifying(Cut::Id, &a), cut_identifying(Cut::Id, &a));
        assert!(cut_identifying(Cut::Id, &a).len() <= Limits::ID_BYTES);
        let (a, b) = ("é".repeat(200), "é".repeat(200) + "x");
        assert_ne!(cut_identifying(Cut::Id, &a), cut_identifying(Cut::Id, &b));
        let longest = "x".repeat(256);
        assert_eq!(
            crate::model::User::new(&longest).id(),
            Some(longest.as_str())
        );
        assert!(cut_identifying(Cut::Id, &"x".repeat(257)).contains(HASHED));
    }

    #[test]
    fn an_id_that_is_printed_in_pieces_is_the_one_that_is_given_whole() {
        for id in [
            "é".repeat(100),
            "é".repeat(5_000),
            format!("a{}", "é".repeat(5_000)),
        ] {
            let kept = crate::model::User::new(&id);
            let pieces: Vec<String> = id.chars().map(String::from).collect();
            struct Pieces(Vec<String>);
            impl std::fmt::Display for Pieces {
                fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    self.0.iter().try_for_each(|piece| f.write_str(piece))
                }
            }
            assert_eq!(
                Some(&*print_id(format_args!("{}", Pieces(pieces)))),
                kept.id()
            );
        }
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
