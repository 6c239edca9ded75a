//! The values of conditions.

use std::fmt::Write;

use whose::UnattributedReason;
use whose_store::{Comparison, SearchField, ValueTest};

use super::nearest::list;
use super::quote::{in_quotes, quote_value};

/// The units of durations in nanoseconds, the largest first.
const UNITS: [(&str, f64); 7] = [
    ("h", 3.6e12),
    ("m", 6e10),
    ("s", 1e9),
    ("ms", 1e6),
    ("us", 1e3),
    ("µs", 1e3),
    ("ns", 1.0),
];

/// What the values of a field are.
enum ValueKind {
    Text,
    /// One of these words.
    Choice(Vec<&'static str>),
    /// This many hexadecimal digits.
    Hex(usize),
    /// A text that may be a number.
    TextOrNumber,
    Duration,
    Amount,
    Count,
}

fn kind_of(field: &SearchField) -> ValueKind {
    match field {
        SearchField::Type => ValueKind::Choice(vec!["span", "event", "error"]),
        SearchField::Level => ValueKind::Choice(vec!["error", "warn", "info", "debug", "trace"]),
        SearchField::Failed => ValueKind::Choice(vec!["true", "false"]),
        SearchField::Source => ValueKind::Choice(vec![
            "explicit",
            "scope",
            "isolation",
            "global",
            "remote",
            "late",
        ]),
        SearchField::Reason => {
            let reasons = UnattributedReason::ALL.into_iter();
            ValueKind::Choice(reasons.map(UnattributedReason::as_str).collect())
        }
        SearchField::Trace | SearchField::Fingerprint => ValueKind::Hex(32),
        SearchField::Tag(_) | SearchField::Field(_) | SearchField::UserAttribute(_) => {
            ValueKind::TextOrNumber
        }
        SearchField::Duration => ValueKind::Duration,
        SearchField::Cost => ValueKind::Amount,
        SearchField::Tokens => ValueKind::Count,
        _ => ValueKind::Text,
    }
}

/// The words that a field accepts, if it accepts only some.
pub(crate) fn choices(field: &SearchField) -> Vec<&'static str> {
    match kind_of(field) {
        ValueKind::Choice(words) => words,
        _ => Vec::new(),
    }
}

/// The test of a value without quotes. An error states what is accepted.
pub(super) fn bare_test(field: &SearchField, value: &str) -> Result<ValueTest, String> {
    if value == "*" {
        return Ok(ValueTest::Present);
    }
    let kind = kind_of(field);
    let (comparison, rest) = split_comparison(value);
    match (&kind, comparison) {
        (ValueKind::Duration | ValueKind::Amount | ValueKind::Count, _)
        | (ValueKind::TextOrNumber, Some(_)) => {
            let number = number(&kind, rest)?;
            Ok(ValueTest::Number(
                comparison.unwrap_or(Comparison::Equal),
                number,
            ))
        }
        (_, Some(comparison)) => Err(format!(
            "only numbers compare by `{}`; put a text that begins with the sign in quotes",
            comparison.as_str()
        )),
        (_, None) => match value.strip_suffix('*') {
            Some(start) => text_test(field, ValueTest::StartsWith(start.to_owned())),
            None => text_test(field, ValueTest::Is(value.to_owned())),
        },
    }
}

