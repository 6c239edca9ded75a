//! The table of the groups of calls.

use maud::{Markup, html};
use whose_store::{CostRow, GroupBy, Usage};

use super::data::{CostPage, MAX_GROUPS};
use super::filters::href_of_group;
use crate::export::CsvTable;
use crate::pages::components::{Table, Value, share_bar};
use crate::pages::view::PageContext;
use crate::url_query::{UrlQuery, href};
use crate::values::{escape, format_percent, pluralize};

/// A row of the table.
#[derive(Clone)]
struct Line {
    name: LineName,
    usage: Usage,
    /// The sum of all rows, for the share.
    total: Usage,
}

#[derive(Clone)]
enum LineName {
    Group(Option<String>),
    /// The groups past the limit.
    More(u64),
    Total,
}

/// The table of the page: the groups, the groups past the limit, and the total.
pub(super) fn group_table(by: &GroupBy, data: &CostPage, context: &PageContext) -> Markup {
    let mut sums = more(data);
    sums.push(line(LineName::Total, data.total, data));
    let more_href = context.href_with("limit", MAX_GROUPS.to_string());
    let table = with_filters(table(by, context), by, context);
    html! {
        (table.html_with_sums(&groups(data), &sums, context))
        @if data.more_groups > 0 && data.rows.len() < MAX_GROUPS {
            nav.pager aria-label="Groups" {
                a href=(more_href) hx-get=(more_href) {
                    "Show " (pluralize(data.more_groups, "more group"))
                }
            }
        }
    }
}

/// The table as a CSV file: the groups, and the sum of the groups past the limit.
pub(super) fn group_csv(by: &GroupBy, data: &CostPage) -> CsvTable {
    let rows: Vec<Line> = groups(data).into_iter().chain(more(data)).collect();
    let context = PageContext::new("/cost", UrlQuery::default());
    table(by, &context).csv(&rows)
}

fn groups(data: &CostPage) -> Vec<Line> {
    let rows = data.rows.iter();
    rows.map(|CostRow { key, usage, .. }| line(LineName::Group(key.clone()), *usage, data))
        .collect()
}

fn more(data: &CostPage) -> Vec<Line> {
    let has_more = data.more_groups > 0;
    let more = has_more.then(|| line(LineName::More(data.more_groups), data.more, data));
    more.into_iter().collect()
}

fn line(name: LineName, usage: Usage, data: &CostPage) -> Line {
    Line {
        name,
        usage,
        total: data.total,
    }
}

fn table(by: &GroupBy, context: &PageContext) -> Table<Line> {
    let of_name = (by.clone(), context.clone());
    Table::new("Costs by group")
        .column(by.to_string(), move |line: &Line| {
            name(line, &of_name.0, &of_name.1)
        })
        .column("share", share)
        .column("cost", |line| amount(&line.usage))
        .column("calls", |line| count(line, |usage| usage.calls))
        .column("tokens in", |line| count(line, |usage| usage.input_tokens))
        .column("cached", |line| used(line, |usage| usage.cache_read_tokens))
        .column("cache writes", |line| {
            used(line, |usage| usage.cache_write_tokens)
        })
        .column("tokens out", |line| {
            count(line, |usage| usage.output_tokens)
        })
        .column("reasoning", |line| {
            used(line, |usage| usage.reasoning_tokens)
        })
        .column("unpriced calls", |line| {
            used(line, |usage| usage.unpriced_calls)
        })
}

/// Adds links to the calls of one group, where the name of the group links to a page of its own.
fn with_filters(table: Table<Line>, by: &GroupBy, context: &PageContext) -> Table<Line> {
    if !matches!(by, GroupBy::User | GroupBy::Session) {
        return table;
    }
    let (by, context) = (by.clone(), context.clone());
    table.column("filter", move |line| match &line.name {
        LineName::Group(Some(key)) => {
            let href = href_of_group(&context, &by, Some(key));
            Value::Picture {
                markup: html! { a href=(href) { "by model" } },
                text: String::new(),
            }
        }
        _ => Value::Missing,
    })
}

fn name(line: &Line, by: &GroupBy, context: &PageContext) -> Value {
    match &line.name {
        LineName::Group(Some(key)) => Value::Link {
            text: key.clone(),
            href: match by {
                GroupBy::User => href("/person", "id", key),
                GroupBy::Session => href("/session", "id", key),
                by => href_of_group(context, by, Some(key)),
            },
        },
        // A group of that name is another group, so the text of the file is empty.
        LineName::Group(None) => Value::Picture {
            markup: html! {
                a href=(href_of_group(context, by, None)) { "no " (escape(&by.to_string())) }
            },
            text: String::new(),
        },
        LineName::More(groups) => Value::Label(pluralize(*groups, "more group")),
        LineName::Total => Value::Label("total".to_owned()),
    }
}

/// The share of the cost; of the calls where no call has a price.
fn share(line: &Line) -> Value {
    if matches!(line.name, LineName::Total) {
        return Value::Missing;
    }
    let picos = |usage: &Usage| {
        usage
            .cost_usd
            .unwrap_or_default()
            .as_picos()
            .max(0)
            .unsigned_abs()
    };
    let (part, whole) = match picos(&line.total) {
        0 => (line.usage.calls.into(), line.total.calls.into()),
        whole => (picos(&line.usage), whole),
    };
    let text = format_percent(part, whole);
    Value::Picture {
        markup: html! { span.share-cell { (share_bar(part, whole)) span { (text) } } },
        text,
    }
}

pub(super) fn amount(usage: &Usage) -> Value {
    match usage.cost_usd {
        Some(amount) => Value::Amount {
            amount,
            is_estimated: usage.is_estimated,
        },
        None => Value::Missing,
    }
}

fn count(line: &Line, of: fn(&Usage) -> u64) -> Value {
    number(&line.usage, of)
}

pub(super) fn number(usage: &Usage, of: fn(&Usage) -> u64) -> Value {
    Value::Number {
        number: of(usage),
        is_estimated: usage.is_estimated,
    }
}

/// A number in a column that few reports need.
fn used(line: &Line, of: fn(&Usage) -> u64) -> Value {
    match of(&line.total) {
        0 => Value::Missing,
        _ => count(line, of),
    }
}
