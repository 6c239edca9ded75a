//! The entries of a baseline: what identifies a call site across edits.

use std::fmt;

use crate::command_line::call_site::stable_path;
use crate::values::{DASH, needs_escape};

/// What identifies call sites across edits, in the order of a baseline.
///
/// A line number shifts with every edit above it, so call sites of the same file, target, type and
/// name have one entry. Events that `tracing` names by file and line have no name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry {
    pub(super) file: Option<String>,
    pub(super) target: String,
    pub(super) record_type: String,
    pub(super) name: Option<String>,
}

impl Entry {
    pub(super) fn new(file: Option<&str>, target: &str, record_type: &str, name: &str) -> Self {
        Self {
            file: file.map(stable_path),
            target: stable_path(target),
            record_type: record_type.to_owned(),
            name: (!name.starts_with("event ")).then(|| name.to_owned()),
        }
    }

    /// Parses an entry and the number of its call sites.
    pub(super) fn parse(line: &str) -> Result<(Self, usize), &'static str> {
        let words = split(line)?;
        let [file, target, record_type, name, count] = <[Word; 5]>::try_from(words)
            .map_err(|_| "expected five words: file, target, type, name, number of call sites")?;
        let count = count.text.parse().ok().filter(|count| *count > 0);
        let count = count.ok_or("the last word is no number of call sites")?;
        let entry = Self {
            file: file.unless_dash(),
            target: target.text,
            record_type: record_type.text,
            name: name.unless_dash(),
        };
        Ok((entry, count))
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let optional = |word: &Option<String>| word.as_deref().map_or(DASH.to_owned(), quoted);
        write!(
            f,
            "{} {} {} {}",
            optional(&self.file),
            quoted(&self.target),
            quoted(&self.record_type),
            optional(&self.name)
        )
    }
}

/// A word of a line.
struct Word {
    text: String,
    is_quoted: bool,
}

impl Word {
    /// The text; `None` for a dash without quotes.
    fn unless_dash(self) -> Option<String> {
        (self.is_quoted || self.text != DASH).then_some(self.text)
    }
}

/// Quotes a text that is empty, a dash, or has characters that separate words or are unsafe on a
/// terminal.
fn quoted(text: &str) -> String {
    let is_special = |c: char| c.is_whitespace() || c == '"' || c == '\\' || needs_escape(c);
    let is_plain = !text.is_empty() && text != DASH && !text.starts_with('#');
    if is_plain && !text.contains(is_special) {
        return text.to_owned();
    }
    let mut quoted = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if needs_escape(c) => quoted.extend(c.escape_unicode()),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// Splits a line into words at spaces and tabs.
fn split(line: &str) -> Result<Vec<Word>, &'static str> {
    let mut words = Vec::new();
    let mut rest = line.trim();
    while !rest.is_empty() {
        let (word, after) = match rest.strip_prefix('"') {
            Some(quoted) => unquoted(quoted)?,
            None => {
                let end = rest.find([' ', '\t']).unwrap_or(rest.len());
                let text = rest[..end].to_owned();
                (
                    Word {
                        text,
                        is_quoted: false,
                    },
                    &rest[end..],
                )
            }
        };
        words.push(word);
        rest = after.trim_start_matches([' ', '\t']);
        if rest.len() == after.len() && !rest.is_empty() {
            return Err("a space is missing after a quote");
        }
    }
    Ok(words)
}

/// Reads a word up to its closing quote, and returns the rest of the line.
fn unquoted(line: &str) -> Result<(Word, &str), &'static str> {
    let mut text = String::new();
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                let word = Word {
                    text,
                    is_quoted: true,
                };
                return Ok((word, chars.as_str()));
            }
            '\\' => {
                let (unescaped, after) = unescaped(chars.as_str())?;
                text.push(unescaped);
                chars = after.chars();
            }
            c => text.push(c),
        }
    }
    Err("a closing quote is missing")
}

/// Reads an escape after its backslash: a quote, a backslash or `u{..}`.
fn unescaped(escape: &str) -> Result<(char, &str), &'static str> {
    const UNKNOWN: &str = "an escape is none of `\\\"`, `\\\\` and `\\u{..}`";
    if let Some(after) = escape.strip_prefix("u{") {
        let (digits, after) = after.split_once('}').ok_or(UNKNOWN)?;
        let code = u32::from_str_radix(digits, 16).map_err(|_| UNKNOWN)?;
        return Ok((char::from_u32(code).ok_or(UNKNOWN)?, after));
    }
    let mut chars = escape.chars();
    match chars.next() {
        Some(c @ ('"' | '\\')) => Ok((c, chars.as_str())),
        _ => Err(UNKNOWN),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn entry_has_no_line_number_and_no_version_of_a_dependency() {
        let of = |file: &str, name| Entry::new(Some(file), "app::jobs", "event", name).to_string();
        assert_eq!(
            of("src/jobs.rs", "event src/jobs.rs:12"),
            "src/jobs.rs app::jobs event -"
        );
        let path = |version| {
            format!(
                "/root/.cargo/registry/src/index.example-1949cf8c6b5b557f/h2-{version}/src/lib.rs"
            )
        };
        assert_eq!(of(&path("0.4.1"), "lost"), of(&path("0.5.0-rc.1"), "lost"));
        assert_eq!(
            of(r"src\jobs.rs", "GET /"),
            r#"src/jobs.rs app::jobs event "GET /""#
        );
    }

    #[test]
    fn malformed_line_is_rejected_with_its_cause() {
        for (line, cause) in [
            ("src/a.rs app event 1", "five words"),
            ("src/a.rs app event - 1 2", "five words"),
            ("src/a.rs app event - many", "no number"),
            ("src/a.rs app event - 0", "no number"),
            ("src/a.rs app event \"GET 1", "closing quote"),
            ("src/a.rs app event \"GET\"1", "space is missing"),
            (r#"src/a.rs app event "\n" 1"#, "escape"),
            (r#"src/a.rs app event "\u{110000}" 1"#, "escape"),
        ] {
            let error = Entry::parse(line).unwrap_err();
            assert!(error.contains(cause), "{line}: {error}");
        }
    }

    proptest! {
        #[test]
        fn entry_of_any_texts_round_trips(
            file in proptest::option::of(any::<String>()),
            target in any::<String>(),
            record_type in any::<String>(),
            name in proptest::option::of(any::<String>()),
            count in 1_usize..,
        ) {
            let entry = Entry { file, target, record_type, name };
            let line = format!("{entry} {count}");
            prop_assert_eq!(line.lines().count(), 1);
            prop_assert!(!line.starts_with('#'));
            prop_assert_eq!(Entry::parse(&line), Ok((entry, count)));
        }
    }
}
