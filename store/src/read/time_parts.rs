//! A time range in equal parts.

use whose::Timestamp;

use super::query::Query;

/// A time range in equal parts, for queries that count over time.
///
/// Use it with [`error_trends`](super::Queries::error_trends) and
/// [`score_trends`](super::Queries::score_trends), to draw a line or bars.
///
/// ```
/// use whose_store::{TimeParts, Timestamp};
///
/// let (from, to) = (Timestamp::from_nanos(0), Timestamp::from_nanos(24));
/// let parts = TimeParts::new(from, to, 4);
/// assert_eq!(parts.count(), 4);
/// assert_eq!(parts.start(1), Timestamp::from_nanos(6));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeParts {
    since: i64,
    /// The widest range has more nanoseconds than an `i64` counts.
    width: i128,
    count: usize,
}

impl TimeParts {
    /// The most parts.
    pub const MAX: usize = 1_000;

    /// Divides the time from `since` on and before `until` into parts: at least one, and at most
    /// [`MAX`](Self::MAX).
    ///
    /// The last part ends after `until` where the range cannot be divided.
    #[must_use]
    pub fn new(since: Timestamp, until: Timestamp, parts: usize) -> Self {
        let count = parts.clamp(1, Self::MAX);
        let length = i128::from(until.as_nanos()) - i128::from(since.as_nanos());
        let parts = i128::try_from(count).unwrap_or(1);
        Self {
            since: since.as_nanos(),
            width: (length.max(1) + parts - 1) / parts,
            count,
        }
    }

    /// The number of parts.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// The start of a part; for the number of parts, the end of the last one.
    #[must_use]
    pub fn start(&self, part: usize) -> Timestamp {
        let parts = i128::try_from(part).unwrap_or(i128::MAX);
        let start = i128::from(self.since).saturating_add(self.width.saturating_mul(parts));
        Timestamp::from_nanos(i64::try_from(start).unwrap_or(i64::MAX))
    }

    /// The part that contains the time.
    pub(super) fn part_of(&self, time: i64) -> Option<usize> {
        let passed = i128::from(time) - i128::from(self.since);
        let part = usize::try_from(passed.div_euclid(self.width)).ok()?;
        (part < self.count).then_some(part)
    }

    /// The query of the whole range.
    pub(super) fn query(&self) -> Query {
        Query::all()
            .since(self.start(0))
            .until(self.start(self.count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(since: i64, until: i64, count: usize) -> TimeParts {
        let time = Timestamp::from_nanos;
        TimeParts::new(time(since), time(until), count)
    }

    #[test]
    fn every_time_of_the_range_is_in_one_part() {
        let parts = parts(-3, 7, 4);
        let found: Vec<_> = (-4..10).map(|time| parts.part_of(time)).collect();
        let expected = [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3].map(Some);
        assert_eq!(found[0], None);
        assert_eq!(found[1..13], expected);
        assert_eq!(found[13], None);
    }

    #[test]
    fn empty_and_extreme_ranges_have_parts() {
        assert_eq!(parts(5, 5, 0).count(), 1);
        assert_eq!(parts(5, 1, 3).part_of(5), Some(0));
        let widest = parts(i64::MIN, i64::MAX, 1);
        assert_eq!(widest.part_of(i64::MIN), Some(0));
        assert_eq!(widest.start(9), Timestamp::from_nanos(i64::MAX));
        assert_eq!(parts(0, 1, usize::MAX).count(), TimeParts::MAX);
    }
}
