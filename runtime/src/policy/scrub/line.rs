//! Scrubs formatted log lines.

use std::borrow::Cow;

use crate::policy::scrub::scrubber::Scrubber;

impl Scrubber {
    /// Scrubs the texts and the whole numbers of a line. JSON stays valid JSON, and terminal
    /// colours stay.
    pub(crate) fn scrub_line<'a>(&self, line: &'a str, is_json: bool) -> Cow<'a, str> {
        if is_json {
            self.scrub_pieces(line, json_pieces(line))
        } else {
            self.scrub_pieces(line, colour_pieces(line))
        }
    }

    fn scrub_pieces<'a>(
        &self,
        line: &'a str,
        pieces: impl Iterator<Item = Piece<'a>>,
    ) -> Cow<'a, str> {
        let mut scrubbed = String::new();
        let mut is_changed = false;
        for piece in pieces {
            let (text, left) = match piece {
                Piece::Markup(text) => (text, None),
                Piece::Plain(text) => (text, owned(self.scrub(text))),
                Piece::Number(text) => (text, owned(self.scrub(text)).and_then(quoted)),
                Piece::Quoted(text) => {
                    let content = serde_json::from_str::<String>(text).ok();
                    let left = content.and_then(|content| owned(self.scrub(&content)));
                    (text, left.and_then(quoted))
                }
            };
            is_changed |= left.is_some();
            scrubbed.push_str(left.as_deref().unwrap_or(text));
        }
        if is_changed {
            Cow::Owned(scrubbed)
        } else {
            Cow::Borrowed(line)
        }
    }
}

/// A part of a line.
enum Piece<'a> {
    /// Text that the format wrote.
    Markup(&'a str),
    /// Plain text.
    Plain(&'a str),
    /// A JSON number.
    Number(&'a str),
    /// A JSON string, with its quotes.
    Quoted(&'a str),
}

fn owned(text: Cow<'_, str>) -> Option<String> {
    match text {
        Cow::Owned(text) => Some(text),
        Cow::Borrowed(_) => None,
    }
}

/// The text as a JSON string.
fn quoted(text: String) -> Option<String> {
    serde_json::to_string(&text).ok()
}

/// Splits a line at its colour sequences (`ESC [ … m`). A value is in one piece.
fn colour_pieces(line: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = line;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (piece, after) = match rest.strip_prefix("\u{1b}[") {
            Some(sequence) => {
                let end = sequence.find(|c: char| c.is_ascii_alphabetic());
                let (sequence, after) = rest.split_at(end.map_or(rest.len(), |end| 2 + end + 1));
                (Piece::Markup(sequence), after)
            }
            None => {
                // An escape character without a sequence is part of the text.
                let end = rest.match_indices("\u{1b}[").map(|(at, _)| at).next();
                let (text, after) = rest.split_at(end.unwrap_or(rest.len()));
                (Piece::Plain(text), after)
            }
        };
        rest = after;
        Some(piece)
    })
}

/// Splits a line of JSON into strings, numbers and the parts between them. Object keys stay
/// unchanged.
fn json_pieces(line: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = line;
    std::iter::from_fn(move || {
        let first = rest.bytes().next()?;
        let (piece, after) = match first {
            b'"' => {
                let (string, after) = rest.split_at(string_end(rest));
                let is_name = after.trim_start().starts_with(':');
                let piece = if is_name {
                    Piece::Markup
                } else {
                    Piece::Quoted
                };
                (piece(string), after)
            }
            b'-' | b'0'..=b'9' => {
                let is_part = |c: char| c.is_ascii_digit() || "+-.eE".contains(c);
                let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
                let (number, after) = rest.split_at(end);
                (Piece::Number(number), after)
            }
            _ => {
                let is_value = |c: char| c == '"' || c == '-' || c.is_ascii_digit();
                let end = rest.find(is_value).unwrap_or(rest.len());
                let (markup, after) = rest.split_at(end);
                (Piece::Markup(markup), after)
            }
        };
        rest = after;
        Some(piece)
    })
}

/// The end of the JSON string at the beginning of `text`.
fn string_end(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_line_with_secrets_stays_json() {
        let line = concat!(
            r#"{"a@x.org":"to \"a b\"@x.org\nb@x.org","n":4111111111111111,"f":4.1,"#,
            r#""list":["Bearer x1",-1,null,true]}"#,
            "\n"
        );
        assert_eq!(
            Scrubber::default().scrub_line(line, true),
            concat!(
                r#"{"a@x.org":"to [email]\n[email]","n":"[card]","f":4.1,"#,
                r#""list":["Bearer [token]",-1,null,true]}"#,
                "\n"
            )
        );
        assert!(matches!(
            Scrubber::default().scrub_line("{\"a\":1}", true),
            Cow::Borrowed(_)
        ));
    }

    #[test]
    fn coloured_line_with_secrets_keeps_its_colours() {
        let line = "\u{1b}[2mtime\u{1b}[0m \u{1b}[3mto\u{1b}[0m\u{1b}[2m=\u{1b}[0ma@x.org\u{1b}[1";
        assert_eq!(
            Scrubber::default().scrub_line(line, false),
            "\u{1b}[2mtime\u{1b}[0m \u{1b}[3mto\u{1b}[0m\u{1b}[2m=\u{1b}[0m[email]\u{1b}[1"
        );
    }

    #[test]
    fn broken_json_line_does_not_panic() {
        for line in ["", "\"", "\"a\\", "{\"a", "-", "1e", "é\"é"] {
            assert_eq!(Scrubber::default().scrub_line(line, true), line);
        }
    }
}
