//! Reverses the `Debug` of a string: removes the quotes and the escapes.

/// A parser that reads one character at a time.
#[derive(Default)]
struct Unquote {
    state: State,
    /// The characters after a backslash, as far as they are read.
    escape: String,
}

#[derive(Default, PartialEq)]
enum State {
    #[default]
    Start,
    Inside,
    Escape,
    Ended,
    NoText,
}

impl Unquote {
    /// Takes the next character. Returns the character that it stands for.
    fn next(&mut self, c: char) -> Option<char> {
        match (&self.state, c) {
            (State::Start, '"') => self.state = State::Inside,
            (State::Inside, '"') => self.state = State::Ended,
            (State::Inside, '\\') => {
                self.escape.clear();
                self.state = State::Escape;
            }
            (State::Inside, c) => return Some(c),
            (State::Escape, c) => return self.escaped(c),
            (State::Start | State::Ended | State::NoText, _) => self.state = State::NoText,
        }
        None
    }

    fn escaped(&mut self, c: char) -> Option<char> {
        /// `u{10ffff}`
        const LONGEST: usize = 9;
        self.escape.push(c);
        let escape = self.escape.as_str();
        let character = match escape {
            "n" => Some('\n'),
            "t" => Some('\t'),
            "r" => Some('\r'),
            "0" => Some('\0'),
            "\\" | "\"" | "'" => Some(c),
            _ if escape.starts_with('u') && escape.len() <= LONGEST => {
                if c != '}' {
                    return None;
                }
                let code = escape
                    .strip_prefix("u{")
                    .and_then(|it| it.strip_suffix('}'));
                code.and_then(|code| u32::from_str_radix(code, 16).ok())
                    .and_then(char::from_u32)
            }
            _ => None,
        };
        self.state = match character {
            Some(_) => State::Inside,
            None => State::NoText,
        };
        character
    }

    fn is_whole(&self) -> bool {
        self.state == State::Ended
    }
}

/// The text whose `Debug` is `shown`; `None` where `shown` is the `Debug` of another type.
pub(crate) fn unquoted(shown: &str) -> Option<String> {
    let mut unquote = Unquote::default();
    let text = shown.chars().filter_map(|c| unquote.next(c)).collect();
    unquote.is_whole().then_some(text)
}

/// A writer that forwards the text of the `Debug` that is written to it.
pub(crate) struct Unquoted<W> {
    unquote: Unquote,
    inner: W,
}

impl<W: std::fmt::Write> Unquoted<W> {
    pub(crate) fn new(inner: W) -> Self {
        Self {
            unquote: Unquote::default(),
            inner,
        }
    }

    /// The inner writer; `None` where the `Debug` of another type was written.
    pub(crate) fn finish(self) -> Option<W> {
        self.unquote.is_whole().then_some(self.inner)
    }
}

impl<W: std::fmt::Write> std::fmt::Write for Unquoted<W> {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        for c in text.chars() {
            if let Some(c) = self.unquote.next(c) {
                self.inner.write_char(c)?;
            }
        }
        match self.unquote.state {
            State::NoText => Err(std::fmt::Error),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_string_debug_is_unquoted() {
        for text in [
            "",
            "alice",
            "\"",
            "a\"b\\c",
            "\n\t\r\0'",
            "é\u{202e}\u{1b}😀",
            "\\u{41}",
        ] {
            assert_eq!(
                unquoted(&format!("{text:?}")).as_deref(),
                Some(text),
                "{text:?}"
            );
        }
        for other in [
            "alice",
            "\"",
            "\"a",
            "a\"",
            "\"a\" ",
            "\"a\"b\"",
            "\"\\q\"",
            "\"\\u{}\"",
            "\"\\u{41\"",
        ] {
            assert_eq!(unquoted(other), None, "{other}");
        }
    }
}
