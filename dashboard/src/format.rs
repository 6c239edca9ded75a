//! Formatting values for people.

use std::borrow::Cow;
use std::time::Duration;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};
use whose_store::{Timestamp, Usd};

/// Replaces an absent value.
pub(crate) const DASH: &str = "-";

/// The most characters of a text in a line below a table.
pub(crate) const MAX_MESSAGE: usize = 80;

/// Whether a terminal obeys, hides, or reorders the character.
pub(crate) fn needs_escape(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

/// Returns the text, in quotes and with escapes if it contains unsafe characters.
///
/// A text that begins with a quote is quoted too, so that different texts look different.
pub(crate) fn escape(text: &str) -> Cow<'_, str> {
    let plain = !text.is_empty()
        && text != DASH
        && text.trim() == text
        && !text.starts_with('"')
        && !text.chars().any(needs_escape);
    if plain {
        return Cow::Borrowed(text);
    }
    let mut quoted = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            c if needs_escape(c) => quoted.extend(c.escape_unicode()),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    Cow::Owned(quoted)
}

/// The escaped text, or a dash.
pub(crate) fn or_dash(text: Option<&str>) -> String {
    text.map_or(DASH.into(), |text| escape(text).into_owned())
}

/// Truncates a text to a number of characters.
pub(crate) fn truncate(text: &str, characters: usize) -> Cow<'_, str> {
    match text.char_indices().nth(characters) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

/// Truncates a text to a number of columns.
pub(crate) fn shorten_end(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    format!("{}…", head(text, width.saturating_sub(1)))
}

/// Shortens a text to a number of columns, and keeps both ends, which distinguish ids and paths.
pub(crate) fn shorten_middle(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let rest = width.saturating_sub(1);
    let tail_width = rest / 2;
    let mut tail = text.len();
    let mut used = 0;
    for (at, c) in text.char_indices().rev() {
        used += c.width().unwrap_or(0);
        if used > tail_width {
            break;
        }
        tail = at;
    }
    format!("{}…{}", head(text, rest - tail_width), &text[tail..])
}

fn head(text: &str, width: usize) -> &str {
    let mut used = 0;
    let end = text.char_indices().find(|(_, c)| {
        used += c.width().unwrap_or(0);
        used > width
    });
    end.map_or(text, |(end, _)| &text[..end])
}

/// A number with at most four decimals.
pub(crate) fn format_real(number: f64) -> String {
    let text = format!("{number:.4}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    match text {
        "-0" => "0".to_owned(),
        text => text.to_owned(),
    }
}

