//! The rows of a report of costs over time.

use serde::Serialize;
use whose::Timestamp;

use super::time_bucket::TimeBucket;
use super::usage::Usage;

/// The cost of model calls over time; see
/// [`Queries::cost_over_time`](super::Queries::cost_over_time).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CostOverTime {
    /// The length of the buckets.
    pub bucket: TimeBucket,
    /// The start of the first bucket with a call; `None` without calls.
    pub first: Option<Timestamp>,
    /// The start of the last bucket with a call.
    pub last: Option<Timestamp>,
    /// The groups with the highest cost, highest first.
    pub series: Vec<CostSeries>,
    /// The sum of the groups past the limit; `None` if there are none.
    pub other: Option<CostSeries>,
    /// The number of groups in `other`.
    pub other_groups: u64,
    /// The sum of all series.
    pub total: Usage,
}

impl CostOverTime {
    /// The most series. The groups past them are summed.
    pub const MAX_SERIES: usize = 50;
    /// The most buckets. The query uses longer buckets where a range has more.
    pub const MAX_BUCKETS: u64 = 10_000;
}

/// The cost of one group over time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CostSeries {
    /// The group, as in [`CostRow::key`](super::CostRow::key).
    pub key: Option<String>,
    /// The sum of the points.
    pub total: Usage,
    /// The buckets with calls, oldest first.
    pub points: Vec<CostPoint>,
}

/// The model calls of one group in one bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CostPoint {
    /// The start of the bucket.
    pub start: Timestamp,
    /// The calls, tokens and cost.
    #[serde(flatten)]
    pub usage: Usage,
}
