//! Normalisation of messages: replaces the parts that differ between two occurrences of an error.

/// About how many bytes are kept: the rest of a longer message does not distinguish kinds.
const ENOUGH: usize = 1024;

/// Replaces numbers, ids, quoted texts, paths and addresses by placeholders, so that only the words
/// of the author of the error remain.
pub(crate) fn normalised(message: &str) -> String {
    let mut text = String::with_capacity(message.len());
    let mut rest = message;
    let mut before = ' ';
    while let Some(first) = rest.chars().next().filter(|_| text.len() < ENOUGH) {
        let (placeholder, length) = match variable(rest, before) {
            Some(found) => found,
            None if first.is_alphanumeric() => {
                let word = word(rest);
                text.push_str(&without_digits(word));
                before = first;
                rest = &rest[word.len()..];
                continue;
            }
            None => {
                text.push(first);
                before = first;
                rest = &rest[first.len_utf8()..];
                continue;
            }
        };
        text.push_str(placeholder);
        before = '>';
        rest = &rest[length..];
    }
    text
}

/// The placeholder and the length of the variable part at the beginning of `rest`, if any.
fn variable(rest: &str, before: char) -> Option<(&'static str, usize)> {
    if before.is_alphanumeric() {
        return None;
    }
    quoted(rest)
        .map(|length| ("<text>", length))
        .or_else(|| spaced(rest))
        .or_else(|| uuid(rest).map(|length| ("<id>", length)))
        .or_else(|| {
            let word = word(rest);
            is_id(word).then_some(("<id>", word.len()))
        })
}

/// The length of a quoted text. An apostrophe in the middle of a word does not open a quotation.
fn quoted(rest: &str) -> Option<usize> {
    let open = rest.chars().next()?;
    let close = match open {
        '"' | '\'' | '`' => open,
        '“' => '”',
        '‘' => '’',
        '«' => '»',
        _ => return None,
    };
    let inside = &rest[open.len_utf8()..];
    let is_end = |at: usize| {
        let behind = inside[at + close.len_utf8()..].chars().next();
        !behind.is_some_and(char::is_alphanumeric) && !inside[..at].ends_with('\\')
    };
    let (at, _) = inside
        .match_indices(close)
        .find(|(at, _)| close != '\'' || is_end(*at))?;
    Some(open.len_utf8() + at + close.len_utf8())
}

/// The placeholder and the length of an address or a path, which ends at a space or a delimiter.
fn spaced(rest: &str) -> Option<(&'static str, usize)> {
    let end = rest
        .find(|c: char| c.is_whitespace() || "\"'`()[]{}<>,;|".contains(c))
        .unwrap_or(rest.len());
    let word = rest[..end].trim_end_matches(['.', ':', '!', '?']);
    let follows = |prefix: &str| word.len() > prefix.len() && word.starts_with(prefix);
    let bytes = word.as_bytes();
    let on_a_drive = bytes.len() > 3
        && bytes[0].is_ascii_alphabetic()
        && bytes[1] == b':'
        && matches!(bytes[2], b'\\' | b'/')
        && bytes[3] != b'/';
    let found = if word
        .split_once("://")
        .is_some_and(|(scheme, _)| is_scheme(scheme))
    {
        "<url>"
    } else if ["/", "./", "../", "~/", "\\\\"].into_iter().any(follows) || on_a_drive {
        "<path>"
    } else if word
        .split_once('@')
        .is_some_and(|(name, host)| !name.is_empty() && host.contains('.'))
    {
        "<email>"
    } else {
        return None;
    };
    Some((found, word.len()))
}

fn is_scheme(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"+.-".contains(&b))
}

fn uuid(rest: &str) -> Option<usize> {
    const LENGTH: usize = 36;
    let head = rest.as_bytes().get(..LENGTH)?;
    let fits = head.iter().enumerate().all(|(at, byte)| match at {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    });
    let ends = !rest[..]
        .as_bytes()
        .get(LENGTH)
        .is_some_and(u8::is_ascii_alphanumeric);
    (fits && ends).then_some(LENGTH)
}

/// The letters and digits at the beginning.
fn word(rest: &str) -> &str {
    let end = rest
        .find(|c: char| !c.is_alphanumeric())
        .unwrap_or(rest.len());
    &rest[..end]
}