/// A number with thousands separators.
pub(crate) fn format_number(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count with its noun.
pub(crate) fn pluralize(count: u64, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {what}{plural}", format_number(count))
}

/// Marks a text of a number that is an estimate: `~1,200`. A zero and a dash have no mark.
pub(crate) fn estimate(text: String, is_estimated: bool) -> String {
    match is_estimated && text != "0" && text != DASH {
        true => format!("~{text}"),
        false => text,
    }
}

/// A share in whole per cent. Only a complete share is `100%`, and only an empty one `0%`.
pub(crate) fn format_percent(part: u64, whole: u64) -> String {
    let percent = u128::from(part) * 100 / u128::from(whole.max(1));
    match percent {
        0 if part > 0 => "<1%".to_owned(),
        percent => format!("{percent}%"),
    }
}

/// A time with milliseconds.
pub(crate) fn format_time(time: Timestamp) -> String {
    format!("{time:.3}")
}

/// A duration with three or four digits.
pub(crate) fn format_duration(nanos: Option<u64>) -> String {
    nanos.map_or(DASH.into(), |nanos| {
        format!("{:.1?}", Duration::from_nanos(nanos))
    })
}

/// An interval in its largest whole unit.
pub(crate) fn format_interval(nanos: Option<u64>) -> String {
    const SECOND: u64 = 1_000_000_000;
    const UNITS: [(u64, &str); 5] = [
        (7 * 24 * 3_600 * SECOND, "w"),
        (24 * 3_600 * SECOND, "d"),
        (3_600 * SECOND, "h"),
        (60 * SECOND, "m"),
        (SECOND, "s"),
    ];
    let whole = |nanos: u64| {
        let fits = |(unit, _): &&(u64, _)| nanos > 0 && nanos.is_multiple_of(*unit);
        let (unit, name) = UNITS.iter().find(fits)?;
        Some(format!("{}{name}", nanos / unit))
    };
    nanos
        .and_then(whole)
        .unwrap_or_else(|| format_duration(nanos))
}

/// Amounts with the same number of decimals, as many as one of them needs.
pub(crate) fn format_amounts(amounts: &[Option<Usd>]) -> Vec<String> {
    let decimals = amounts
        .iter()
        .flatten()
        .map(|amount| amount.decimals())
        .max()
        .unwrap_or(2);
    let format =
        |amount: &Option<Usd>| amount.map_or(DASH.into(), |amount| amount.with_decimals(decimals));
    amounts.iter().map(format).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_quotes_only_hostile_texts() {
        for (text, expected) in [
            ("alice", "alice"),
            ("Żółw 日本", "Żółw 日本"),
            ("a\"b\\c", "a\"b\\c"),
            ("\"a\"", r#""\"a\"""#),
            ("\u{1b}[2J", r#""\u{1b}[2J""#),
            ("a\nb", r#""a\nb""#),
            ("\u{202e}x", r#""\u{202e}x""#),
            ("", r#""""#),
            ("-", r#""-""#),
            (" a", r#"" a""#),
        ] {
            assert_eq!(escape(text), expected);
        }
    }

    #[test]
    fn escaped_texts_stay_distinct() {
        let texts = [
            "a\nb",
            "a\\nb",
            "\"a\\nb\"",
            "\"a\nb\"",
            "a\u{200b}",
            "a",
            "a ",
            "\"a",
            "-",
            "",
        ];
        let escaped: std::collections::HashSet<_> = texts.iter().map(|text| escape(text)).collect();
        assert_eq!(escaped.len(), texts.len());
    }

    #[test]
    fn numbers_and_amounts_are_formatted() {
        assert_eq!(
            [0, 999, 1_000, 1_234_567].map(format_number),
            ["0", "999", "1,000", "1,234,567"]
        );
        assert_eq!(pluralize(1, "call"), "1 call");
        assert_eq!(pluralize(2_000, "call"), "2,000 calls");
        let usd = |pico| Some(Usd::from_picos(pico));
        assert_eq!(
            format_amounts(&[usd(270_000_000), None, usd(0)]),
            ["$0.00027", "-", "$0.00000"]
        );
        let shares = [(0, 3), (1, 1_000), (2, 3), (999, 1_000), (3, 3)];
        assert_eq!(
            shares.map(|(part, whole)| format_percent(part, whole)),
            ["0%", "<1%", "66%", "99%", "100%"]
        );
        assert_eq!(shorten_end("日本語", 5), "日本…");
        assert_eq!(shorten_end("日本語", 6), "日本語");
        assert_eq!(
            shorten_middle("src/checkout/refund.rs", 13),
            "src/ch…und.rs"
        );
        assert_eq!(shorten_middle("日本語日本語", 6), "日…語");
        assert_eq!(shorten_middle("abc", 3), "abc");
        assert_eq!(truncate("añb", 2), "añ…");
        assert_eq!(truncate("añ", 2), "añ");
        assert_eq!(format_duration(Some(1_500_000)), "1.5ms");
        let seconds = |seconds: u64| format_interval(Some(seconds * 1_000_000_000));
        assert_eq!(
            [30, 90, 600, 21_600, 86_400, 1_209_600].map(seconds),
            ["30s", "90s", "10m", "6h", "1d", "2w"]
        );
        assert_eq!(format_interval(Some(1_500_000)), "1.5ms");
        assert_eq!(format_interval(Some(0)), "0.0ns");
        assert_eq!(format_interval(None), "-");
    }
}
