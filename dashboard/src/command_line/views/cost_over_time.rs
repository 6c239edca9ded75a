//! The table of costs over time.

use whose_store::{CostOverTime, GroupBy, TimeBucket, Timestamp, Usage};

use super::cost::group_title;
use super::usage::{number, with_billed_usage};
use crate::command_line::table::Table;
use crate::values::{escape, estimate, format_amounts, pluralize};

/// The calls of one group in one bucket.
pub(crate) struct BucketRow {
    start: Timestamp,
    group: String,
    usage: Usage,
}

/// The rows of all series, oldest first.
pub(crate) fn costs_over_time(costs: &CostOverTime, by: &GroupBy) -> Vec<BucketRow> {
    let named = costs.series.iter().map(|series| {
        let group = match &series.key {
            Some(key) => escape(key).into_owned(),
            None => format!("(no {})", group_title(by)),
        };
        (group, series)
    });
    let other = costs.other.iter();
    let other = other.map(|series| {
        (
            format!("({})", pluralize(costs.other_groups, "other")),
            series,
        )
    });
    let rows = named.chain(other).flat_map(|(group, series)| {
        let points = series.points.iter();
        points.map(move |point| BucketRow {
            start: point.start,
            group: group.clone(),
            usage: point.usage,
        })
    });
    let mut rows: Vec<_> = rows.collect();
    // Within a bucket, the order of the series stays.
    rows.sort_by_key(|row| row.start);
    rows
}

pub(crate) fn cost_over_time(by: &GroupBy, bucket: TimeBucket) -> Table<BucketRow> {
    let digits = match bucket {
        TimeBucket::Month => 7,
        TimeBucket::Day => 10,
        _ => 16,
    };
    let table = Table::new()
        .text(bucket.as_str(), move |row: &BucketRow| {
            let time = format!("{:.3}", row.start);
            let time = time.get(..digits).unwrap_or(&time);
            time.replace('T', " ")
        })
        .id(&group_title(by), |row| row.group.clone())
        .number("calls", |row| number(row.usage, |it| it.calls));
    with_billed_usage(table, |row| row.usage)
}

pub(crate) fn cost_over_time_notes(
    costs: &CostOverTime,
    wanted: Option<TimeBucket>,
) -> Vec<String> {
    let total = &costs.total;
    if total.calls == 0 {
        return vec!["no model calls".to_owned()];
    }
    let cost = format_amounts(&[Some(total.cost_usd.unwrap_or_default())]).concat();
    let priced = total.calls.saturating_sub(total.unpriced_calls);
    let mut notes = vec![format!(
        "{} at list prices for {}",
        estimate(cost, total.is_estimated),
        estimate(pluralize(priced, "call"), total.is_estimated)
    )];
    if total.unpriced_calls > 0 {
        let calls = pluralize(total.unpriced_calls, "call");
        let calls = estimate(calls, total.is_estimated);
        notes.push(format!(
            "{calls} of models without a price, at unknown cost"
        ));
    }
    if wanted.is_some_and(|wanted| wanted != costs.bucket) {
        notes.push(format!(
            "the range is too long for rows of a {}: each row covers one {}",
            wanted.map_or("", TimeBucket::as_str),
            costs.bucket
        ));
    }
    notes
}
