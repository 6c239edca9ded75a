//! The calls without a user, and the models without a price.

use maud::{Markup, html};
use whose_store::{UnattributedCost, UnpricedModel, Usage};

use super::filters::WITHOUT;
use super::groups::{amount, number};
use crate::pages::components::{Table, Value};
use crate::pages::view::PageContext;
use crate::url_query::href;

/// The section of the calls without a user.
pub(super) fn unattributed_section(rows: &[UnattributedCost], context: &PageContext) -> Markup {
    let by_agent = context.query.with(WITHOUT, "user").with("by", "agent");
    html! {
        section aria-labelledby="unattributed" {
            h2 #unattributed { "Calls without a user" }
            @if rows.is_empty() {
                p.muted { "None: every call has a user." }
            } @else {
                p.muted {
                    "The reasons. "
                    a href=(by_agent.href(context.path)) { "Only these calls, by agent" }
                }
                (unattributed_table().html(rows, context))
            }
        }
    }
}

fn unattributed_table() -> Table<UnattributedCost> {
    Table::new("Calls without a user")
        .column("reason", |row: &UnattributedCost| match &*row.reason {
            UnattributedCost::LATE => Value::Label("identified after the call".to_owned()),
            // A call without a user on purpose is no gap.
            "anonymous" => Value::Label("anonymous, on purpose".to_owned()),
            reason => Value::Link {
                text: reason.to_owned(),
                href: href("/unattributed", "reason", reason),
            },
        })
        .column("cost", |row| amount(&row.usage))
        .column("calls", |row| number(&row.usage, |usage| usage.calls))
        .column("tokens", |row| number(&row.usage, tokens))
        .column("unpriced calls", |row| {
            number(&row.usage, |usage| usage.unpriced_calls)
        })
}

fn tokens(usage: &Usage) -> u64 {
    usage.input_tokens + usage.output_tokens
}

/// The section of the models without a price.
pub(super) fn unpriced_section(rows: &[UnpricedModel], context: &PageContext) -> Markup {
    html! {
        @if !rows.is_empty() {
            section aria-labelledby="unpriced" {
                h2 #unpriced { "Models without a price" }
                p.muted {
                    "No sum contains the cost of these calls. Add prices with "
                    code { "whose serve --prices FILE" } "."
                }
                (unpriced_table(context).html(rows, context))
            }
        }
    }
}

fn unpriced_table(context: &PageContext) -> Table<UnpricedModel> {
    let context = context.clone();
    let count = |row: &UnpricedModel, number| Value::Number {
        number,
        is_estimated: row.is_estimated,
    };
    Table::new("Models without a price")
        .column("model", move |row: &UnpricedModel| Value::Link {
            text: row.model.clone(),
            href: context.href_with("model", &*row.model),
        })
        .column("calls", move |row| count(row, row.calls))
        .column("tokens in", move |row| count(row, row.input_tokens))
        .column("tokens out", move |row| count(row, row.output_tokens))
}
