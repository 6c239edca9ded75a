//! The page of costs.

use maud::{Markup, html};
use whose_store::{Queries, Usage, Usd};

use super::changes::changes_section;
use super::data::{Cost, CostPage, load};
use super::filters::{filter_list, filter_of, group_tabs};
use super::gaps::{unattributed_section, unpriced_section};
use super::groups::{amount, group_csv, group_table, number};
use super::invoice_form::invoice_section;
use super::over_time::{check_metric, over_time_section};
use crate::export::CsvTable;
use crate::pages::components::empty_state;
use crate::pages::page_error::PageError;
use crate::pages::view::{PageBody, PageContext, View};
use crate::url_query::UrlQuery;

/// The cost of model calls, by any group.
#[derive(Debug)]
pub(crate) struct CostView;

impl View for CostView {
    type Data = Cost;

    const PATH: &'static str = "/cost";

    fn load(store: &dyn Queries, query: &UrlQuery) -> Result<Cost, PageError> {
        check_metric(query)?;
        load(store, query)
    }

    /// Sums over one user show what the user did.
    fn body(data: &Cost, context: &PageContext) -> PageBody {
        // `load` has read the same conditions.
        let filter = filter_of(&context.query).unwrap_or_default();
        let is_filtered = filter.conditions().next().is_some();
        let content = html! {
            (filter_list(context, &filter))
            @match &data.page {
                Some(page) if page.total.calls == 0 => (no_calls(is_filtered)),
                Some(page) => {
                    (figures(page))
                    (group_tabs(context, &data.by))
                    (group_table(&data.by, page, context))
                    (over_time(data, context))
                    (changes_section(&data.by, page.changes.as_ref(), context))
                    (unattributed_section(&page.unattributed, context))
                    (unpriced_section(&page.unpriced, context))
                },
                None => (over_time(data, context)),
            }
            @if let Some(page) = &data.page {
                (invoice_section(page.invoice.as_ref(), context))
            }
        };
        PageBody {
            scripts: &["uplot.css", "uplot.js", "charts.js"],
            ..PageBody::new("Cost", content)
        }
    }

    fn csv(data: &Cost) -> CsvTable {
        let page = data.page.as_ref();
        page.map_or_else(CsvTable::default, |page| group_csv(&data.by, page))
    }
}

fn over_time(data: &Cost, context: &PageContext) -> Markup {
    let section = |costs| over_time_section(&data.by, costs, context);
    html! { @if let Some(costs) = &data.over_time { (section(costs)) } }
}

/// The sums of the page.
fn figures(data: &CostPage) -> Markup {
    let total = &data.total;
    let mut unattributed = Usage::default();
    let costs = data
        .unattributed
        .iter()
        .filter_map(|row| row.usage.cost_usd);
    unattributed.cost_usd = Some(costs.sum::<Usd>());
    unattributed.is_estimated = data.unattributed.iter().any(|row| row.usage.is_estimated);
    html! {
        dl.figures {
            div { dt { "Cost at list prices" } dd { (amount(total).html()) } }
            div { dt { "Without a user" } dd { (amount(&unattributed).html()) } }
            div { dt { "Model calls" } dd { (number(total, |usage| usage.calls).html()) } }
            div { dt { "Calls without a price" } dd { (number(total, |usage| usage.unpriced_calls).html()) } }
            div { dt { "Tokens in" } dd { (number(total, |usage| usage.input_tokens).html()) } }
            div { dt { "Tokens out" } dd { (number(total, |usage| usage.output_tokens).html()) } }
        }
    }
}

/// What the page shows where no call matches.
fn no_calls(is_filtered: bool) -> Markup {
    if is_filtered {
        return empty_state(
            "No model call matches the filters in this time range.",
            "Remove a filter, or choose a longer time range.",
        );
    }
    html! {
        (empty_state(
            "No model call is recorded in this time range.",
            "Choose a longer time range, or record each call of a model in the service:",
        ))
        pre.example tabindex="0" { code {
            "whose::usage(\"gpt-4o-mini\")\n    .provider(\"openai\")\n    .input_tokens(1000)\n    .output_tokens(200)\n    .record();"
        } }
    }
}
