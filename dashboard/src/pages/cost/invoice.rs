//! A month against an invoice.

use serde::Serialize;
use whose_store::{CostFilter, Day, GroupBy, Queries, Query, Timestamp, Usage, Usd};

use super::rest::rest;
use crate::pages::page_error::PageError;
use crate::url_query::{InvalidParameter, UrlQuery};
use crate::values::parse_usd;

/// The most providers, and the most models of each, that are compared by name.
const PROVIDERS: usize = 20;
const MODELS: usize = 50;

/// The computed cost of a month beside the amount of an invoice.
#[derive(Debug, Serialize)]
pub(super) struct Invoice {
    /// The month, in UTC: `2026-11`.
    pub(super) month: String,
    pub(super) since: Timestamp,
    pub(super) until: Timestamp,
    /// The calls of the month that meet the filter of the page.
    pub(super) total: Usage,
    /// The amount of the invoice; `None` if the URL has none.
    pub(super) invoice_usd: Option<Usd>,
    /// The amount of the invoice, less the computed cost.
    pub(super) difference_usd: Option<Usd>,
    /// The cost by provider and model, highest first.
    pub(super) rows: Vec<InvoiceRow>,
    /// The calls of the models that no row shows.
    pub(super) more: Usage,
}

/// The calls of one model of one provider.
#[derive(Debug, Serialize)]
pub(super) struct InvoiceRow {
    pub(super) provider: Option<String>,
    pub(super) model: Option<String>,
    #[serde(flatten)]
    pub(super) usage: Usage,
}

/// Compares the month of the URL with its invoice; `None` if the URL has no month.
pub(super) fn compare(
    store: &dyn Queries,
    query: &UrlQuery,
    filter: &CostFilter,
) -> Result<Option<Invoice>, PageError> {
    let Some(month) = query.get("month") else {
        return Ok(None);
    };
    let (since, until) = month_range(month)?;
    let invoice_usd = query.get("invoice").map(parse_usd).transpose();
    let invoice_usd = invoice_usd.map_err(|reason| InvalidParameter {
        name: "invoice",
        reason: reason.to_owned(),
    })?;
    let range = Query::new().since(since).until(until);
    let providers = store.filtered_cost(&GroupBy::Provider, filter, &range.limit(PROVIDERS))?;
    let total = providers.total;
    let (mut rows, mut shown) = (Vec::new(), Vec::new());
    for provider in providers.rows.collect::<Result<Vec<_>, _>>()? {
        let of_provider = match &provider.key {
            Some(name) => filter.clone().only(GroupBy::Provider, name),
            None => filter.clone().without(GroupBy::Provider),
        };
        let models = store.filtered_cost(&GroupBy::Model, &of_provider, &range.limit(MODELS))?;
        for model in models.rows {
            let model = model?;
            rows.push(InvoiceRow {
                provider: provider.key.clone(),
                model: model.key.clone(),
                usage: model.usage,
            });
            shown.push(model);
        }
    }
    let computed = total.cost_usd.unwrap_or_default();
    Ok(Some(Invoice {
        month: month.to_owned(),
        since,
        until,
        more: rest(&total, &shown),
        total,
        difference_usd: invoice_usd.map(|invoice| invoice - computed),
        invoice_usd,
        rows,
    }))
}

/// The first time of a month, and the first time after the month.
fn month_range(month: &str) -> Result<(Timestamp, Timestamp), InvalidParameter> {
    let invalid = || InvalidParameter {
        name: "month",
        reason: format!("{month:?} is not a month: expected YYYY-MM, such as `2026-11`"),
    };
    let first: Day = format!("{month}-01").parse().map_err(|_| invalid())?;
    let start = |day: Day| {
        let nanos = day.as_unix_days().checked_mul(86_400_000_000_000);
        nanos.map(Timestamp::from_nanos).ok_or_else(invalid)
    };
    Ok((start(first)?, start(first.first_of_next_month())?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn month_begins_and_ends_in_utc() {
        let (since, until) = month_range("2026-12").unwrap();
        assert_eq!(format!("{since:.3}"), "2026-12-01T00:00:00.000Z");
        assert_eq!(format!("{until:.3}"), "2027-01-01T00:00:00.000Z");
        for month in [
            "",
            "2026",
            "2026-13",
            "2026-1",
            "9999-12",
            "2026-11-01",
            "é",
        ] {
            assert_eq!(month_range(month).unwrap_err().name, "month");
        }
    }
}
