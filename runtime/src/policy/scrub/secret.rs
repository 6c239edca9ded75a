use crate::policy::scrub::text::{Found, Text};

/// The shape of a key: how it begins, which characters follow, and how many at least.
struct Shape {
    prefix: &'static str,
    alphabet: Alphabet,
    fewest: usize,
}

/// What a key is made of.
#[derive(Clone, Copy)]
enum Alphabet {
    /// Capital letters and digits.
    Capitals,
    Alphanumeric,
    /// With `_` and `-`.
    Dashed,
    /// With `_`, `-` and `.`.
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

/// Each is documented by who issues it; the numbers are below the real ones, as formats grow old.
static SHAPES: [Shape; 25] = [
    // OpenAI, Anthropic, and many who do as they do.
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
    // JSON web tokens: the Base64 of `{"`.
    shape("eyJ", Dotted, 20),
];

/// How the id of a key of AWS begins.
static AWS: [&str; 2] = ["AKIA", "ASIA"];

/// What has letters and dashes alone, as names do, is a key from this length on, if it has capital
/// and small letters.
const SURELY: usize = 32;

/// How much of a text tells whether it is a key: what is none may be long, and begin again and
/// again.
const WINDOW: usize = 64;

/// The key that begins with the word, and its first letter, at `at`.
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

/// How long the secret that belongs to the id of a key of AWS is; it has no prefix.
const AWS_SECRET: usize = 40;
/// How long a secret is at least that is named.
const NAMED: usize = 30;
/// How much may be between a name and the secret, or between an id and the secret.
const BETWEEN: usize = 8;

/// Where the secret ends that follows the id of a key of AWS, as in `AKIA…:…` and lines of CSV.
fn aws_secret_behind(text: Text<'_>, id: usize) -> Option<usize> {
    let start = text.run_at_most(id, BETWEEN, |byte| b" \t:;,|/\"'=".contains(&byte));
    let end = text.run_at_most(start, AWS_SECRET + 1, |byte| Base64.takes(byte));
    let is_secret = end - start == AWS_SECRET || (end > start && text.is_cut_at(end));
    (start > id && is_secret).then_some(end)
}

/// The secret that is called so at `at`: `aws_secret_access_key = …`, `"secretAccessKey": "…"`,
/// `AWS_SESSION_TOKEN=…`.
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

/// Where the words end that stand at `at`, with a dash, an underscore or nothing in between.
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
