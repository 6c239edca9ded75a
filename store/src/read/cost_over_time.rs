//! The cost of model calls over time.

use super::cost_days::CostDays;
use super::cost_filter::CostFilter;
use super::cost_groups::Sums;
use super::cost_series::CostOverTime;
use super::cost_series_sums::{CHOSEN_BUCKETS, Group, SeriesSums};
use super::group_by::GroupBy;
use super::query::Query;
use super::reader::Reader;
use super::summary::Summing;
use super::time_axis::TimeAxis;
use super::time_bucket::TimeBucket;
use crate::error::StoreError;

impl Reader {
    pub(super) fn cost_over_time(
        &self,
        by: &GroupBy,
        bucket: Option<TimeBucket>,
        filter: &CostFilter,
        query: &Query,
    ) -> Result<CostOverTime, StoreError> {
        let calls = self.calls(by, filter, query)?;
        let max_series = query.max_rows().min(CostOverTime::MAX_SERIES);
        let axis = match bucket {
            Some(bucket) => TimeAxis::new(bucket, CostOverTime::MAX_BUCKETS),
            None => TimeAxis::new(TimeBucket::Minute, CHOSEN_BUCKETS),
        };
        self.read_tx(|tx| {
            if let Some(partitions) = calls.unfiltered() {
                let summing = Summing::new(self, tx, partitions, calls.range)?;
                let days = CostDays { summing, tx, by };
                if let Some(series) = days.series(bucket, max_series)? {
                    return Ok(series);
                }
            }
            let mut sums = Sums::new(self, tx)?;
            let mut series = SeriesSums {
                axis,
                max_series,
                largest: Vec::new(),
                other: Group::default(),
                merged: 0,
            };
            series.read(tx, &calls, &mut sums)?;
            series.finish(tx, by, sums.total())
        })
    }
}
