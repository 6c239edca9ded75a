//! Credentials: `Bearer` tokens, `Basic` credentials, and passwords in URLs.

use crate::policy::scrub::text::{Found, Text};

/// The minimum length of a token after `Bearer` that consists of lower-case letters only.
const TOKEN: usize = 16;
/// The text that replaces a password.
const PASSWORD: &str = "[password]";

/// The token after `Bearer`, in the syntax of RFC 6750 (section 2.1).
pub(crate) fn bearer(text: Text<'_>, at: usize) -> Option<Found> {
    let start = value_of(text, at, "bearer")?;
    let end = text.run(start, |byte| {
        byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte)
    });
    // A dot at the end of a sentence is not part of the token.
    let token = text.slice(start, end).trim_end_matches('.');
    let is_word = token.len() < TOKEN && token.bytes().all(|byte| byte.is_ascii_lowercase());
    let is_token = !token.is_empty() && (!is_word || text.is_cut_at(end));
    is_token.then_some(Found::Secret {
        start,
        end: start + token.len(),
        mark: "[token]",
    })
}

/// The credentials after `Basic`: the Base64 of a name, a colon and a password (RFC 7617).
pub(crate) fn basic(text: Text<'_>, at: usize) -> Option<Found> {
    let start = value_of(text, at, "basic")?;
    let padding = text.run(start, |byte| {
        byte.is_ascii_alphanumeric() || b"+/-_".contains(&byte)
    });
    let end = text.run_at_most(padding, 2, |byte| byte == b'=');
    let decoded = decoded(text.slice(start, padding))?;
    // The colon may be in the truncated part.
    let is_whole = decoded.contains(':') || (text.is_cut_at(end) && !decoded.is_empty());
    is_whole.then_some(Found::Secret {
        start,
        end,
        mark: "[token]",
    })
}

/// The start of the value after the word. Without a separator, the word is part of a longer word.
fn value_of(text: Text<'_>, at: usize, word: &str) -> Option<usize> {
    if !text.has_word(at, word) {
        return None;
    }
    let after = at + word.len();
    let mut start = text.run(after, |byte| b" \t:=\"".contains(&byte));
    if text.has(start, "%20") {
        start += 3;
    }
    (start > after).then_some(start)
}

/// Decodes Base64 without padding, in either alphabet; `None` if the result is not a text, as for
/// most words.
fn decoded(base64: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(base64.len() * 3 / 4);
    let (mut bits, mut count) = (0_u32, 0);
    for byte in base64.bytes() {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            _ => 63,
        };
        bits = bits << 6 | u32::from(six);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    let text = String::from_utf8(bytes).ok()?;
    (!text.chars().any(char::is_control)).then_some(text)
}

/// The password in the URL whose `://` is at `at`: `postgres://alice:secret@db.example/x`.
pub(crate) fn password(text: Text<'_>, at: usize) -> Option<Found> {
    if !text.has(at, "://") {
        return None;
    }
    let user = at + 3;
    let end = text.run(user, |byte| byte > b' ' && !b"/?#\"'<>@`".contains(&byte));
    let (name, password) = text.slice(user, end).split_once(':')?;
    let start = user + name.len() + 1;
    // A number after a truncated host is a port.
    let is_cut = text.is_cut_at(end) && !password.bytes().all(|byte| byte.is_ascii_digit());
    let is_password = text.byte(end) == Some(b'@') && password != PASSWORD;
    (!password.is_empty() && (is_password || is_cut)).then_some(Found::Secret {
        start,
        end,
        mark: PASSWORD,
    })
}
