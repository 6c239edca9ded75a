//! The table of costs.

use whose_store::{CostRow, GroupBy, Price, UnattributedCost, UnpricedModel, Usage, Usd};

use super::usage::{number, with_billed_usage};
use crate::command_line::table::Table;
use crate::values::{escape, estimate, format_amounts, or_dash, pluralize};

pub(crate) fn costs(by: &GroupBy) -> Table<CostRow> {
    let title = group_title(by);
    let none = format!("(no {title})");
    let key = move |row: &CostRow| match &row.key {
        Some(key) => escape(key).into_owned(),
        None => none.clone(),
    };
    let table = Table::new()
        .id(&title, key)
        .number("calls", |row| number(row.usage, |it| it.calls))
        .text("at the price of", |row| {
            row.price.as_ref().map_or(or_dash(None), price)
        })
        .unless_empty();
    with_billed_usage(table, |row| row.usage)
}

/// The title of the column of the groups.
pub(super) fn group_title(by: &GroupBy) -> String {
    match by {
        GroupBy::Tag(key) => format!("tag {}", escape(key)),
        GroupBy::Attr(key) => escape(key).into_owned(),
        other => other.to_string(),
    }
}

fn price(price: &Price) -> String {
    let day = price
        .as_of
        .as_deref()
        .map(|day| format!(" of {}", escape(day)));
    format!("{}{}", escape(&price.model), day.unwrap_or_default())
}

pub(crate) fn cost_notes(
    total: &Usage,
    unpriced: &[UnpricedModel],
    unattributed: &[UnattributedCost],
) -> Vec<String> {
    if total.calls == 0 {
        return vec!["no model calls".to_owned()];
    }
    let cost = cost(total);
    let is_estimated = total.is_estimated;
    let priced = total.calls.saturating_sub(total.unpriced_calls);
    let mut notes = vec![format!(
        "{cost} at list prices for {}",
        estimate(pluralize(priced, "call"), is_estimated)
    )];
    notes.push(unattributed_note(unattributed));
    if !unpriced.is_empty() {
        notes.push(format!(
            "{} of models without a price, at unknown cost (add prices with --prices FILE):",
            estimate(pluralize(total.unpriced_calls, "call"), is_estimated)
        ));
    }
    notes.extend(unpriced.iter().map(|model| {
        let tokens = pluralize(model.input_tokens + model.output_tokens, "token");
        let tokens = estimate(tokens, model.is_estimated);
        let calls = estimate(pluralize(model.calls, "call"), model.is_estimated);
        format!("  {}: {calls}, {tokens}", escape(&model.model))
    }));
    notes
}

fn cost(usage: &Usage) -> String {
    let cost = format_amounts(&[Some(usage.cost_usd.unwrap_or_default())]).concat();
    estimate(cost, usage.is_estimated)
}

/// The cost of the calls without a user, and the reasons.
fn unattributed_note(unattributed: &[UnattributedCost]) -> String {
    let calls: u64 = unattributed.iter().map(|row| row.usage.calls).sum();
    if calls == 0 {
        return "unattributed: none, every call has a user".to_owned();
    }
    let is_estimated = unattributed.iter().any(|row| row.usage.is_estimated);
    let sum = unattributed.iter().filter_map(|row| row.usage.cost_usd);
    let sum = sum.fold(Usd::default(), |sum, cost| sum + cost);
    let reasons = unattributed.iter().map(|row| {
        let reason = match &*row.reason {
            UnattributedCost::LATE => "identified after the call".to_owned(),
            reason => escape(reason).into_owned(),
        };
        let calls = estimate(pluralize(row.usage.calls, "call"), row.usage.is_estimated);
        format!("{reason} {} for {calls}", cost(&row.usage))
    });
    format!(
        "unattributed: {} for {} ({})",
        estimate(format_amounts(&[Some(sum)]).concat(), is_estimated),
        estimate(pluralize(calls, "call"), is_estimated),
        reasons.collect::<Vec<_>>().join(", ")
    )
}
