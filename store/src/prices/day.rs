//! A calendar day in UTC.

use std::fmt;
use std::str::FromStr;
use std::time::SystemTime;

use serde::{Serialize, Serializer};

use super::error::PriceError;

const SECONDS_PER_DAY: i64 = 86_400;
const NANOS_PER_SECOND: i64 = 1_000_000_000;

/// A day in UTC. A call is billed at the price of its day.
///
/// Build it from the start of a record, or parse `YYYY-MM-DD`.
///
/// ```
/// use whose_store::Day;
///
/// let day: Day = "2026-07-30".parse()?;
/// assert_eq!(Day::from_unix_seconds(1_785_369_600), day);
/// assert_eq!(day.to_string(), "2026-07-30");
/// # Ok::<(), whose_store::PriceError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i64);

impl Day {
    /// The day that contains a time, in seconds since 1970.
    #[must_use]
    pub const fn from_unix_seconds(seconds: i64) -> Self {
        Self(seconds.div_euclid(SECONDS_PER_DAY))
    }

    /// The day that contains a time, in nanoseconds since 1970.
    #[must_use]
    pub const fn from_unix_nanos(nanos: i64) -> Self {
        Self::from_unix_seconds(nanos.div_euclid(NANOS_PER_SECOND))
    }

    pub(crate) const fn from_unix_days(days: i64) -> Self {
        Self(days)
    }

    /// The current day.
    #[must_use]
    pub fn today() -> Self {
        let elapsed = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let seconds = elapsed.unwrap_or_default().as_secs();
        Self::from_unix_seconds(i64::try_from(seconds).unwrap_or(i64::MAX))
    }

    /// The days since 1970-01-01.
    #[must_use]
    pub const fn as_unix_days(self) -> i64 {
        self.0
    }

    /// The first day of the month of this day.
    #[must_use]
    pub const fn first_of_month(self) -> Self {
        let (year, month, _) = self.to_civil();
        Self::from_civil(year, month, 1)
    }

    /// The first day of the month after the month of this day.
    #[must_use]
    pub const fn first_of_next_month(self) -> Self {
        match self.to_civil() {
            (year, 12, _) => Self::from_civil(year + 1, 1, 1),
            (year, month, _) => Self::from_civil(year, month + 1, 1),
        }
    }

    /// The first day of a month. The year begins in March, so that a leap day is its last day.
    const fn from_civil(year: i64, month: i64, day: i64) -> Self {
        let year = if month <= 2 { year - 1 } else { year };
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        Self(era * 146_097 + day_of_era - 719_468)
    }

    const fn to_civil(self) -> (i64, i64, i64) {
        let days = self.0 + 719_468;
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        let year = year_of_era + era * 400;
        (if month <= 2 { year + 1 } else { year }, month, day)
    }
}

impl FromStr for Day {
    type Err = PriceError;

    fn from_str(text: &str) -> Result<Self, PriceError> {
        let number = |part: Option<&str>, digits: usize| {
            part.filter(|part| part.len() == digits && part.bytes().all(|b| b.is_ascii_digit()))
                .and_then(|part| part.parse::<i64>().ok())
        };
        let mut parts = text.split('-');
        let parsed = (
            number(parts.next(), 4),
            number(parts.next(), 2),
            number(parts.next(), 2),
        );
        if let (Some(year), Some(month @ 1..=12), Some(day), None) =
            (parsed.0, parsed.1, parsed.2, parts.next())
        {
            let date = Self::from_civil(year, month, day);
            if date.to_civil() == (year, month, day) {
                return Ok(date);
            }
        }
        Err(PriceError::new(format!(
            "{text:?} is not a day: YYYY-MM-DD"
        )))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.to_civil();
        f.pad(&format!("{year:04}-{month:02}-{day:02}"))
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn day_number_and_text_agree() {
        for (days, text) in [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (11_016, "2000-02-29"),
            (19_782, "2024-02-29"),
            (20_786, "2026-11-29"),
        ] {
            assert_eq!(text.parse::<Day>().unwrap().as_unix_days(), days, "{text}");
            assert_eq!(Day(days).to_string(), text);
        }
        for days in -200_000..200_000 {
            let (year, month, day) = Day(days).to_civil();
            assert_eq!(Day::from_civil(year, month, day), Day(days));
            let (first, next) = (Day(days).first_of_month(), Day(days).first_of_next_month());
            assert!(first <= Day(days) && Day(days) < next);
            assert_eq!((first.to_civil(), next.to_civil().2), ((year, month, 1), 1));
        }
    }

    #[test]
    fn time_belongs_to_its_day_in_utc() {
        assert_eq!(Day::from_unix_seconds(86_399), Day(0));
        assert_eq!(Day::from_unix_seconds(86_400), Day(1));
        assert_eq!(Day::from_unix_nanos(-1), Day(-1));
    }

    #[test]
    fn impossible_day_is_refused() {
        for text in [
            "",
            "2026",
            "2026-1-1",
            "2026-13-01",
            "2026-02-29",
            "2026-04-31",
            "2026-00-10",
            "2026-01-00",
            "2026-01-01-01",
            "+026-01-01",
            "2026-01-0x",
        ] {
            assert!(text.parse::<Day>().is_err(), "{text}");
        }
    }
}
