//! Sums in the buckets of a time axis.

use std::collections::BTreeMap;

use whose::Timestamp;

use super::time_bucket::TimeBucket;
use super::usage::UsageSum;

/// A time axis whose buckets become longer where the range would have too many.
pub(super) struct TimeAxis {
    bucket: TimeBucket,
    max_buckets: u64,
    /// The first and the last time; none before the first time.
    range: Option<(i64, i64)>,
}

impl TimeAxis {
    pub(super) fn new(bucket: TimeBucket, max_buckets: u64) -> Self {
        Self {
            bucket,
            max_buckets,
            range: None,
        }
    }

    /// Extends the range by a time. Returns whether the buckets became longer.
    pub(super) fn extend(&mut self, time: i64) -> bool {
        let (first, last) = self.range.unwrap_or((time, time));
        let (first, last) = (first.min(time), last.max(time));
        self.range = Some((first, last));
        let before = self.bucket;
        while self.bucket.count(first, last) > self.max_buckets
            && let Some(longer) = self.bucket.longer()
        {
            self.bucket = longer;
        }
        self.bucket != before
    }

    /// The start of the bucket that contains a time.
    pub(super) fn bucket_of(&self, time: i64) -> i64 {
        let start = self.bucket.start_of(Timestamp::from_nanos(time));
        start.as_nanos()
    }

    pub(super) fn bucket(&self) -> TimeBucket {
        self.bucket
    }

    /// The start of the first bucket.
    pub(super) fn first(&self) -> Option<Timestamp> {
        let (first, _) = self.range?;
        Some(self.bucket.start_of(Timestamp::from_nanos(first)))
    }

    /// The start of the last bucket.
    pub(super) fn last(&self) -> Option<Timestamp> {
        let (_, last) = self.range?;
        Some(self.bucket.start_of(Timestamp::from_nanos(last)))
    }
}

/// The usage of each bucket, by the start of the bucket.
#[derive(Default)]
pub(super) struct TimeSums(BTreeMap<i64, UsageSum>);

impl TimeSums {
    /// The sum of the bucket with that start.
    pub(super) fn at(&mut self, start: i64) -> &mut UsageSum {
        self.0.entry(start).or_default()
    }

    /// Adds the buckets of another series with the same axis.
    pub(super) fn add(&mut self, other: &Self) {
        for (start, usage) in &other.0 {
            self.at(*start).add(usage);
        }
    }

    /// Merges the buckets into the longer ones of the axis.
    pub(super) fn merge_into_buckets_of(&mut self, axis: &TimeAxis) {
        for (start, usage) in std::mem::take(&mut self.0) {
            self.at(axis.bucket_of(start)).add(&usage);
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (i64, &UsageSum)> {
        self.0.iter().map(|(start, usage)| (*start, usage))
    }
}
