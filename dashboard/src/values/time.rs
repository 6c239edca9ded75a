//! Parsing a time of a command line, a URL or a search.

use std::time::{Duration, SystemTime};

use whose_store::Timestamp;

const ACCEPTED_FORMATS: &str = "expected a time such as `2026-11-28T22:30:00Z`, a date such as `2026-11-28` (UTC), or \
                    a duration back from now such as `90s`, `15m`, `2h`, `30d` or `4w`";

/// Parses a time in RFC 3339, a date, or a duration before now.
pub(crate) fn parse_time(text: &str) -> Result<Timestamp, String> {
    let now = SystemTime::now();
    duration_back(text)
        .and_then(|back| now.checked_sub(back).map(Timestamp::from))
        .or_else(|| date_time(text))
        .ok_or_else(|| ACCEPTED_FORMATS.to_owned())
}

/// Parses `2h`: a whole number and a unit.
fn duration_back(text: &str) -> Option<Duration> {
    let unit = text.chars().next_back()?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        'w' => 604_800,
        _ => return None,
    };
    let number = digits(&text[..text.len() - 1])?;
    Some(Duration::from_secs(number.checked_mul(seconds)?))
}

/// Parses `2026-11-28`, optionally with a time and an offset: `T22:30:00.5+01:00`.
fn date_time(text: &str) -> Option<Timestamp> {
    let (date, time) = match text.find(['T', 't', ' ']) {
        Some(at) => (text.get(..at)?, Some(text.get(at + 1..)?)),
        None => (text, None),
    };
    let days = date_days(date)?;
    let nanos_of_day = time.map_or(Some(0), nanos_of_day)?;
    let nanos = i128::from(days) * 86_400_000_000_000 + i128::from(nanos_of_day);
    i64::try_from(nanos).ok().map(Timestamp::from_nanos)
}

/// The days since 1970.
fn date_days(date: &str) -> Option<i64> {
    let mut parts = date.split('-');
    let mut next = |length| {
        let part = parts.next().filter(|part| part.len() == length)?;
        i64::try_from(digits(part)?).ok()
    };
    let (year, month, day) = (next(4)?, next(2)?, next(2)?);
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days_of_month = match month {
        2 => 28 + i64::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if parts.next().is_some() || !(1..=days_of_month).contains(&day) {
        return None;
    }
    // Years that begin in March have the leap day at their end.
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    Some(year * 365 + leap_days + day_of_year - 719_468)
}

/// Parses `22:30:00.5Z` as nanoseconds of the day in UTC.
fn nanos_of_day(text: &str) -> Option<i64> {
    let (time, offset) = match text.find(['Z', 'z', '+', '-']) {
        Some(at) => text.split_at(at),
        None => return None,
    };
    let (clock, fraction) = time.split_once('.').unwrap_or((time, ""));
    let mut parts = clock.split(':');
    let mut next = |bound| two_digits(parts.next()?).filter(|number| *number < bound);
    let (hour, minute, second) = (next(24)?, next(60)?, next(61)?);
    if parts.next().is_some() || fraction.len() > 9 || time.ends_with('.') {
        return None;
    }
    let nanos = match fraction {
        "" => 0,
        fraction => i64::try_from(digits(&format!("{fraction:0<9}"))?).ok()?,
    };
    let seconds = hour * 3_600 + minute * 60 + second - offset_seconds(offset)?;
    Some(seconds * 1_000_000_000 + nanos)
}

/// Parses `Z` or `+01:00`.
fn offset_seconds(text: &str) -> Option<i64> {
    if matches!(text, "Z" | "z") {
        return Some(0);
    }
    let (sign, text) = (&text[..1], &text[1..]);
    let (hours, minutes) = text.split_once(':')?;
    let hours = two_digits(hours).filter(|hours| *hours < 24)?;
    let minutes = two_digits(minutes).filter(|minutes| *minutes < 60)?;
    let seconds = hours * 3_600 + minutes * 60;
    Some(if sign == "-" { -seconds } else { seconds })
}

fn two_digits(text: &str) -> Option<i64> {
    let number = digits(text).filter(|_| text.len() == 2)?;
    i64::try_from(number).ok()
}

/// Parses a whole number without a sign.
fn digits(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn date_time_round_trips() {
        for (text, printed) in [
            ("1970-01-01", "1970-01-01T00:00:00.000Z"),
            ("2024-02-29", "2024-02-29T00:00:00.000Z"),
            ("2026-11-28T22:30:05Z", "2026-11-28T22:30:05.000Z"),
            ("2026-11-28 22:30:05.25Z", "2026-11-28T22:30:05.250Z"),
            ("2026-11-28T00:30:00+01:00", "2026-11-27T23:30:00.000Z"),
            ("1969-12-31T23:59:59.999-00:30", "1970-01-01T00:29:59.999Z"),
            ("2100-03-01", "2100-03-01T00:00:00.000Z"),
            ("1700-01-01", "1700-01-01T00:00:00.000Z"),
        ] {
            assert_eq!(format!("{:.3}", parse_time(text).unwrap()), printed);
        }
    }

    #[test]
    fn duration_counts_back_from_now() {
        let now = Timestamp::from(SystemTime::now()).as_nanos();
        for (text, seconds) in [("0s", 0), ("15m", 900), ("2h", 7_200), ("30d", 2_592_000)] {
            let back = parse_time(text).unwrap().as_nanos();
            let least = now - seconds * 1_000_000_000;
            let passed = Timestamp::from(SystemTime::now()).as_nanos() - now;
            assert!((least..=least + passed).contains(&back), "{text}");
        }
    }

    #[test]
    fn invalid_time_error_lists_formats() {
        for text in [
            "",
            "h",
            "-2h",
            "2 h",
            "2y",
            "1.5h",
            "2026",
            "2026-13-01",
            "2025-02-29",
            "2026-11-31",
            "2026-11-28T22:30:00",
            "2026-11-28T25:00:00Z",
            "2026-11-28T22:30Z",
            "9999-01-01",
            "99999999999999999999d",
            "2026-11-28T22:30:00.Z",
            "2026-11-28T22:30:00+1:00",
            "é",
            "2026-11-28Té",
            "+2h",
            "2026-11-28T22:30:00+é1:00",
        ] {
            let error = parse_time(text).unwrap_err();
            assert!(
                error.contains("2026-11-28") && error.contains("2h"),
                "{text}"
            );
        }
    }

    // `PROPTEST_CASES` sets the number of texts: see CONTRIBUTING.md.
    proptest! {
        #[test]
        fn time_reads_back_as_it_was_printed(nanos: i64) {
            let time = Timestamp::from_nanos(nanos);
            prop_assert_eq!(parse_time(&format!("{time:.9}")), Ok(time));
        }

        #[test]
        fn any_text_is_a_time_or_refused(text in "([0-9]{1,4}|[-:TZt+. smhdw]|.){0,24}") {
            let _ = parse_time(&text);
        }
    }
}
