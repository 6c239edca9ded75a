//! Costs over time: a chart, and the same numbers as a table.

use std::collections::BTreeMap;

use maud::{Markup, html};
use whose_store::{CostOverTime, CostSeries, GroupBy, TimeBucket, Timestamp, Usage};

use super::data::CHART;
use super::groups::{amount, number};
use crate::pages::components::{Table, Value};
use crate::pages::view::PageContext;
use crate::url_query::{InvalidParameter, UrlQuery};
use crate::values::{escape, pluralize};

/// What the chart shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Metric {
    Cost,
    Tokens,
    Calls,
}

impl Metric {
    const ALL: [Self; 3] = [Self::Cost, Self::Tokens, Self::Calls];

    fn name(self) -> &'static str {
        match self {
            Self::Cost => "cost",
            Self::Tokens => "tokens",
            Self::Calls => "calls",
        }
    }

    fn value(self, usage: &Usage) -> Value {
        match self {
            Self::Cost => amount(usage),
            Self::Tokens => number(usage, |usage| usage.input_tokens + usage.output_tokens),
            Self::Calls => number(usage, |usage| usage.calls),
        }
    }

    /// The metric of the URL; the calls where no call has a cost.
    fn of(query: &UrlQuery, total: &Usage) -> Self {
        let named = query.get("metric");
        let named = Self::ALL.into_iter().find(|it| Some(it.name()) == named);
        named.unwrap_or(match total.cost_usd {
            Some(_) => Self::Cost,
            None => Self::Calls,
        })
    }
}

/// Fails if the URL names a metric that the chart does not know.
pub(super) fn check_metric(query: &UrlQuery) -> Result<(), InvalidParameter> {
    let is_known = |name: &str| Metric::ALL.iter().any(|it| it.name() == name);
    match query.get("metric") {
        Some(name) if !is_known(name) => Err(InvalidParameter {
            name: "metric",
            reason: "expected `cost`, `tokens` or `calls`".to_owned(),
        }),
        _ => Ok(()),
    }
}

/// The section of the page.
pub(super) fn over_time_section(
    by: &GroupBy,
    data: &CostOverTime,
    context: &PageContext,
) -> Markup {
    let metric = Metric::of(&context.query, &data.total);
    html! {
        section aria-labelledby="over-time" {
            div.section-heading {
                h2 #over-time { "Over time" }
                (links(context, "metric", metric.name(), &Metric::ALL.map(Metric::name)))
                (links(context, "bucket", data.bucket.as_str(), &TimeBucket::ALL.map(TimeBucket::as_str)))
            }
            div.cost-chart data-chart=(data_href(context)) data-metric=(metric.name())
                data-none={ "no " (by) } role="group"
                aria-label={ (metric.name()) " for each " (data.bucket.as_str()) "; the table below has the same numbers" } {}
            noscript { p.muted { "The chart needs JavaScript. The table has the same numbers." } }
            details.same-numbers {
                summary { "The same numbers as a table, for each " (data.bucket.as_str()) }
                (table(by, data, metric, context))
            }
        }
    }
}

/// The URL of the numbers of the chart.
fn data_href(context: &PageContext) -> String {
    let query = context.query.without("limit").with("part", CHART);
    query.href(&format!("{}.json", context.path))
}

/// Links that choose the value of a parameter.
fn links(context: &PageContext, name: &str, current: &str, values: &[&str]) -> Markup {
    html! {
        nav.choice aria-label=(name) {
            @for value in values {
                @let href = context.href_with(name, *value);
                a href=(href) hx-get=(href) aria-current=[(*value == current).then_some("true")] { (value) }
            }
        }
    }
}

/// One bucket: its start, and the usage of each series.
struct Bucket {
    /// `None` for the sums.
    start: Option<Timestamp>,
    series: Vec<Usage>,
}

fn table(by: &GroupBy, data: &CostOverTime, metric: Metric, context: &PageContext) -> Markup {
    let all: Vec<&CostSeries> = data.series.iter().chain(&data.other).collect();
    let mut buckets: BTreeMap<Timestamp, Vec<Usage>> = BTreeMap::new();
    for (index, series) in all.iter().enumerate() {
        for point in &series.points {
            let bucket = buckets.entry(point.start);
            let bucket = bucket.or_insert_with(|| vec![Usage::default(); all.len()]);
            bucket[index] = point.usage;
        }
    }
    let rows: Vec<Bucket> = buckets
        .into_iter()
        .rev()
        .map(|(start, series)| Bucket {
            start: Some(start),
            series,
        })
        .collect();
    let sums = Bucket {
        start: None,
        series: all.iter().map(|series| series.total).collect(),
    };
    let mut table =
        Table::new("Costs over time").column("from", |bucket: &Bucket| match bucket.start {
            Some(start) => Value::Time(start),
            None => Value::Label("total".to_owned()),
        });
    for (index, series) in all.iter().enumerate() {
        let title = match &series.key {
            Some(key) => escape(key).into_owned(),
            None if index == data.series.len() => pluralize(data.other_groups, "other"),
            None => format!("no {by}"),
        };
        table = table.column(title, move |bucket| metric.value(&bucket.series[index]));
    }
    table.html_with_sums(&rows, &[sums], context)
}
