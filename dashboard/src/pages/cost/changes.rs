//! The groups whose cost changed most.

use maud::{Markup, html};
use whose_store::{CostChange, CostChanges, GroupBy};

use super::filters::href_of_group;
use super::groups::amount;
use super::invoice_form::relative_change;
use crate::pages::components::{Table, Value};
use crate::pages::view::PageContext;

/// The section of the page.
pub(super) fn changes_section(
    by: &GroupBy,
    changes: Option<&CostChanges>,
    context: &PageContext,
) -> Markup {
    html! {
        section aria-labelledby="changes" {
            h2 #changes { "Top movers" }
            @match changes {
                None => p.muted {
                    "Choose a time range to compare it with the period of the same length before."
                },
                Some(changes) if changes.rows.is_empty() => p.muted {
                    "No cost changed against the period before, from " (time(changes, true)) "."
                },
                Some(changes) => {
                    p.muted {
                        "From " (time(changes, false)) " against the period of the same length before, from "
                        (time(changes, true)) "."
                    }
                    (table(by, context).html_with_sums(&lines(changes), &[Line::Total(changes.total.clone())], context))
                },
            }
        }
    }
}

fn time(changes: &CostChanges, is_before: bool) -> Markup {
    let time = if is_before {
        changes.before_since
    } else {
        changes.since
    };
    Value::Time(time).html()
}

enum Line {
    Group(CostChange),
    Total(CostChange),
}

impl Line {
    fn change(&self) -> &CostChange {
        match self {
            Self::Group(change) | Self::Total(change) => change,
        }
    }
}

fn lines(changes: &CostChanges) -> Vec<Line> {
    changes.rows.iter().cloned().map(Line::Group).collect()
}

fn table(by: &GroupBy, context: &PageContext) -> Table<Line> {
    let (by, context) = (by.clone(), context.clone());
    Table::new("Changes of cost")
        .column(by.to_string(), move |line: &Line| match line {
            Line::Group(CostChange { key: Some(key), .. }) => Value::Link {
                text: key.clone(),
                href: href_of_group(&context, &by, Some(key)),
            },
            Line::Group(_) => Value::Label(format!("no {by}")),
            Line::Total(_) => Value::Label("all groups".to_owned()),
        })
        .column("before", |line| amount(&line.change().before))
        .column("now", |line| amount(&line.change().after))
        .column("change", |line| Value::Change(line.change().change_usd))
        .column("relative", |line| {
            let change = line.change();
            let before = change.before.cost_usd.unwrap_or_default();
            match relative_change(change.change_usd, before) {
                Some(text) => Value::Figure(text),
                None => Value::Figure("new".to_owned()),
            }
        })
}
