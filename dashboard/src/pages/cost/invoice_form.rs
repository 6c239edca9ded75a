//! The form and the table that compare a month with an invoice.

use maud::{Markup, html};
use whose_store::{Usage, Usd};

use super::groups::{amount, number};
use super::invoice::{Invoice, InvoiceRow};
use crate::pages::components::{Table, Value};
use crate::pages::view::PageContext;
use crate::values::{escape, format_percent, pluralize};

/// The section of the page.
pub(super) fn invoice_section(invoice: Option<&Invoice>, context: &PageContext) -> Markup {
    let others = context.query.without("month").without("invoice");
    html! {
        section aria-labelledby="invoice" {
            h2 #invoice { "A month against an invoice" }
            form.filters action=(context.path) method="get" {
                @for (name, value) in others.pairs() {
                    input type="hidden" name=(name) value=(value);
                }
                label {
                    "Month (UTC) "
                    input name="month" type="month" required placeholder="2026-11" pattern="[0-9]{4}-[0-9]{2}"
                        value=[context.query.get("month")];
                }
                label {
                    "Invoice in US dollars "
                    input name="invoice" inputmode="decimal" size="12" placeholder="123.45"
                        value=[context.query.get("invoice")];
                }
                button type="submit" { "Compare" }
            }
            @if let Some(invoice) = invoice {
                (comparison(invoice))
                @if invoice.total.calls > 0 {
                    (invoice_table(invoice, context))
                }
            }
        }
    }
}

/// What the invoice and the computed cost differ in.
fn comparison(invoice: &Invoice) -> Markup {
    let total = &invoice.total;
    let computed = total.cost_usd.unwrap_or_default();
    let unpriced = total.unpriced_calls;
    html! {
        dl.figures {
            div { dt { "Computed for " (escape(&invoice.month)) } dd { (computed) } }
            @if let (Some(amount), Some(difference)) = (invoice.invoice_usd, invoice.difference_usd) {
                div { dt { "Invoice" } dd { (amount) } }
                div { dt { "Difference" } dd { (signed(difference)) (percent(difference, computed)) } }
            }
            div { dt { "Calls" } dd { (number(total, |usage| usage.calls).html()) } }
        }
        @if unpriced > 0 {
            p.notice {
                (pluralize(unpriced, "call")) " of this month "
                @if unpriced == 1 { "has" } @else { "have" }
                " no price, and the computed cost does not contain "
                @if unpriced == 1 { "it." } @else { "them." }
            }
        }
    }
}

/// An amount with its sign.
pub(super) fn signed(amount: Usd) -> String {
    match amount > Usd::default() {
        true => format!("+{amount}"),
        false => amount.to_string(),
    }
}

/// The size of a change in per cent of the amount before, with its sign.
fn percent(change: Usd, before: Usd) -> String {
    match relative_change(change, before) {
        Some(text) => format!(" ({text})"),
        None => String::new(),
    }
}

/// A change in per cent, with its sign; `None` for a change from nothing.
pub(super) fn relative_change(change: Usd, before: Usd) -> Option<String> {
    let sign = if change < Usd::default() { "-" } else { "+" };
    let (change, before) = (
        change.as_picos().unsigned_abs(),
        before.as_picos().unsigned_abs(),
    );
    (before > 0).then(|| format!("{sign}{}", format_percent(change, before)))
}

/// A row of the table: a model, the models past the limit, or all.
enum Line<'i> {
    Model(&'i InvoiceRow),
    Sum(&'static str, Usage),
}

impl Line<'_> {
    fn usage(&self) -> &Usage {
        match self {
            Self::Model(row) => &row.usage,
            Self::Sum(_, usage) => usage,
        }
    }
}

fn invoice_table(invoice: &Invoice, context: &PageContext) -> Markup {
    let rows: Vec<Line<'_>> = invoice.rows.iter().map(Line::Model).collect();
    let more = (invoice.more.calls > 0).then_some(Line::Sum("other models", invoice.more));
    let sums: Vec<Line<'_>> = more
        .into_iter()
        .chain([Line::Sum("total", invoice.total)])
        .collect();
    let table = Table::new("The month by provider and model")
        .column("provider", |line: &Line<'_>| match line {
            Line::Model(row) => Value::text(row.provider.as_deref()),
            Line::Sum(name, _) => Value::Label((*name).to_owned()),
        })
        .column("model", |line| match line {
            Line::Model(row) => Value::text(row.model.as_deref()),
            Line::Sum(..) => Value::Missing,
        })
        .column("calls", |line| number(line.usage(), |usage| usage.calls))
        .column("tokens in", |line| {
            number(line.usage(), |usage| usage.input_tokens)
        })
        .column("tokens out", |line| {
            number(line.usage(), |usage| usage.output_tokens)
        })
        .column("unpriced calls", |line| {
            number(line.usage(), |usage| usage.unpriced_calls)
        })
        .column("computed cost", |line| amount(line.usage()));
    table.html_with_sums(&rows, &sums, context)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn change_has_its_sign_and_none_from_nothing() {
        let usd = |cents: i128| Usd::from_picos(cents * 10_000_000_000);
        assert_eq!(signed(usd(5)), "+$0.05");
        assert_eq!(signed(usd(-5)), "-$0.05");
        assert_eq!(relative_change(usd(50), usd(200)).as_deref(), Some("+25%"));
        assert_eq!(relative_change(usd(-1), usd(200)).as_deref(), Some("-<1%"));
        assert_eq!(relative_change(usd(50), usd(0)), None);
    }
}
