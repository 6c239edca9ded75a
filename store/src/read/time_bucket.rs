//! Parts of the time axis of a chart.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};
use whose::Timestamp;

use crate::prices::Day;

const MINUTE: i64 = 60 * 1_000_000_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// The length of the parts that a query over time counts in; see
/// [`Queries::cost_over_time`](super::Queries::cost_over_time).
///
/// ```
/// use whose_store::{TimeBucket, Timestamp};
///
/// let time = Timestamp::from_nanos(90_000_000_000);
/// assert_eq!(TimeBucket::Minute.start_of(time), Timestamp::from_nanos(60_000_000_000));
/// assert_eq!("day".parse(), Ok(TimeBucket::Day));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum TimeBucket {
    /// A minute.
    Minute,
    /// An hour.
    Hour,
    /// A day in UTC.
    Day,
    /// A month in UTC.
    Month,
}

impl TimeBucket {
    /// All lengths, shortest first.
    pub const ALL: [Self; 4] = [Self::Minute, Self::Hour, Self::Day, Self::Month];

    /// The name of the bucket in a URL and in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Month => "month",
        }
    }

    /// The first time of the bucket that contains a time.
    #[must_use]
    pub fn start_of(self, time: Timestamp) -> Timestamp {
        let nanos = time.as_nanos();
        let start = match self {
            Self::Minute => nanos.div_euclid(MINUTE).saturating_mul(MINUTE),
            Self::Hour => nanos.div_euclid(HOUR).saturating_mul(HOUR),
            Self::Day => nanos.div_euclid(DAY).saturating_mul(DAY),
            Self::Month => {
                let first = Day::from_unix_nanos(nanos).first_of_month();
                first.as_unix_days().saturating_mul(DAY)
            }
        };
        Timestamp::from_nanos(start)
    }

    /// The next longer bucket.
    pub(super) const fn longer(self) -> Option<Self> {
        match self {
            Self::Minute => Some(Self::Hour),
            Self::Hour => Some(Self::Day),
            Self::Day => Some(Self::Month),
            Self::Month => None,
        }
    }

    /// The number of buckets from one time to another, both included. A month counts as 28 days.
    pub(super) fn count(self, first: i64, last: i64) -> u64 {
        let length = match self {
            Self::Minute => MINUTE,
            Self::Hour => HOUR,
            Self::Day => DAY,
            Self::Month => 28 * DAY,
        };
        let buckets = last.div_euclid(length) - first.div_euclid(length);
        buckets.max(0).unsigned_abs() + 1
    }
}

impl fmt::Display for TimeBucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for TimeBucket {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl FromStr for TimeBucket {
    type Err = ParseTimeBucketError;

    fn from_str(text: &str) -> Result<Self, ParseTimeBucketError> {
        match text {
            "minute" => Ok(Self::Minute),
            "hour" => Ok(Self::Hour),
            "day" => Ok(Self::Day),
            "month" => Ok(Self::Month),
            _ => Err(ParseTimeBucketError(())),
        }
    }
}

/// The error of parsing a [`TimeBucket`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseTimeBucketError(());

impl fmt::Display for ParseTimeBucketError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected `minute`, `hour`, `day` or `month`")
    }
}

impl std::error::Error for ParseTimeBucketError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_time_is_in_its_bucket_and_buckets_nest() {
        let nanos = [0, -1, 1, 1_764_288_123_456_789_012, i64::MAX, i64::MIN];
        for time in nanos.map(Timestamp::from_nanos) {
            let mut bucket = TimeBucket::Minute;
            while let Some(longer) = bucket.longer() {
                let (start, outer) = (bucket.start_of(time), longer.start_of(time));
                assert!(outer <= start && start <= time, "{bucket} of {time:?}");
                assert_eq!(longer.start_of(start), outer, "{bucket} of {time:?}");
                bucket = longer;
            }
        }
        let month = TimeBucket::Month.start_of(Timestamp::from_nanos(nanos[3]));
        assert_eq!(format!("{month:.0}"), "2025-11-01T00:00:00Z");
    }

    #[test]
    fn widest_range_has_few_months() {
        assert!(TimeBucket::Month.count(i64::MIN, i64::MAX) < 10_000);
        assert_eq!(TimeBucket::Minute.count(59, 59), 1);
        assert_eq!(TimeBucket::Minute.count(-1, MINUTE), 3);
    }
}
