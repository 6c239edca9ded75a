use crate::policy::scrub::text::{Found, Text};

/// The maximum length of an IBAN (Malta has 31, Saint Lucia 32, Russia 33; ISO 13616 allows 34).
const MOST: usize = 34;
/// The minimum number of characters before a truncation that count as the beginning of an IBAN.
const CUT: usize = 8;

/// The length for each country (SWIFT, IBAN registry).
static LENGTHS: [(&[u8; 2], usize); 89] = [
    (b"AD", 24),
    (b"AE", 23),
    (b"AL", 28),
    (b"AT", 20),
    (b"AZ", 28),
    (b"BA", 20),
    (b"BE", 16),
    (b"BG", 22),
    (b"BH", 22),
    (b"BI", 27),
    (b"BR", 29),
    (b"BY", 28),
    (b"CH", 21),
    (b"CR", 22),
    (b"CY", 28),
    (b"CZ", 24),
    (b"DE", 22),
    (b"DJ", 27),
    (b"DK", 18),
    (b"DO", 28),
    (b"EE", 20),
    (b"EG", 29),
    (b"ES", 24),
    (b"FI", 18),
    (b"FK", 18),
    (b"FO", 18),
    (b"FR", 27),
    (b"GB", 22),
    (b"GE", 22),
    (b"GI", 23),
    (b"GL", 18),
    (b"GR", 27),
    (b"GT", 28),
    (b"HN", 28),
    (b"HR", 21),
    (b"HU", 28),
    (b"IE", 22),
    (b"IL", 23),
    (b"IQ", 23),
    (b"IS", 26),
    (b"IT", 27),
    (b"JO", 30),
    (b"KW", 30),
    (b"KZ", 20),
    (b"LB", 28),
    (b"LC", 32),
    (b"LI", 21),
    (b"LT", 20),
    (b"LU", 20),
    (b"LV", 21),
    (b"LY", 25),
    (b"MC", 27),
    (b"MD", 24),
    (b"ME", 22),
    (b"MK", 19),
    (b"MN", 20),
    (b"MR", 27),
    (b"MT", 31),
    (b"MU", 30),
    (b"NI", 28),
    (b"NL", 18),
    (b"NO", 15),
    (b"OM", 23),
    (b"PK", 24),
    (b"PL", 28),
    (b"PS", 29),
    (b"PT", 25),
    (b"QA", 29),
    (b"RO", 24),
    (b"RS", 22),
    (b"RU", 33),
    (b"SA", 24),
    (b"SC", 31),
    (b"SD", 18),
    (b"SE", 24),
    (b"SI", 19),
    (b"SK", 24),
    (b"SM", 27),
    (b"SO", 23),
    (b"ST", 25),
    (b"SV", 28),
    (b"TL", 23),
    (b"TN", 24),
    (b"TR", 26),
    (b"UA", 29),
    (b"VA", 22),
    (b"VG", 24),
    (b"XK", 20),
    (b"YE", 30),
];

/// The IBAN that begins with the word at `at`, also with spaces or dashes between groups. The
/// length is that of the country, and the checksum is 1 modulo 97.
pub(crate) fn at(text: Text<'_>, at: usize) -> Option<Found> {
    let head = text.body.as_bytes().get(at..at + 4)?;
    let has_check = head[2].is_ascii_digit() && head[3].is_ascii_digit();
    if !has_check {
        return None;
    }
    let country = [head[0].to_ascii_uppercase(), head[1].to_ascii_uppercase()];
    let known = LENGTHS.binary_search_by(|(known, _)| known[..].cmp(&country[..]));
    let length = LENGTHS.get(known.ok()?)?.1;
    let mut account = Vec::with_capacity(MOST);
    let mut end = at;
    while account.len() < length {
        match (text.byte(end), text.byte(end + 1)) {
            (Some(byte), _) if byte.is_ascii_alphanumeric() => account.push(byte),
            (Some(b' ' | b'-'), Some(next)) if next.is_ascii_alphanumeric() => {}
            _ => break,
        }
        end += 1;
    }
    let goes_on = text
        .byte(end)
        .is_some_and(|byte| byte.is_ascii_alphanumeric());
    let is_account = account.len() == length && !goes_on && is_valid(&account);
    let is_cut = text.is_cut_at(end) && (CUT..length).contains(&account.len());
    (is_account || is_cut).then_some(Found::Secret {
        start: at,
        end,
        mark: "[iban]",
    })
}

/// The ISO 7064 checksum: the country and the check digits move to the end, letters count from 10,
/// and the number is 1 modulo 97.
fn is_valid(account: &[u8]) -> bool {
    let (head, rest) = account.split_at(4);
    let rest =
        rest.iter()
            .chain(head)
            .fold(0_u32, |rest, byte| match char::from(*byte).to_digit(36) {
                Some(digit @ 0..=9) => (rest * 10 + digit) % 97,
                Some(letter) => (rest * 100 + letter) % 97,
                None => rest,
            });
    rest == 1
}
