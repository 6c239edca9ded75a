//! Formatting numbers, times and amounts for people.

use std::time::Duration;

use whose_store::{Timestamp, Usd};

/// Replaces an absent value.
pub(crate) const DASH: &str = "-";

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
#[cfg(any(test, feature = "command-line"))]
pub(crate) fn estimate(text: String, is_estimated: bool) -> String {
    match is_estimated && text != "0" && text != DASH {
        true => format!("~{text}"),
        false => text,
    }
}

/// A share in whole per cent. Only a complete share is `100%`, and only an empty one `0%`.
pub(crate) fn format_percent(part: impl Into<u128>, whole: impl Into<u128>) -> String {
    let (part, whole) = (part.into(), whole.into());
    match part.saturating_mul(100) / whole.max(1) {
        0 if part > 0 => "<1%".to_owned(),
        percent => format!("{percent}%"),
    }
}

/// A time with milliseconds.
pub(crate) fn format_time(time: Timestamp) -> String {
    format!("{time:.3}")
}

/// A duration with three or four digits; from one minute on, in the two largest units.
pub(crate) fn format_duration(nanos: Option<u64>) -> String {
    const UNITS: [(u64, &str, u64, &str); 3] = [
        (86_400, "d", 3_600, "h"),
        (3_600, "h", 60, "m"),
        (60, "m", 1, "s"),
    ];
    let Some(nanos) = nanos else {
        return DASH.into();
    };
    let duration = Duration::from_nanos(nanos);
    let seconds = duration.as_secs();
    match UNITS.iter().find(|(unit, ..)| seconds >= *unit) {
        Some((unit, name, part, part_name)) => {
            let (whole, rest) = (seconds / unit, seconds % unit / part);
            format!("{whole}{name} {rest}{part_name}")
        }
        None => format!("{duration:.1?}"),
    }
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

/// An amount with at most four decimals; with more where the amount is below a tenth of a cent.
pub(crate) fn format_amount(amount: Usd) -> String {
    const TENTH_OF_A_CENT: u128 = 1_000_000_000;
    let decimals = match amount.as_picos().unsigned_abs() < TENTH_OF_A_CENT {
        true => 7,
        false => 4,
    };
    amount.with_decimals(amount.decimals().min(decimals))
}

/// Amounts with the same number of decimals, as many as one of them needs.
#[cfg(any(test, feature = "command-line"))]
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
        let amounts = [2_500_000_000_000, 1_234_560_000, 27_360_000, 0].map(Usd::from_picos);
        assert_eq!(
            amounts.map(format_amount),
            ["$2.50", "$0.0012", "$0.0000273", "$0.00"]
        );
        let shares = [(0, 3), (1, 1_000), (2, 3), (999, 1_000), (3_u64, 3_u64)];
        assert_eq!(
            shares.map(|(part, whole)| format_percent(part, whole)),
            ["0%", "<1%", "66%", "99%", "100%"]
        );
        assert_eq!(format_duration(Some(1_500_000)), "1.5ms");
        let minutes = |minutes: u64| format_duration(Some(minutes * 60_000_000_000));
        assert_eq!(format_duration(Some(59_900_000_000)), "59.9s");
        assert_eq!(
            [1, 61, 1_440, 42_300].map(minutes),
            ["1m 0s", "1h 1m", "1d 0h", "29d 9h"]
        );
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
