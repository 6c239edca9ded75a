//! The table of costs.

use whose_store::{CostRow, GroupBy, Price, UnpricedModel, Usage};

use super::usage::with_usage;
use crate::format::{escape, format_amounts, format_number, or_dash, pluralize};
use crate::table::Table;

pub(crate) fn costs(by: &GroupBy) -> Table<CostRow> {
    let title = match by {
        GroupBy::Tag(key) => format!("tag {}", escape(key)),
        other => other.to_string(),
    };
    let none = format!("(no {title})");
    let key = move |row: &CostRow| match &row.key {
        Some(key) => escape(key).into_owned(),
        None => none.clone(),
    };
    let table = Table::new()
        .id(&title, key)
        .number("calls", |row| format_number(row.usage.calls))
        .text("at the price of", |row| {
            row.price.as_ref().map_or(or_dash(None), price)
        })
        .unless_empty();
    with_usage(table, |row| row.usage)
}

fn price(price: &Price) -> String {
    let day = price
        .as_of
        .as_deref()
        .map(|day| format!(" of {}", escape(day)));
    format!("{}{}", escape(&price.model), day.unwrap_or_default())
}

pub(crate) fn cost_notes(total: &Usage, unpriced: &[UnpricedModel]) -> Vec<String> {
    if total.calls == 0 {
        return vec!["no model calls".to_owned()];
    }
    let cost = format_amounts(&[Some(total.cost_usd.unwrap_or_default())]).concat();
    let priced = total.calls.saturating_sub(total.unpriced_calls);
    let mut notes = vec![format!(
        "{cost} at list prices for {}",
        pluralize(priced, "call")
    )];
    if !unpriced.is_empty() {
        notes.push(format!(
            "{} of models without a price, at unknown cost (add prices with --prices FILE):",
            pluralize(total.unpriced_calls, "call")
        ));
    }
    notes.extend(unpriced.iter().map(|model| {
        let tokens = pluralize(model.input_tokens + model.output_tokens, "token");
        let calls = pluralize(model.calls, "call");
        format!("  {}: {calls}, {tokens}", escape(&model.model))
    }));
    notes
}
