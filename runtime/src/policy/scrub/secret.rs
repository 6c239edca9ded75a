use super::text::{Found, Text};

/// The shape of a key: how it begins, and how many characters follow at least.
struct Shape {
    prefix: &'static str,
    fewest: usize,
}

const fn shape(prefix: &'static str, fewest: usize) -> Shape {
    Shape { prefix, fewest }
}

/// Each is documented by who issues it; the numbers are below the real ones, as formats grow old.
const SHAPES: [Shape; 21] = [
    // OpenAI, Anthropic, and many who do as they do.
    shape("sk-", 16),
    // Stripe.
    shape("sk_live_", 10),
    shape("sk_test_", 10),
    shape("rk_live_", 10),
    // GitHub and GitLab.
    shape("ghp_", 20),
    shape("gho_", 20),
    shape("ghu_", 20),
    shape("ghs_", 20),
    shape("ghr_", 20),
    shape("github_pat_", 20),
    shape("glpat-", 16),
    // AWS.
    shape("AKIA", 16),
    shape("ASIA", 16),
    // Slack.
    shape("xoxa-", 10),
    shape("xoxb-", 10),
    shape("xoxe-", 10),
    shape("xoxp-", 10),
    shape("xoxr-", 10),
    shape("xoxs-", 10),
    // Google.
    shape("AIza", 30),
    // JSON web tokens: the Base64 of `{"`.
    shape("eyJ", 20),
];

/// What has letters and dashes alone, as names do, is a key from this length on.
const SURELY: usize = 32;
/// A word behind `Bearer` of only small letters is a token from this length on.
const TOKEN: usize = 16;

/// The key or token that begins at `at`.
pub(super) fn at(text: Text<'_>, at: usize) -> Found {
    let nothing = Found::Nothing { until: at + 1 };
    // Every shape begins with one of these: most places are told apart by their first byte.
    if !text
        .byte(at)
        .is_some_and(|byte| b"sbBrgAxe".contains(&byte))
        || !text.is_start(at)
    {
        return nothing;
    }
    key(text, at)
        .or_else(|| bearer(text, at))
        .unwrap_or(nothing)
}

/// Whatever is too short is no longer than a few characters: it is soon read, however often.
fn key(text: Text<'_>, at: usize) -> Option<Found> {
    let rest = &text.body.as_bytes()[at..];
    let shape = SHAPES
        .iter()
        .find(|shape| rest.starts_with(shape.prefix.as_bytes()))?;
    let has_dots = shape.prefix == "eyJ";
    let begin = at + shape.prefix.len();
    let end = text.run(begin, |byte| {
        byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-' || (has_dots && byte == b'.')
    });
    let length = end - begin;
    let has_digit = || {
        text.body.as_bytes()[begin..end]
            .iter()
            .any(u8::is_ascii_digit)
    };
    let is_key = length >= SURELY || (length >= shape.fewest && has_digit());
    (is_key || text.is_cut_at(end)).then_some(Found::Secret {
        start: at,
        end,
        mark: "[key]",
    })
}

/// What follows `Bearer`, as RFC 6750 (section 2.1) writes a token.
fn bearer(text: Text<'_>, at: usize) -> Option<Found> {
    const WORD: &str = "bearer";
    let after = at + WORD.len();
    let word = text.body.as_bytes().get(at..after)?;
    if !word.eq_ignore_ascii_case(WORD.as_bytes()) {
        return None;
    }
    let start = text.run(after, |byte| b" \t:=\"".contains(&byte));
    // Without anything in between it is another word, which may be long.
    if start == after {
        return None;
    }
    let end = text.run(start, |byte| {
        byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte)
    });
    // A dot at the end of a sentence is none of the token's.
    let token = text.body[start..end].trim_end_matches('.');
    let is_word = token.len() < TOKEN && token.bytes().all(|byte| byte.is_ascii_lowercase());
    let is_token = !token.is_empty() && (!is_word || text.is_cut_at(end));
    is_token.then_some(Found::Secret {
        start,
        end: start + token.len(),
        mark: "[token]",
    })
}
