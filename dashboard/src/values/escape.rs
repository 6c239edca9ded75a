//! Texts with hostile characters.

use std::borrow::Cow;

use super::format::DASH;

/// Whether a terminal obeys, hides, or reorders the character.
pub(crate) fn needs_escape(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

/// Returns the text, in quotes and with escapes if it contains unsafe characters.
///
/// A text that begins with a quote is quoted too, so that different texts look different.
pub(crate) fn escape(text: &str) -> Cow<'_, str> {
    let plain = !text.is_empty()
        && text != DASH
        && text.trim() == text
        && !text.starts_with('"')
        && !text.chars().any(needs_escape);
    if plain {
        return Cow::Borrowed(text);
    }
    let mut quoted = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            c if needs_escape(c) => quoted.extend(c.escape_unicode()),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    Cow::Owned(quoted)
}

/// A text of several lines, with escapes of the unsafe characters in the lines.
pub(crate) fn escape_lines(text: &str) -> Cow<'_, str> {
    escape_each(text, |c| needs_escape(c) && !matches!(c, '\n' | '\t'))
}

/// A part of a text, without quotes, and with escapes in place of unsafe characters.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    escape_each(text, needs_escape)
}

fn escape_each(text: &str, is_unsafe: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match is_unsafe(c) {
            true => escaped.extend(c.escape_unicode()),
            false => escaped.push(c),
        }
    }
    Cow::Owned(escaped)
}

/// The escaped text, or a dash.
pub(crate) fn or_dash(text: Option<&str>) -> String {
    text.map_or(DASH.into(), |text| escape(text).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_quotes_only_hostile_texts() {
        for (text, expected) in [
            ("alice", "alice"),
            ("Żółw 日本", "Żółw 日本"),
            ("a\"b\\c", "a\"b\\c"),
            ("\"a\"", r#""\"a\"""#),
            ("\u{1b}[2J", r#""\u{1b}[2J""#),
            ("a\nb", r#""a\nb""#),
            ("\u{202e}x", r#""\u{202e}x""#),
            ("", r#""""#),
            ("-", r#""-""#),
            (" a", r#"" a""#),
        ] {
            assert_eq!(escape(text), expected);
        }
    }

    #[test]
    fn lines_keep_their_ends_and_lose_hostile_characters() {
        assert_eq!(
            escape_lines(" a\n\tb\u{202e}c\r\n"),
            " a\n\tb\\u{202e}c\\u{d}\n"
        );
        assert!(matches!(escape_lines("plain\n"), Cow::Borrowed(_)));
    }

    #[test]
    fn escaped_texts_stay_distinct() {
        let texts = [
            "a\nb",
            "a\\nb",
            "\"a\\nb\"",
            "\"a\nb\"",
            "a\u{200b}",
            "a",
            "a ",
            "\"a",
            "-",
            "",
        ];
        let escaped: std::collections::HashSet<_> = texts.iter().map(|text| escape(text)).collect();
        assert_eq!(escaped.len(), texts.len());
    }
}
