//! Values in quotes.

/// The value as a search text contains it: in quotes where a bare value would mean something else.
pub(crate) fn quote_value(value: &str) -> String {
    let is_bare = !value.is_empty()
        && !value.starts_with(['"', ':', '>', '<', '='])
        && !value.ends_with('*')
        && !value.contains(char::is_whitespace);
    match is_bare {
        true => value.to_owned(),
        false => in_quotes(value),
    }
}

/// A key of a tag, a field or an attribute, in quotes where it contains what ends a key.
pub(super) fn quote_key(key: &str) -> String {
    let ends_key = |c: char| c.is_whitespace() || matches!(c, ':' | '"');
    match key.is_empty() || key.contains(ends_key) {
        true => in_quotes(key),
        false => key.to_owned(),
    }
}

/// The text between quotes, with `\` before each quote and backslash.
pub(super) fn in_quotes(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('"');
    quoted
}

/// A text in quotes.
pub(super) struct Quoted {
    pub(super) text: String,
    /// The bytes with the quotes.
    pub(super) length: usize,
    pub(super) is_closed: bool,
}

/// Reads a text that begins with a quote, up to the next quote without a `\` before it.
pub(super) fn read_quoted(input: &str) -> Quoted {
    let mut text = String::new();
    let mut chars = input.char_indices().skip(1).peekable();
    while let Some((index, c)) = chars.next() {
        match (c, chars.peek()) {
            ('"', _) => {
                return Quoted {
                    text,
                    length: index + 1,
                    is_closed: true,
                };
            }
            ('\\', Some((_, escaped @ ('"' | '\\')))) => {
                text.push(*escaped);
                chars.next();
            }
            (c, _) => text.push(c),
        }
    }
    Quoted {
        text,
        length: input.len(),
        is_closed: false,
    }
}
