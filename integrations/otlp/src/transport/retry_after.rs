//! The header `Retry-After`: a number of seconds, or a date.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The longest time that a receiver can make the sender wait.
const LONGEST: Duration = Duration::from_secs(60 * 60);

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// The time to wait from `now` on; `None` for a value that is neither a number nor a date.
pub(crate) fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    let wait = match value.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => http_date(value)?.duration_since(now).unwrap_or_default(),
    };
    Some(wait.min(LONGEST))
}

/// A date of the form `Sun, 06 Nov 1994 08:49:37 GMT`.
fn http_date(text: &str) -> Option<SystemTime> {
    let (_, date) = text.split_once(", ")?;
    let parts: Vec<&str> = date.split(' ').collect();
    let &[day, month, year, time, "GMT"] = parts.as_slice() else {
        return None;
    };
    let day: u64 = day.parse().ok()?;
    let month = MONTHS.iter().position(|known| *known == month)? as u64 + 1;
    let year: u64 = year.parse().ok()?;
    let mut clock = time.split(':').map(|part| part.parse::<u64>().ok());
    let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next()??);
    let is_real = (1970..=9999).contains(&year) && (1..=31).contains(&day);
    if !is_real || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let seconds = ((days(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
    UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}

/// The days since 1970. Years begin in March here, so that the leap day is the last one.
fn days(year: u64, month: u64, day: u64) -> u64 {
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let of_year = (153 * month + 2) / 5 + day - 1;
    let of_years = year * 365 + year / 4 - year / 100 + year / 400;
    // From 1 March of the year 0 to 1 January 1970.
    of_years + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn seconds_and_dates_are_read() {
        let wait = |value, now| retry_after(value, at(now)).map(|wait| wait.as_secs());
        assert_eq!(wait("7", 0), Some(7));
        assert_eq!(wait(" 0 ", 0), Some(0));
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        assert_eq!(wait(date, 784_111_770), Some(7));
        assert_eq!(wait(date, 784_111_800), Some(0), "a time in the past");
        assert_eq!(
            wait("Thu, 29 Feb 2024 00:00:00 GMT", 1_709_164_799),
            Some(1)
        );
        assert_eq!(wait("Thu, 01 Jan 1970 00:00:00 GMT", 0), Some(0));
    }

    #[test]
    fn wait_of_a_hostile_receiver_is_bounded() {
        for long in ["18446744073709551615", "Fri, 31 Dec 9999 23:59:59 GMT"] {
            assert_eq!(retry_after(long, at(0)), Some(LONGEST), "{long}");
        }
    }

    #[test]
    fn other_values_are_none() {
        for other in [
            "",
            "soon",
            "-1",
            "1.5",
            "Sun, 06 Nov 1994",
            "x, 06 Abc 1994 08:49:37 GMT",
            "x, 06 Nov 1994 08:49 GMT",
            "x, 99 Nov 1994 08:49:37 GMT",
            "x, 6 Nov 0 0:0:0 GMT",
        ] {
            assert_eq!(retry_after(other, at(0)), None, "{other}");
        }
    }
}
