use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Serialize, Serializer};

/// A moment in UTC, in nanoseconds since 1970.
///
/// `Display` and the JSON form are RFC 3339; `{:.3}` prints three digits of the second.
///
/// ```
/// use whose::Timestamp;
///
/// let moment = Timestamp::from_nanos(1_700_000_000_123_456_789);
/// assert_eq!(moment.to_string(), "2023-11-14T22:13:20.123456789Z");
/// assert_eq!(format!("{moment:.3}"), "2023-11-14T22:13:20.123Z");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

const NANOS: i64 = 1_000_000_000;

impl Timestamp {
    /// The moment at that number of nanoseconds since 1970 in UTC.
    #[must_use]
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// The nanoseconds since 1970 in UTC.
    #[must_use]
    pub const fn as_nanos(self) -> i64 {
        self.0
    }
}

impl Timestamp {
    /// The moment of a text as `Display` prints it; `None` for another text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.strip_suffix('Z')?;
        let (date, time) = text.split_once('T')?;
        let (time, fraction) = time.split_once('.').unwrap_or((time, ""));
        let [year, month, day] = numbers(date, '-')?;
        let [hour, minute, second] = numbers(time, ':')?;
        let is_fraction = fraction.len() <= 9 && fraction.bytes().all(|byte| byte.is_ascii_digit());
        if !is_fraction || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
            return None;
        }
        let nanos: i64 = format!("{fraction:0<9}").parse().ok()?;
        let seconds = days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
        seconds.checked_mul(NANOS)?.checked_add(nanos).map(Self)
    }
}

/// Three numbers of at most four digits.
fn numbers(text: &str, separator: char) -> Option<[i64; 3]> {
    let mut parts = text.split(separator).map(|part| {
        let is_number = part.len() <= 4 && part.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| part.parse().ok()).flatten()
    });
    let numbers = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(numbers)
}

/// A moment outside the years 1677 to 2262 becomes the nearest moment inside.
impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        Self(match time.duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_nanos()).unwrap_or(i64::MAX),
            Err(before) => {
                i64::try_from(before.duration().as_nanos()).map_or(i64::MIN, |nanos| -nanos)
            }
        })
    }
}

impl From<Timestamp> for SystemTime {
    fn from(moment: Timestamp) -> Self {
        let since = Duration::from_nanos(moment.0.unsigned_abs());
        match moment.0 {
            0.. => UNIX_EPOCH + since,
            _ => UNIX_EPOCH - since,
        }
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, nanos) = (self.0.div_euclid(NANOS), self.0.rem_euclid(NANOS));
        let (year, month, day) = civil(seconds.div_euclid(86_400));
        let second = seconds.rem_euclid(86_400);
        // Writes the digits by hand: the formatting of seven numbers took a sixth of the time of a
        // line of JSON.
        let mut text = *b"0000-00-00T00:00:00.000000000Z";
        write_digits(&mut text[0..4], year);
        write_digits(&mut text[5..7], month);
        write_digits(&mut text[8..10], day);
        write_digits(&mut text[11..13], second / 3600);
        write_digits(&mut text[14..16], second / 60 % 60);
        write_digits(&mut text[17..19], second % 60);
        write_digits(&mut text[20..29], nanos);
        let end = match f.precision().unwrap_or(9).min(9) {
            0 => 19,
            digits => 20 + digits,
        };
        text[end] = b'Z';
        let text = std::str::from_utf8(&text[..=end]).map_err(|_| fmt::Error)?;
        f.write_str(text)
    }
}

/// Writes the last digits of a non-negative number, as many as the slice has room for.
fn write_digits(place: &mut [u8], mut number: i64) {
    for digit in place.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The year, month and day of a day counted from 1970-01-01, in the proleptic Gregorian calendar.
///
/// The year begins in March, so that the leap day is its last day; an era has 400 years of 146,097
/// days in total.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

/// The days from 1970-01-01 to that day: the inverse of [`civil`].
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let shifted_month = (month + 9) % 12;
    let day_of_year = (153 * shifted_month + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_print_as_rfc_3339() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (1_732_147_200, "2024-11-21T00:00:00Z"),
            (9_223_372_036, "2262-04-11T23:47:16Z"),
            (-9_223_372_036, "1677-09-21T00:12:44Z"),
        ] {
            assert_eq!(
                format!("{:.0}", Timestamp::from_nanos(seconds * NANOS)),
                text
            );
        }
    }

    #[test]
    fn printed_timestamp_is_parsed_to_the_same_moment() {
        for nanos in [
            i64::MIN,
            -1,
            0,
            951_868_800_000_000_000,
            1_700_000_000_123_456_789,
            i64::MAX - i64::MAX % NANOS,
        ] {
            let moment = Timestamp(nanos);
            // The last digits of a year before 1677 are no moment of this type.
            let parsed = Timestamp::parse(&moment.to_string());
            assert_eq!(parsed.unwrap_or(Timestamp(i64::MIN)), moment, "{moment}");
        }
        let short = Timestamp::parse("2023-11-14T22:13:20.5Z").unwrap();
        assert_eq!(short.to_string(), "2023-11-14T22:13:20.500000000Z");
        for text in [
            "",
            "2023-11-14",
            "2023-13-14T22:13:20Z",
            "2023-11-14T22:13Z",
            "2023-11-14T22:13:20.1234567890Z",
            "+023-11-14T22:13:20Z",
        ] {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }

    #[test]
    fn precision_sets_printed_subsecond_digits() {
        let moment = Timestamp::from_nanos(1_023_456_789);
        for (shown, text) in [
            (format!("{moment}"), "1970-01-01T00:00:01.023456789Z"),
            (format!("{moment:.1}"), "1970-01-01T00:00:01.0Z"),
            (format!("{moment:.6}"), "1970-01-01T00:00:01.023456Z"),
            (format!("{moment:.12}"), "1970-01-01T00:00:01.023456789Z"),
        ] {
            assert_eq!(shown, text);
        }
    }

    #[test]
    fn out_of_range_timestamp_is_clamped() {
        let far = UNIX_EPOCH + std::time::Duration::from_secs(1 << 40);
        assert_eq!(Timestamp::from(far), Timestamp::from_nanos(i64::MAX));
        assert_eq!(Timestamp::from(UNIX_EPOCH), Timestamp::from_nanos(0));
    }
}