/// Whether the word is hexadecimal, or alternates between letters and digits as only ids do.
fn is_id(word: &str) -> bool {
    let is_hex = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_hexdigit());
    let has_digit = word.bytes().any(|b| b.is_ascii_digit());
    let has_letter = word.chars().any(char::is_alphabetic);
    if word.strip_prefix("0x").is_some_and(is_hex) {
        return true;
    }
    has_digit && has_letter && ((word.len() >= 8 && is_hex(word)) || groups_of_digits(word) > 1)
}

fn groups_of_digits(word: &str) -> usize {
    word.split(|c: char| !c.is_ascii_digit())
        .filter(|group| !group.is_empty())
        .count()
}

fn without_digits(word: &str) -> String {
    let mut text = String::with_capacity(word.len());
    let mut in_number = false;
    for c in word.chars() {
        match (c.is_numeric(), in_number) {
            (true, true) => {}
            (true, false) => text.push_str("<n>"),
            (false, _) => text.push(c),
        }
        in_number = c.is_numeric();
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::normalised;

    #[test]
    fn variable_parts_are_removed() {
        for (message, expected) in [
            ("order 17 of 99 refused", "order <n> of <n> refused"),
            ("no user usr_1234", "no user usr_<n>"),
            (
                "took 1.5ms at 10.0.0.1:8080",
                "took <n>.<n>ms at <n>.<n>.<n>.<n>:<n>",
            ),
            ("key 0xdeadBEEF", "key <id>"),
            ("commit 4f2a9c81d0 is gone", "commit <id> is gone"),
            ("session x7Gh2K9q ended", "session <id> ended"),
            (
                "job 67e55044-10b1-426f-9247-bb680e5fe0c8: lost",
                "job <id>: lost",
            ),
            ("no table \"us ers\" in 'db'", "no table <text> in <text>"),
            ("`a` and “b”", "<text> and <text>"),
            (
                "cannot open /var/log/x.log: denied",
                "cannot open <path>: denied",
            ),
            (
                "cannot open C:\\a\\b.txt, denied",
                "cannot open <path>, denied",
            ),
            ("GET https://a.example/x?y=1 failed", "GET <url> failed"),
            ("mail to bob@example.com bounced", "mail to <email> bounced"),
        ] {
            assert_eq!(normalised(message), expected);
        }
    }

    #[test]
    fn literal_text_is_kept() {
        for message in [
            "can't read the user's file, and/or doesn't want to",
            "",
            "no quote \" is closed",
            "deadbeef, feedface",
            "invalid digit found in string",
            "żółw 日本 – nie ma",
            "a / b",
        ] {
            assert_eq!(normalised(message), message);
        }
    }

    /// A word of the author, twice, or two values of one sort.
    fn word_or_values() -> impl Strategy<Value = (String, String)> {
        let pair = |values: &'static str| (values, values);
        prop_oneof![
            "[a-zäø日]{1,8}[,:;]?".prop_map(|word| (word.clone(), word)),
            pair("[0-9]{1,12}"),
            pair("7f[0-9a-f]{8}"),
            pair("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
            pair("\"[^\"]{0,12}\""),
            pair("https://[a-z0-9/?=.]{1,16}x"),
            pair("/[a-z0-9/]{1,16}"),
            pair("[a-z]{1,8}@[a-z]{1,8}[.]org"),
        ]
    }

    // `PROPTEST_CASES` sets the number of messages: see CONTRIBUTING.md.
    proptest! {
        #[test]
        fn two_messages_that_differ_in_values_alone_become_one(
            words in prop::collection::vec(word_or_values(), 0..20),
        ) {
            let (one, other): (Vec<_>, Vec<_>) = words.into_iter().unzip();
            prop_assert_eq!(normalised(&one.join(" ")), normalised(&other.join(" ")));
        }

        #[test]
        fn no_number_is_left_of_any_message(
            pieces in prop::collection::vec(
                prop_oneof!["[\"'`“”‘’«»\\\\/:@.#a0 -]{1,6}", ".{0,4}", "[0-9a-fx-]{1,40}"],
                0..40,
            ),
        ) {
            let text = normalised(&pieces.concat());
            prop_assert!(!text.contains(char::is_numeric), "{:?}", text);
        }
    }
}
