use std::borrow::Cow;

use crate::policy::names::known;
use crate::policy::scrub::text::{Found, Text};
use crate::policy::scrub::{authorization, card, email, iban, pem, secret};
use crate::policy::{Pattern, PolicyError};

/// Finds secrets and personal data in texts by their shape.
///
/// A scrubber is optional: [`Policy::with_scrubber`](super::super::Policy::with_scrubber) adds one
/// to a policy.
///
/// | found | replaced by |
/// |---|---|
/// | an email address, also with a quoted name (`"a b"@x.org`), an IP address in brackets (`a@[127.0.0.1]`), or `%40` | `[email]` |
/// | a card number: 13 to 19 digits with the prefix and the length of a card brand and a valid Luhn checksum, also with spaces, dashes, dots or underscores between groups | `[card]` |
/// | an IBAN: the length of its country and a valid checksum, also with spaces or dashes between groups | `[iban]` |
/// | the token after `Bearer`, and the Base64 of a name and a password after `Basic` | `[token]` |
/// | the password in a URL: `postgres://alice:secret@db.example` | `[password]` |
/// | keys of known shapes: `sk-…`, `sk_live_…`, `whsec_…`, `ghp_…`, `glpat-…`, `AKIA…`, `xoxb-…`, `AIza…`, `npm_…`, `hf_…` and similar, JSON Web Tokens, and AWS secrets after their names or ids | `[key]` |
/// | a PEM block: a private key, a certificate | `[pem]` |
///
/// The scrubber searches every text and whole number of a record after the rules of the policy:
/// messages, causes and backtraces of errors, fields, tags, attributes of the user, extra, contexts
/// including the keys inside their values, and breadcrumbs. The scrubber also searches the lines of
/// `whose::fmt`.
///
/// The scrubber does not search the identity of a record: the ids, the email address, the names and
/// the other parts of the user, and the session. Write rules for these. It does not search names in
/// the code either: spans, fields, tags, types, targets and files.
///
/// The search is heuristic. Values without a known shape (a name, a postal address) are not found.
/// An order number can happen to be a valid card number; exclude such values with
/// [`except`](Self::except). Rules of a [`Policy`](super::super::Policy) match by name and do not
/// guess.
///
/// ```
/// use whose::{Policy, Scrubber};
///
/// let policy = Policy::new().with_scrubber(Scrubber::default().except("order.id"));
/// # let _ = policy;
/// let text = Scrubber::default().scrub("mail a@example.com, card 4111 1111 1111 1111");
/// assert_eq!(text, "mail [email], card [card]");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Scrubber {
    except: Vec<Pattern>,
    /// The first invalid name.
    flaw: Option<PolicyError>,
}

impl Scrubber {
    /// Excludes the values with this name from the search.
    ///
    /// The name follows the [rules for names of a `Policy`](super::super::Policy#names). As for
    /// `keep`, the full name is needed: `tag.order`, `breadcrumb.order.id`.
    #[must_use]
    pub fn except(mut self, names: impl AsRef<str>) -> Self {
        let names = names.as_ref();
        self.flaw = self.flaw.or_else(|| known(names).err());
        self.except.push(Pattern::new(names));
        self
    }

    /// Scrubs a text, in time linear in its length.
    #[must_use]
    pub fn scrub<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let body = Text::new(text);
        let mut scrubbed = String::new();
        // The end of the searched part, and the end of the copied part.
        let (mut at, mut copied) = (0, 0);
        // A match further on. The text before the match may contain another one.
        let mut ahead: Option<(usize, usize, &'static str)> = None;
        while let Some(byte) = body.byte(at) {
            let found = match ahead {
                Some((start, end, mark)) if start <= at => {
                    ahead = None;
                    Found::Secret {
                        start: start.max(copied),
                        end,
                        mark,
                    }
                }
                _ => found_at(body, at, byte, copied),
            };
            match found {
                Found::Nothing { until } => {
                    at = ahead.map_or(until, |(start, ..)| until.min(start));
                }
                Found::Secret { start, end, mark } if start > at => {
                    // Overlapping matches are replaced as one.
                    let (first, last, mark) = ahead.unwrap_or((start, end, mark));
                    ahead = Some((first.min(start), last.max(end), mark));
                    at += 1;
                }
                Found::Secret { start, end, mark } => {
                    if end > copied {
                        scrubbed.push_str(&text[copied..start]);
                        scrubbed.push_str(mark);
                        copied = end;
                    }
                    at = at.max(end);
                }
            }
        }
        if copied == 0 {
            return Cow::Borrowed(text);
        }
        scrubbed.push_str(&text[copied..]);
        Cow::Owned(scrubbed)
    }

    pub(crate) fn flaw(&self) -> Option<&PolicyError> {
        self.flaw.as_ref()
    }

    /// Whether the value with the name `prefix` and `key` is excluded.
    pub(crate) fn leaves(&self, prefix: &str, key: &str) -> bool {
        self.except.iter().any(|names| names.is_of(prefix, key))
    }
}

/// The match at a position with the byte `byte`. No match begins before `copied`.
#[inline]
fn found_at(text: Text<'_>, at: usize, byte: u8, copied: usize) -> Found {
    let nothing = Found::Nothing { until: at + 1 };
    match byte {
        b'@' | b'%' => email::at(text, at, copied),
        b'0'..=b'9' if text.is_uuid(at) && text.is_start(at) => Found::Nothing { until: at + 36 },
        b'0'..=b'9' => card::at(text, at),
        b'a'..=b'z' | b'A'..=b'Z' => word_at(text, at, byte).unwrap_or_else(|| Found::Nothing {
            until: next_in_word(text, at),
        }),
        b':' => authorization::password(text, at).unwrap_or(nothing),
        b'-' => pem::at(text, at).unwrap_or(nothing),
        _ => nothing,
    }
}

/// The next position after the letter at `at` where a match can begin: the end of the word, an `s`,
/// or the end of an escape.
#[inline]
fn next_in_word(text: Text<'_>, at: usize) -> usize {
    if text.byte_before(at, 1) == Some(b'\\') {
        return at + 1;
    }
    text.run(at + 1, |byte| {
        byte.is_ascii_alphanumeric() && byte != b's' && byte != b'S'
    })
}

/// The match that begins with the letter at `at`. Most letters are inside a word, where only the
/// name of a secret can begin.
#[inline]
fn word_at(text: Text<'_>, at: usize, letter: u8) -> Option<Found> {
    let named = match letter {
        b's' | b'S' if matches!(text.byte(at + 1), Some(b'e' | b'E')) => secret::named(text, at),
        _ => None,
    };
    if named.is_some() || !text.is_start(at) {
        return named;
    }
    if letter.is_ascii_hexdigit() && text.is_uuid(at) {
        return Some(Found::Nothing { until: at + 36 });
    }
    let found = match letter {
        b's' | b'r' | b'w' | b'g' | b'A' | b'x' | b'n' | b'h' | b'e' => {
            secret::at(text, at, letter)
        }
        b'b' | b'B' => authorization::bearer(text, at).or_else(|| authorization::basic(text, at)),
        _ => None,
    };
    found.or_else(|| iban::at(text, at))
}
