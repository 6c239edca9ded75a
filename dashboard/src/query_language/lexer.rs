//! A search text in tokens. No text is an error here.

use std::ops::Range;

use super::quote::{Quoted, read_quoted};

/// A part of a search text.
#[derive(Debug)]
pub(super) struct Token {
    /// The bytes of the text, with the sign.
    pub(super) at: Range<usize>,
    /// Whether a `-` stands before the token.
    pub(super) is_negated: bool,
    pub(super) body: Body,
}

#[derive(Debug)]
pub(super) enum Body {
    Word(String),
    Phrase {
        text: String,
    },
    Field {
        /// The bytes of the name, with its key.
        name_at: Range<usize>,
        /// The name in front of a key in quotes, or the whole name.
        name: String,
        /// The key in quotes, if there is one.
        quoted_key: Option<String>,
        value_at: Range<usize>,
        value: RawValue,
    },
    /// A key in quotes without a colon behind it, or without its last quote.
    BrokenKey,
}

#[derive(Debug)]
pub(super) enum RawValue {
    Missing,
    Bare(String),
    Quoted {
        text: String,
        is_closed: bool,
        /// Whether a `*` follows the last quote.
        is_prefix: bool,
    },
}

/// The tokens of a text.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut start = 0;
    while let Some(rest) = text.get(start..).filter(|rest| !rest.is_empty()) {
        let blank = rest.len() - rest.trim_start().len();
        if blank > 0 {
            start += blank;
            continue;
        }
        let token = token(text, start);
        start = token.at.end;
        tokens.push(token);
    }
    tokens
}

/// The token that begins at `start`, where no blank is.
fn token(text: &str, start: usize) -> Token {
    let rest = text.get(start..).unwrap_or_default();
    let after_sign = rest.strip_prefix('-').filter(|after| {
        let next = after.chars().next();
        next.is_some_and(|c| c != '-' && !c.is_whitespace())
    });
    let from = match after_sign {
        Some(_) => start + 1,
        None => start,
    };
    let (body, end) = body(text, from);
    Token {
        at: start..end,
        is_negated: after_sign.is_some(),
        body,
    }
}

/// The token without its sign, and its end.
fn body(text: &str, start: usize) -> (Body, usize) {
    let rest = text.get(start..).unwrap_or_default();
    if rest.starts_with('"') {
        return phrase(rest, start);
    }
    let is_end = |c: char| c.is_whitespace() || c == '"';
    let word = &rest[..rest.find(is_end).unwrap_or(rest.len())];
    let end = start + word.len();
    if matches!(word, "@" | "tag." | "field.") && rest[word.len()..].starts_with('"') {
        return with_quoted_key(text, start, word);
    }
    // `io::Error` is a word, and so is `:)`.
    let colon = word.find(':').filter(|colon| *colon > 0);
    let Some(colon) = colon.filter(|colon| !word[colon + 1..].starts_with(':')) else {
        return (Body::Word(word.to_owned()), end);
    };
    let name = &word[..colon];
    field(text, start..start + colon, name.to_owned(), None)
}

/// A phrase has no escapes. Without its last quote, the phrase ends with the text.
fn phrase(rest: &str, start: usize) -> (Body, usize) {
    let inner = &rest[1..];
    let (text, length) = match inner.find('"') {
        Some(end) => (&inner[..end], end + 2),
        None => (inner, rest.len()),
    };
    let text = text.to_owned();
    (Body::Phrase { text }, start + length)
}

fn with_quoted_key(text: &str, start: usize, name: &str) -> (Body, usize) {
    let key_at = start + name.len();
    let Quoted {
        text: key,
        length,
        is_closed,
    } = read_quoted(&text[key_at..]);
    let end = key_at + length;
    match is_closed && text[end..].starts_with(':') {
        true => field(text, start..end, name.to_owned(), Some(key)),
        false => (Body::BrokenKey, end),
    }
}

/// A condition, whose colon stands at the end of the name.
fn field(
    text: &str,
    name_at: Range<usize>,
    name: String,
    quoted_key: Option<String>,
) -> (Body, usize) {
    let value_start = name_at.end + 1;
    let (value, length) = value(&text[value_start..]);
    let end = value_start + length;
    let body = Body::Field {
        name_at,
        name,
        quoted_key,
        value_at: value_start..end,
        value,
    };
    (body, end)
}

/// The value at the start of a text, and its length.
fn value(rest: &str) -> (RawValue, usize) {
    if rest.starts_with('"') {
        let Quoted {
            text,
            length,
            is_closed,
        } = read_quoted(rest);
        let is_prefix = is_closed && rest[length..].starts_with('*');
        let value = RawValue::Quoted {
            text,
            is_closed,
            is_prefix,
        };
        return (value, length + usize::from(is_prefix));
    }
    match &rest[..rest.find(char::is_whitespace).unwrap_or(rest.len())] {
        "" => (RawValue::Missing, 0),
        bare => (RawValue::Bare(bare.to_owned()), bare.len()),
    }
}
