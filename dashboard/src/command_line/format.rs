//! Formatting texts for a terminal.

use std::borrow::Cow;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The most characters of a text in a line below a table.
pub(crate) const MAX_MESSAGE: usize = 80;

/// Truncates a text to a number of characters.
pub(crate) fn truncate(text: &str, characters: usize) -> Cow<'_, str> {
    match text.char_indices().nth(characters) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

/// Truncates a text to a number of columns.
pub(crate) fn shorten_end(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    format!("{}…", head(text, width.saturating_sub(1)))
}

/// Shortens a text to a number of columns, and keeps both ends, which distinguish ids and paths.
pub(crate) fn shorten_middle(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let rest = width.saturating_sub(1);
    let tail_width = rest / 2;
    let mut tail = text.len();
    let mut used = 0;
    for (at, c) in text.char_indices().rev() {
        used += c.width().unwrap_or(0);
        if used > tail_width {
            break;
        }
        tail = at;
    }
    format!("{}…{}", head(text, rest - tail_width), &text[tail..])
}

fn head(text: &str, width: usize) -> &str {
    let mut used = 0;
    let end = text.char_indices().find(|(_, c)| {
        used += c.width().unwrap_or(0);
        used > width
    });
    end.map_or(text, |(end, _)| &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_shortened() {
        assert_eq!(shorten_end("日本語", 5), "日本…");
        assert_eq!(shorten_end("日本語", 6), "日本語");
        assert_eq!(
            shorten_middle("src/checkout/refund.rs", 13),
            "src/ch…und.rs"
        );
        assert_eq!(shorten_middle("日本語日本語", 6), "日…語");
        assert_eq!(shorten_middle("abc", 3), "abc");
        assert_eq!(truncate("añb", 2), "añ…");
        assert_eq!(truncate("añ", 2), "añ");
    }
}
