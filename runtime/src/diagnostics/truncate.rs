//! Functions that truncate a value to its limit.

use std::borrow::Cow;
use std::hash::Hasher;

use siphasher::sip128::{Hasher128, SipHasher13};

use crate::diagnostics::limits::Limits;
use crate::diagnostics::truncation::{note, Truncated};
use crate::util::Unquoted;

/// The marker at the end of a truncated text.
pub(crate) const CUT: &str = "…";
/// Separates the beginning of a truncated id from the hash of the whole id.
const HASHED: char = '~';
const HASH_HEX: usize = 32;
/// The maximum number of bytes that are hashed, because a value may print without end.
const HASHED_BYTES: usize = 16 << 20;

/// Truncates a field to `max` bytes, marker included, at a character boundary.
pub(crate) fn truncate_bytes(text: &str, max: usize) -> Cow<'_, str> {
    truncate(Truncated::Field, text, max)
}

/// As [`truncate_bytes`], for another kind of value.
pub(crate) fn truncate(what: Truncated, text: &str, max: usize) -> Cow<'_, str> {
    if text.len() <= max {
        return Cow::Borrowed(text);
    }
    note(what);
    Cow::Owned(format!("{}{CUT}", head(text, max - CUT.len())))
}

/// Truncates a tag to `max` characters, marker included.
pub(crate) fn truncate_chars(text: &str, max: usize) -> Cow<'_, str> {
    // A text with at most `max` bytes has at most `max` characters.
    if text.len() <= max || text.chars().nth(max).is_none() {
        return Cow::Borrowed(text);
    }
    note(Truncated::Tag);
    let head: String = text.chars().take(max - 1).collect();
    Cow::Owned(head + CUT)
}

/// Truncates a text past [`Limits::ID_BYTES`] that identifies a user or a session, so that
/// different texts stay different.
///
/// The hash is SipHash-1-3 with 128 bits and a fixed key. The same text has the same result in
/// every process and in every release, because stored records rely on it.
pub(crate) fn truncate_id(what: Truncated, text: &str) -> String {
    if text.len() > Limits::ID_BYTES {
        note(what);
    }
    shorten_id(text).into_owned()
}

/// As [`truncate_id`], for a text that is only looked up.
pub(crate) fn shorten_id(text: &str) -> Cow<'_, str> {
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

/// Prints an id of any length into its truncated form, which equals [`truncate_id`] of the whole.
pub(crate) fn print_id(arguments: std::fmt::Arguments<'_>) -> String {
    let mut id = Printed::default();
    // An error can only come from the value. The text printed before the error stays.
    let _ = std::fmt::write(&mut id, arguments);
    id.kept()
}

/// As [`print_id`], for `Debug`: removes the quotes around a string, which are not part of the id.
pub(crate) fn print_debug_id(arguments: std::fmt::Arguments<'_>) -> String {
    let mut unquoted = Unquoted::new(Printed::default());
    // An error can only come from the value.
    let _ = std::fmt::write(&mut unquoted, arguments);
    match unquoted.finish() {
        Some(id) => id.kept(),
        None => print_id(arguments),
    }
}

/// Keeps the beginning of a printed text, and hashes all of it.
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
        note(Truncated::Id);
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

/// Whether `key` is a valid tag key: 1 to 32 characters of `[a-zA-Z0-9_.:-]`.
#[inline]
pub(crate) fn is_tag_key(key: &str) -> bool {
    /// Whether a byte is valid in a key. A table, because the check runs for every tag of a scope.
    const VALID: [bool; 256] = {
        let mut valid = [false; 256];
        let mut byte = 0;
        while byte < valid.len() {
            let character = byte as u8;
            valid[byte] =
                character.is_ascii_alphanumeric() || matches!(character, b'_' | b'.' | b':' | b'-');
            byte += 1;
        }
        valid
    };
    (1..=Limits::TAG_KEY_CHARS).contains(&key.len())
        && key.bytes().all(|byte| VALID[usize::from(byte)])
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
    fn truncation_stops_at_char_boundary_within_limit() {
        let text = "é".repeat(300);
        for max in 4..40 {
            let cut = truncate_bytes(&text, max);
            assert!(cut.len() <= max && cut.ends_with(CUT), "{max}: {cut}");
        }
        assert_eq!(truncate_chars(&text, 200).chars().count(), 200);
        assert_eq!(truncate_chars(&"é".repeat(200), 200).chars().count(), 200);
        assert!(!truncate_chars(&"é".repeat(200), 200).ends_with(CUT));
    }

    #[test]
    fn long_ids_with_shared_prefix_stay_distinct() {
        let (a, b) = ("x".repeat(5000) + "a", "x".repeat(5000) + "b");
        assert_ne!(
            truncate_id(Truncated::Id, &a),
            truncate_id(Truncated::Id, &b)
        );
        assert_eq!(
            truncate_id(Truncated::Id, &a),
            truncate_id(Truncated::Id, &a)
        );
        assert!(truncate_id(Truncated::Id, &a).len() <= Limits::ID_BYTES);
        let (a, b) = ("é".repeat(200), "é".repeat(200) + "x");
        assert_ne!(
            truncate_id(Truncated::Id, &a),
            truncate_id(Truncated::Id, &b)
        );
        let longest = "x".repeat(256);
        assert_eq!(truncate_id(Truncated::Id, &longest), longest);
        assert!(truncate_id(Truncated::Id, &"x".repeat(257)).contains(HASHED));
    }

    #[test]
    fn id_written_in_pieces_equals_whole_id() {
        for id in [
            "é".repeat(100),
            "é".repeat(5_000),
            format!("a{}", "é".repeat(5_000)),
        ] {
            let kept = truncate_id(Truncated::Id, &id);
            let pieces: Vec<String> = id.chars().map(String::from).collect();
            struct Pieces(Vec<String>);
            impl std::fmt::Display for Pieces {
                fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    self.0.iter().try_for_each(|piece| f.write_str(piece))
                }
            }
            assert_eq!(print_id(format_args!("{}", Pieces(pieces))), kept);
        }
    }

    #[test]
    fn tag_keys_follow_character_rules() {
        for good in ["a", "plan", "a.b:c-d_e", &"k".repeat(32)] {
            assert!(is_tag_key(good), "{good}");
        }
        for bad in ["", "a b", "ключ", "a/b", &"k".repeat(33)] {
            assert!(!is_tag_key(bad), "{bad}");
        }
    }
}
