//! Wrapping a line at the width of the tables.

use unicode_width::UnicodeWidthStr;

/// Breaks a line at its spaces, so that each part fits the width. The later parts are indented.
///
/// A longer word stays whole, and so does a text in backticks, which is a command to copy.
pub(crate) fn wrap(line: &str, width: usize, indent: usize) -> String {
    let mut wrapped = String::with_capacity(line.len());
    let mut used = 0;
    for (index, word) in words(line).into_iter().enumerate() {
        let columns = word.width();
        if used > indent && used + 1 + columns > width {
            wrapped.push('\n');
            wrapped.push_str(&" ".repeat(indent));
            used = indent;
        } else if index > 0 {
            wrapped.push(' ');
            used += 1;
        }
        wrapped.push_str(word);
        used += columns;
    }
    wrapped
}

/// The texts between the spaces outside backticks.
fn words(line: &str) -> Vec<&str> {
    let mut in_backticks = false;
    line.split(|c| {
        in_backticks ^= c == '`';
        c == ' ' && !in_backticks
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrap_breaks_only_lines_that_are_too_wide() {
        assert_eq!(wrap("one two", 7, 2), "one two");
        assert_eq!(wrap("one two three", 9, 2), "one two\n  three");
        assert_eq!(wrap("  one two three", 9, 4), "  one two\n    three");
        assert_eq!(
            wrap("a-long-word and more", 8, 2),
            "a-long-word\n  and\n  more"
        );
        assert_eq!(wrap("", 8, 2), "");
    }

    #[test]
    fn wrap_keeps_a_command_on_one_line() {
        let line = "alice is a user: `whose audit --user alice`";
        let wrapped = "alice is a user:\n  `whose audit --user alice`";
        assert_eq!(wrap(line, 30, 2), wrapped);
    }
}
