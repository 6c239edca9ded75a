use std::borrow::Cow;

use crate::policy::names::known;
use crate::policy::scrub::text::{Found, Text};
use crate::policy::scrub::{authorization, card, email, iban, pem, secret};
use crate::policy::{Pattern, PolicyError};

/// Finds secrets and personal data in texts, by their shape; opt in by
/// [`Policy::with_scrubber`](super::super::Policy::with_scrubber).
///
/// | found | becomes |
/// |---|---|
/// | an email address, also with a name in quotes (`"a b"@x.org`), an address of the network in brackets (`a@[127.0.0.1]`), or `%40` | `[email]` |
/// | the number of a card: 13 to 19 digits that begin and are as long as those of a brand, with a valid Luhn sum, also with spaces, dashes, dots or underscores in between | `[card]` |
/// | an IBAN: as long as those of its country, with valid check digits, also with spaces or dashes in between | `[iban]` |
/// | what stands behind `Bearer`, and the Base64 of a name and a password behind `Basic` | `[token]` |
/// | the password in an address: `postgres://alice:secret@db.example` | `[password]` |
/// | keys of known shapes: `sk-…`, `sk_live_…`, `whsec_…`, `ghp_…`, `glpat-…`, `AKIA…`, `xoxb-…`, `AIza…`, `npm_…`, `hf_…` and their like, JSON web tokens, and the secrets of AWS behind their names or ids | `[key]` |
/// | a block of PEM: a private key, a certificate | `[pem]` |
///
/// Every text and whole number of a record is searched, after the rules of the policy: messages,
/// causes and backtraces of errors, fields, tags, attributes of the user, extra, contexts with
/// the keys inside their values, and breadcrumbs. So are the lines of
/// [`whose::fmt`](crate::fmt). Not searched are the ids, the email address, the names and the other
/// parts of the user, and the session, which say whose the record is: those are for the rules. Nor
/// are the names in the code: of spans, fields, tags and types, targets and files.
///
/// A shape is a guess: what has none (a name, a postal address) is not found, and the number of an
/// order may happen to be a valid number of a card; leave such values out by
/// [`except`](Self::except). Rules of a [`Policy`](super::super::Policy) are no guesses.
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
    /// The first name that names nothing.
    flaw: Option<PolicyError>,
}

impl Scrubber {
    /// Leaves the values of that name as they are, by the names of the rules of a
    /// [`Policy`](super::super::Policy#names); as for `keep`, the name has to be whole:
    /// `tag.order`, `breadcrumb.order.id`.
    #[must_use]
    pub fn except(mut self, names: impl AsRef<str>) -> Self {
        let names = names.as_ref();
        self.flaw = self.flaw.or_else(|| known(names).err());
        self.except.push(Pattern::new(names));
        self
    }

    /// The text without what was found in it, in time linear to its length.
    #[must_use]
    pub fn scrub<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let body = Text::new(text);
        let mut scrubbed = String::new();
        // Until where the text is searched, and until where it is copied.
        let (mut at, mut copied) = (0, 0);
        // What was found further on: the text before may have something else.
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
                    // Of two, both are taken out as one.
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

    /// Whether the value called `prefix` followed by `key` is left as it is.
    pub(crate) fn leaves(&self, prefix: &str, key: &str) -> bool {
        self.except.iter().any(|names| names.is_of(prefix, key))
    }
}

/// What is at a place where `byte` is; no part of it is before `copied`.
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

/// Where something can begin behind the letter at `at`: at the end of the word, at an `s`, or
/// behind an escape.
#[inline]
fn next_in_word(text: Text<'_>, at: usize) -> usize {
    if text.byte_before(at, 1) == Some(b'\\') {
        return at + 1;
    }
    text.run(at + 1, |byte| {
        byte.is_ascii_alphanumeric() && byte != b's' && byte != b'S'
    })
}

/// What begins with the letter at `at`. Most letters are inside of a word, where nothing begins but
/// the name of a secret.
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
