use crate::policy::scrub::text::{Found, Text};

/// The minimum number of digits of a card number (ISO/IEC 7812-1).
const FEWEST: usize = 13;
const MOST: usize = 19;
/// The maximum number of spaces and dashes between two groups of digits.
const SEPARATORS: usize = 3;
/// The minimum number of digits before a truncation that count as the beginning of a card number.
const CUT: usize = 7;
/// The minimum number of groups of a number with dots or underscores between its groups, because a
/// decimal fraction has two.
const DOTTED_GROUPS: usize = 3;

/// The card number that begins with the digit at `at`.
///
/// The search takes whole groups of digits, because another number can follow. The longest card
/// number wins.
pub(crate) fn at(text: Text<'_>, at: usize) -> Found {
    let first_end = text.run(at, |byte| byte.is_ascii_digit());
    let mut found = Found::Nothing { until: first_end };
    if !text.is_start(at) || is_fraction(text, at) || first_end - at > MOST {
        return found;
    }
    let mut number = Number::default();
    let mut start = at;
    loop {
        let end = text.run_at_most(start, MOST + 1, |byte| byte.is_ascii_digit());
        // More digits, or digits beside a letter, are not a card number.
        let goes_on = text
            .byte(end)
            .is_some_and(|byte| byte.is_ascii_alphabetic());
        if goes_on || !number.push(text.slice(start, end)) {
            return found;
        }
        let spaces = text.run_at_most(end, SEPARATORS + 1, |byte| byte == b' ' || byte == b'-');
        if number.is_card() || (text.is_cut_at(spaces) && number.may_be_card()) {
            found = Found::Secret {
                start: at,
                end,
                mark: "[card]",
            };
        }
        let next = match text.byte(end) {
            Some(b' ' | b'-') if spaces - end <= SEPARATORS => spaces,
            Some(b'.' | b'_') => end + 1,
            _ => return found,
        };
        let is_digit = text.byte(next).is_some_and(|byte| byte.is_ascii_digit());
        if !is_digit || !number.separate(text.byte(end)) {
            return found;
        }
        start = next;
    }
}

/// Whether the digits follow a decimal point.
fn is_fraction(text: Text<'_>, at: usize) -> bool {
    text.byte_before(at, 1) == Some(b'.')
        && text
            .byte_before(at, 2)
            .is_some_and(|byte| byte.is_ascii_digit())
}

/// Groups of digits that may form a card number.
#[derive(Default)]
struct Number {
    digits: [u8; MOST],
    length: usize,
    groups: usize,
    /// The dot or underscore between all groups.
    dot: Option<u8>,
}

impl Number {
    /// Adds a group. Returns whether the group fits.
    fn push(&mut self, group: &str) -> bool {
        let Some(room) = self.digits.get_mut(self.length..self.length + group.len()) else {
            return false;
        };
        for (place, digit) in room.iter_mut().zip(group.bytes()) {
            *place = digit - b'0';
        }
        self.length += group.len();
        self.groups += 1;
        true
    }

    fn digits(&self) -> &[u8] {
        &self.digits[..self.length]
    }

    /// Whether the number can continue after the separator: one dot or underscore, the same between
    /// all groups, or spaces and dashes.
    fn separate(&mut self, separator: Option<u8>) -> bool {
        let dot = separator.filter(|byte| b"._".contains(byte));
        if self.groups == 1 {
            self.dot = dot;
        }
        self.dot == dot
    }

    fn is_card(&self) -> bool {
        let has_groups = self.dot.is_none() || self.groups >= DOTTED_GROUPS;
        has_groups
            && self.length >= FEWEST
            && is_of_a_brand(self.digits())
            && is_luhn(self.digits())
    }

    fn may_be_card(&self) -> bool {
        self.length >= CUT && matches!(self.digits[0], 2..=6)
    }
}

/// Whether the prefix and the length are those of a card brand. Order, parcel and invoice numbers
/// can have a valid checksum too.
fn is_of_a_brand(digits: &[u8]) -> bool {
    let head = digits
        .iter()
        .take(4)
        .fold(0, |head, digit| head * 10 + u16::from(*digit));
    match (head, digits.len()) {
        // Visa.
        (4000..=4999, 13 | 16 | 19) => true,
        // Mastercard and Mir.
        (5100..=5599 | 2221..=2720 | 2200..=2204, 16) => true,
        // American Express.
        (3400..=3499 | 3700..=3799, 15) => true,
        // Diners Club.
        (3000..=3059 | 3095 | 3600..=3699 | 3800..=3999, 14 | 16) => true,
        // JCB.
        (3528..=3589, 16) => true,
        // Maestro.
        (5000..=5099 | 5600..=5899 | 6300..=6399 | 6700..=6799, 13..=19) => true,
        // Discover, UnionPay, RuPay.
        (6000..=6299 | 6400..=6599 | 8100..=8299, 16..=19) => true,
        _ => false,
    }
}

/// The Luhn checksum: every second digit from the right is doubled, and the sum of all digits is a
/// multiple of ten.
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
    sum % 10 == 0
}
