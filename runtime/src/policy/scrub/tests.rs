use std::borrow::Cow;

use proptest::prelude::*;

use crate::policy::scrub::scrubber::Scrubber;
use crate::policy::scrub::text::steps;

fn scrub(text: &str) -> String {
    Scrubber::default().scrub(text).into_owned()
}

/// The texts of the corpus, each with the expected result.
fn corpus() -> Vec<(String, Option<String>)> {
    let unescape = |text: &str| {
        let mut left = String::new();
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            match (c, chars.clone().next()) {
                ('\\', Some('n')) => left.push('\n'),
                ('\\', Some('\\')) => left.push('\\'),
                _ => {
                    left.push(c);
                    continue;
                }
            }
            chars.next();
        }
        left
    };
    include_str!("corpus.txt")
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| match line.split_once(" => ") {
            Some((text, left)) => (unescape(text), Some(unescape(left))),
            None => (unescape(line), None),
        })
        .collect()
}

#[test]
fn corpus_texts_are_scrubbed_as_expected() {
    let corpus = corpus();
    let wrong: Vec<_> = corpus
        .iter()
        .filter_map(|(text, expected)| {
            let expected = expected.as_deref().unwrap_or(text);
            let (once, again) = (scrub(text), scrub(expected));
            (once != expected || again != expected)
                .then(|| format!("{text:?}: {once:?}, again {again:?}, expected {expected:?}"))
        })
        .collect();
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    let stays = corpus.iter().filter(|(_, left)| left.is_none()).count();
    assert!(
        corpus.len() >= 200 && stays >= 60,
        "{} {stays}",
        corpus.len()
    );
}

#[test]
fn text_without_secret_is_borrowed() {
    assert!(matches!(
        Scrubber::default().scrub("nothing at all"),
        Cow::Borrowed(_)
    ));
}

/// Fragments that begin a match, or that could make a search start over.
const PIECES: [&str; 58] = [
    "a@",
    "%40",
    "a%40",
    "a.",
    "@a.",
    "4",
    "4 ",
    "4-",
    "4.",
    "4_",
    "41111 ",
    "sk-",
    "-eyJ",
    "eyJ-",
    "bearer ",
    "bearer.",
    "é@",
    "0.",
    "Bearer a.",
    "a'*.",
    "1234567890123 ",
    "%",
    "ghp_",
    "ffffffff-",
    "\"@",
    "\"@x.org",
    "\"a\\",
    "@[",
    "@[1.",
    "a@x.png",
    "git@x.org:",
    "basic ",
    "basic=",
    "Basic YTpi",
    "basic a/",
    "://",
    "://a:",
    "-----",
    "-----BEGIN ",
    "-----BEGIN A-----",
    "-----BEGIN A-----\n",
    "-----END ",
    "a-",
    "secretkey",
    "secretkey=",
    "secret_access_",
    "AKIA",
    "AKIAIOSFODNN7EXAMPLE:",
    "DE89",
    "DE89 ",
    "DE89-",
    "npm_",
    "hf_",
    "whsec_",
    "\\n",
    "…",
    "\n",
    "4111111111111111",
];

/// The maximum average number of reads for each byte. The worst text is `4 4 4 …`, where each of 19
/// digits can begin a card number.
const LOOKS: usize = 128;

fn is_linear(text: &str) -> Result<(), String> {
    steps::take();
    let scrubbed = scrub(text);
    let (looks, most) = (steps::take(), LOOKS * (text.len() + 1));
    if looks > most {
        let begin: String = text.chars().take(80).collect();
        return Err(format!(
            "{looks} looks at {} bytes of {begin:?}",
            text.len()
        ));
    }
    if scrubbed.len() > text.len() * 8 {
        return Err(format!("{} bytes out of {}", scrubbed.len(), text.len()));
    }
    Ok(())
}

#[test]
fn long_repetition_takes_linear_steps() {
    for piece in PIECES {
        assert_eq!(is_linear(&piece.repeat(50_000 / piece.len())), Ok(()));
    }
}

#[test]
fn fourfold_length_takes_fourfold_steps() {
    let looks = |text: &str| {
        steps::take();
        scrub(text);
        steps::take()
    };
    for piece in PIECES {
        for other in PIECES {
            let both = format!("{piece}{other}");
            let times = 300 / both.len() + 1;
            let (once, more) = (looks(&both.repeat(times)), looks(&both.repeat(4 * times)));
            assert!(more <= 6 * once, "{both:?}: {once} looks, then {more}");
        }
    }
}

proptest! {
    #[test]
    fn any_text_takes_linear_steps_without_panic(
        pieces in prop::collection::vec(
            prop_oneof![
                4 => prop::sample::select(&PIECES[..]).prop_map(String::from),
                1 => ".{0,6}",
                1 => "[0-9A-Z ]{1,24}",
            ],
            0..60,
        ),
        repeated in 1..20_usize,
    ) {
        let text = pieces.concat().repeat(repeated);
        prop_assert_eq!(is_linear(&text), Ok(()));
    }

    #[test]
    fn secret_inside_sentence_is_found(
        before in "([a-z]{1,8} ){0,3}",
        at in 0..6_usize,
        after in "( [a-z]{1,8}){0,3}",
    ) {
        let (secret, mark) = [
            ("\"a b\"@x.org", "[email]"),
            ("4111.1111.1111.1111", "[card]"),
            ("GB82 WEST 1234 5698 7654 32", "[iban]"),
            ("npm_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8", "[key]"),
            ("-----BEGIN A-----\nx\n-----END A-----", "[pem]"),
            ("a@[127.0.0.1]", "[email]"),
        ][at];
        let scrubbed = scrub(&format!("{before}{secret}{after}"));
        prop_assert_eq!(scrubbed, format!("{before}{mark}{after}"));
    }
}
