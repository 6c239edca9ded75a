use crate::policy::scrub::text::{Found, Text};

/// The shape of a key: its prefix, its characters, and its minimum length.
struct Shape {
    prefix: &'static str,
    alphabet: Alphabet,
    fewest: usize,
}

/// The characters of a key.
#[derive(Clone, Copy)]
enum Alphabet {
    /// Upper-case letters and digits.
    Capitals,
    Alphanumeric,
    /// Letters, digits, `_` and `-`.
    Dashed,
    /// Letters, digits, `_`, `-` and `.`.
    Dotted,
    Base64,
}

impl Alphabet {
    fn takes(self, byte: u8) -> bool {
        match self {
            Self::Capitals => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
            Self::Alphanumeric => byte.is_ascii_alphanumeric(),
            Self::Dashed => byte.is_ascii_alphanumeric() || b"_-".contains(&byte),
            Self::Dotted => byte.is_ascii_alphanumeric() || b"_-.".contains(&byte),
            Self::Base64 => byte.is_ascii_alphanumeric() || b"+/=".contains(&byte),
        }
    }
}

use Alphabet::{Alphanumeric, Base64, Capitals, Dashed, Dotted};

const fn shape(prefix: &'static str, alphabet: Alphabet, fewest: usize) -> Shape {
    Shape {
        prefix,
        alphabet,
        fewest,
    }
}

/// The issuers document each prefix. The minimum lengths are below the real lengths, because
/// formats change.
static SHAPES: [Shape; 25] = [
    // OpenAI, Anthropic, and compatible services.
    shape("sk-", Dashed, 16),
    // Stripe.
    shape("sk_live_", Dashed, 10),
    shape("sk_test_", Dashed, 10),
    shape("rk_live_", Dashed, 10),
    shape("whsec_", Base64, 20),
    // GitHub and GitLab.
    shape("ghp_", Alphanumeric, 20),
    shape("gho_", Alphanumeric, 20),
    shape("ghu_", Alphanumeric, 20),
    shape("ghs_", Alphanumeric, 20),
    shape("ghr_", Alphanumeric, 20),
    shape("github_pat_", Dashed, 20),
    shape("glpat-", Dashed, 16),
    // AWS.
    shape("AKIA", Capitals, 16),
    shape("ASIA", Capitals, 16),
    // Slack.
    shape("xapp-", Dashed, 10),
    shape("xoxa-", Dashed, 10),
    shape("xoxb-", Dashed, 10),
    shape("xoxe-", Dashed, 10),
    shape("xoxp-", Dashed, 10),
    shape("xoxr-", Dashed, 10),
    shape("xoxs-", Dashed, 10),
    // Google.
    shape("AIza", Dashed, 30),
    // npm and Hugging Face.
    shape("npm_", Alphanumeric, 30),
    shape("hf_", Alphanumeric, 30),
    // JSON Web Tokens: the Base64 of `{"`.
    shape("eyJ", Dotted, 20),
];

/// The prefixes of AWS key ids.
static AWS: [&str; 2] = ["AKIA", "ASIA"];

/// The minimum length of a key that consists of letters and dashes only, with upper-case and
/// lower-case letters. Shorter ones may be names.
const SURELY: usize = 32;

/// How many bytes decide whether a text is a key. A text that is not a key may be long and contain
/// the prefix repeatedly.
const WINDOW: usize = 64;

/// The key whose word, with the first letter `letter`, begins at `at`.
pub(crate) fn at(text: Text<'_>, at: usize, letter: u8) -> Option<Found> {
    let shape = SHAPES.iter().find(|shape| {
        shape.prefix.as_bytes().first() == Some(&letter) && text.has(at, shape.prefix)
    })?;
    let begin = at + shape.prefix.len();
    let window = text.run_at_most(begin, WINDOW, |byte| shape.alphabet.takes(byte));
    let key = text.slice(begin, window);
    let has = |is_in: fn(&u8) -> bool| key.as_bytes().iter().any(is_in);
    let has_digit = key.len() >= shape.fewest && has(u8::is_ascii_digit);
    let is_mixed =
        || key.len() >= SURELY && has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase);
    if !(has_digit || is_mixed() || text.is_cut_at(window)) {
        return None;
    }
    let end = text.run(window, |byte| shape.alphabet.takes(byte));
    let end = if AWS.contains(&shape.prefix) {
        aws_secret_behind(text, end).unwrap_or(end)
    } else {
        end
    };
    Some(Found::Secret {
        start: at,
        end,
        mark: "[key]",
    })
}

/// The length of the secret for an AWS key id. Such a secret has no prefix.
const AWS_SECRET: usize = 40;
/// The minimum length of a named secret.
const NAMED: usize = 30;
/// The maximum distance between a name, or an id, and its secret, in bytes.
const BETWEEN: usize = 8;

/// The end of the secret after the AWS key id, as in `AKIA…:…` and CSV lines.
fn aws_secret_behind(text: Text<'_>, id: usize) -> Option<usize> {
    let start = text.run_at_most(id, BETWEEN, |byte| b" \t:;,|/\"'=".contains(&byte));
    let end = text.run_at_most(start, AWS_SECRET + 1, |byte| Base64.takes(byte));
    let is_secret = end - start == AWS_SECRET || (end > start && text.is_cut_at(end));
    (start > id && is_secret).then_some(end)
}

/// The secret with one of these names at `at`: `aws_secret_access_key = …`, `"secretAccessKey":
/// "…"`, `AWS_SESSION_TOKEN=…`.
pub(crate) fn named(text: Text<'_>, at: usize) -> Option<Found> {
    const NAMES: [&[&str]; 3] = [
        &["secret", "access", "key"],
        &["secret", "key"],
        &["session", "token"],
    ];
    let name = NAMES.iter().find_map(|words| words_at(text, at, words))?;
    let start = text.run_at_most(name, BETWEEN, |byte| b" \t:=\"'\\>,".contains(&byte));
    if start == name {
        return None;
    }
    let end = text.run(start, |byte| Base64.takes(byte));
    let is_secret = end - start >= NAMED || (end > start && text.is_cut_at(end));
    is_secret.then_some(Found::Secret {
        start,
        end,
        mark: "[key]",
    })
}

/// The end of the words at `at`, with a dash, an underscore or nothing between them.
fn words_at(text: Text<'_>, mut at: usize, words: &[&str]) -> Option<usize> {
    for (number, word) in words.iter().enumerate() {
        if number > 0 {
            at = text.run_at_most(at, 1, |byte| b"_-".contains(&byte));
        }
        if !text.has_word(at, word) {
            return None;
        }
        at += word.len();
    }
    Some(at)
}