/// The test of a text. An error states what is accepted.
pub(super) fn text_test(field: &SearchField, test: ValueTest) -> Result<ValueTest, String> {
    let is_prefix = matches!(test, ValueTest::StartsWith(_));
    let (ValueTest::Is(text) | ValueTest::StartsWith(text)) = &test else {
        return Ok(test);
    };
    match kind_of(field) {
        ValueKind::Text | ValueKind::TextOrNumber => Ok(test),
        ValueKind::Choice(words) => {
            let text = text.to_ascii_lowercase();
            let is_word = words.iter().any(|word| match is_prefix {
                true => word.starts_with(&text),
                false => **word == *text,
            });
            match is_word {
                true => Ok(test),
                false => Err(format!("expected {}", list(words.into_iter(), "or"))),
            }
        }
        ValueKind::Hex(digits) => {
            let is_hex = text.bytes().all(|byte| byte.is_ascii_hexdigit());
            let fits = match is_prefix {
                true => text.len() <= digits,
                false => text.len() == digits,
            };
            match is_hex && fits {
                true => Ok(test),
                false => Err(format!(
                    "expected {digits} hexadecimal digits, or the first ones and a `*`"
                )),
            }
        }
        kind @ (ValueKind::Duration | ValueKind::Amount | ValueKind::Count) => {
            Err(expected(&kind).to_owned())
        }
    }
}

/// The sign of a comparison, and what follows.
fn split_comparison(value: &str) -> (Option<Comparison>, &str) {
    // The longer sign comes first.
    let signs = [
        Comparison::AtLeast,
        Comparison::AtMost,
        Comparison::Greater,
        Comparison::Less,
        Comparison::Equal,
    ];
    let mut signs = signs.into_iter();
    let split = signs.find_map(|sign| Some((sign, value.strip_prefix(sign.as_str())?)));
    split.map_or((None, value), |(sign, rest)| (Some(sign), rest))
}

fn number(kind: &ValueKind, text: &str) -> Result<f64, String> {
    let number = match kind {
        ValueKind::Duration => duration(text),
        ValueKind::Amount => decimal(text.strip_prefix('$').unwrap_or(text)),
        _ => decimal(text),
    };
    number.ok_or_else(|| expected(kind).to_owned())
}

fn expected(kind: &ValueKind) -> &'static str {
    match kind {
        ValueKind::Duration => {
            "expected a duration such as `100ms`, `1.5s` or `2m`, with `>`, `>=`, `<` or `<=` before it"
        }
        ValueKind::Amount => {
            "expected an amount of dollars such as `0.01`, with `>`, `>=`, `<` or `<=` before it"
        }
        _ => "expected a number such as `1000`, with `>`, `>=`, `<` or `<=` before it",
    }
}

/// A duration in nanoseconds.
fn duration(text: &str) -> Option<f64> {
    let unit = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, unit) = text.split_at(unit);
    let (_, nanos) = UNITS.iter().find(|(name, _)| *name == unit)?;
    Some(decimal(number)? * nanos).filter(|nanos| nanos.is_finite())
}

/// A finite number in digits, without an exponent.
fn decimal(text: &str) -> Option<f64> {
    let is_digits = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-'));
    let number: f64 = text.parse().ok().filter(|_| is_digits)?;
    number.is_finite().then_some(number)
}

/// Writes a test as a search text contains it.
pub(super) fn write_test(text: &mut String, field: &SearchField, test: &ValueTest) {
    match test {
        ValueTest::Is(value) => text.push_str(&quote_value(value)),
        ValueTest::StartsWith(start) if quote_value(start) == *start => {
            text.push_str(start);
            text.push('*');
        }
        ValueTest::StartsWith(start) => {
            text.push_str(&in_quotes(start));
            text.push('*');
        }
        ValueTest::Number(comparison, number) => {
            text.push_str(comparison.as_str());
            // Writing to a text cannot fail.
            let _ = match field {
                SearchField::Duration => write!(text, "{}", format_nanos(*number)),
                _ => write!(text, "{number}"),
            };
        }
        // `*`, and the tests of a later version of the store.
        _ => text.push('*'),
    }
}

/// The duration in its largest unit that loses nothing.
fn format_nanos(nanos: f64) -> String {
    let mut units = UNITS.iter();
    let whole = units.find_map(|(unit, size)| {
        let text = format!("{}{unit}", nanos / size);
        let is_short = nanos >= *size && text.len() <= 8;
        (is_short && duration(&text) == Some(nanos)).then_some(text)
    });
    whole.unwrap_or_else(|| format!("{nanos}ns"))
}
