//! The cost or the records of each day, as a picture.

use maud::{Markup, html};
use whose_store::{Day, DayActivity, Usd};

use crate::values::{format_amount, pluralize};

/// The height of the bars, and the width of a day, in units of the picture.
const HEIGHT: i64 = 48;
const WIDTH: i64 = 8;
/// The most days that the picture spans. Older days are left out.
const MAX_DAYS: i64 = 120;

/// A picture of the cost of each day; of the records where no call has a price. Nothing for a single
/// day, which the summary states.
pub(super) fn day_chart(days: &[DayActivity]) -> Markup {
    let (Some(first), Some(last)) = (days.first(), days.last()) else {
        return html! {};
    };
    let end = last.day.as_unix_days();
    let start = first
        .day
        .as_unix_days()
        .max(end.saturating_sub(MAX_DAYS - 1));
    if start == end {
        return html! {};
    }
    let has_cost = days.iter().any(|day| day.usage.cost_usd.is_some());
    let shown = || days.iter().filter(|day| day.day.as_unix_days() >= start);
    let greatest = shown()
        .map(|day| value(day, has_cost))
        .max()
        .unwrap_or(1)
        .max(1);
    let what = if has_cost { "Cost" } else { "Records" };
    let top = shown()
        .max_by_key(|day| value(day, has_cost))
        .unwrap_or(last);
    let caption = format!(
        "{what} by day, {} to {}; at most {} on {}",
        Day::from_unix_seconds(start * 86_400),
        last.day,
        label(top, has_cost),
        top.day
    );
    let width = (end - start + 1) * WIDTH;
    html! {
        figure.days {
            svg role="img" aria-label=(caption) viewBox=(format!("0 0 {width} {HEIGHT}")) width=(width.clamp(160, 960))
                preserveAspectRatio="none" {
                @for day in shown() {
                    @let height = height(value(day, has_cost), greatest);
                    rect.bar x=((day.day.as_unix_days() - start) * WIDTH + 1) y=(HEIGHT - height)
                        width=(WIDTH - 2) height=(height) {
                        title { (day.day) ": " (label(day, has_cost)) }
                    }
                }
            }
            figcaption { (caption) }
        }
    }
}

/// What the bar of a day shows: an amount in picodollars, or a number of records.
fn value(day: &DayActivity, has_cost: bool) -> i128 {
    match has_cost {
        true => day.usage.cost_usd.map_or(0, Usd::as_picos),
        false => i128::from(day.counts.records()),
    }
}

fn height(value: i128, greatest: i128) -> i64 {
    let height = value.saturating_mul(i128::from(HEIGHT)) / greatest;
    // A day with records has a bar.
    i64::try_from(height).unwrap_or(HEIGHT).clamp(1, HEIGHT)
}

fn label(day: &DayActivity, has_cost: bool) -> String {
    match (has_cost, day.usage.cost_usd) {
        (true, Some(amount)) => format_amount(amount),
        (true, None) => "no cost".to_owned(),
        (false, _) => pluralize(day.counts.records(), "record"),
    }
}
