use super::text::{Found, Text};

/// How many digits the number of a card has (ISO/IEC 7812-1).
const FEWEST: usize = 13;
const MOST: usize = 19;
/// How many separators may be between two groups of digits.
const SEPARATORS: usize = 3;
/// How many digits behind which a text was cut may have been a card's.
const CUT: usize = 7;

/// The number of a card that begins with the digit at `at`: whole groups of digits, since a
/// number can have other numbers beside it. The longest that has a valid sum counts.
pub(super) fn at(text: Text<'_>, at: usize) -> Found {
    let first_end = group(text, at);
    let mut found = Found::Nothing { until: first_end };
    if !text.is_start(at) || is_fraction(text, at) || first_end - at > MOST {
        return found;
    }
    let mut digits = Vec::with_capacity(MOST);
    let mut start = at;
    loop {
        let end = group(text, start);
        // More digits are no card's, and digits beside a letter are part of something else.
        let goes_on = text
            .byte(end)
            .is_some_and(|byte| byte.is_ascii_alphabetic());
        if digits.len() + end - start > MOST || goes_on {
            return found;
        }
        digits.extend(
            text.body.as_bytes()[start..end]
                .iter()
                .map(|digit| digit - b'0'),
        );
        let next = text.run(end, |byte| byte == b' ' || byte == b'-');
        let may_go_on = text.is_cut_at(next) && digits.len() >= CUT;
        if may_go_on || (digits.len() >= FEWEST && is_luhn(&digits)) {
            found = Found::Secret {
                start: at,
                end,
                mark: "[card]",
            };
        }
        let is_near = (1..=SEPARATORS).contains(&(next - end));
        if !is_near || !text.byte(next).is_some_and(|byte| byte.is_ascii_digit()) {
            return found;
        }
        start = next;
    }
}

fn group(text: Text<'_>, at: usize) -> usize {
    text.run(at, |byte| byte.is_ascii_digit())
}

/// Whether the digits are those behind a decimal point.
fn is_fraction(text: Text<'_>, at: usize) -> bool {
    let before = |back: usize| at.checked_sub(back).and_then(|at| text.byte(at));
    before(1) == Some(b'.') && before(2).is_some_and(|byte| byte.is_ascii_digit())
}

/// Luhn's sum: every second digit from the right is doubled, and the sum of all digits is a
/// multiple of ten. Zeros alone are a placeholder.
fn is_luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, digit)| {
            let digit = u32::from(*digit);
            match (at % 2, digit) {
                (0, digit) => digit,
                (_, 0..=4) => 2 * digit,
                (_, digit) => 2 * digit - 9,
            }
        })
        .sum();
    sum > 0 && sum % 10 == 0
}
