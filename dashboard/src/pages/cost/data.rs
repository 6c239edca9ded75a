//! Querying the data of the page of costs.

use serde::Serialize;
use whose_store::{
    CostChanges, CostFilter, CostOverTime, CostReport, CostRow, GroupBy, Queries, Query,
    UnattributedCost, UnpricedModel, Usage,
};

use super::filters::filter_of;
use super::invoice::{Invoice, compare};
use super::rest::rest;
use crate::pages::components::PAGE_ROWS;
use crate::pages::page_error::PageError;
use crate::url_query::{InvalidParameter, UrlQuery};

/// The most groups of one page, with the parameter `limit`.
pub(super) const MAX_GROUPS: usize = 10_000;
/// The most series of the chart: as many as there are colours, less the one of the other groups.
const SERIES: usize = 7;
/// The most groups in the table of changes.
const CHANGES: usize = 10;

/// The data of the page of costs.
#[derive(Debug, Serialize)]
pub(crate) struct Cost {
    /// The groups of all numbers.
    #[serde(serialize_with = "as_text")]
    pub(super) by: GroupBy,
    /// `None` if the URL asks for the groups alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) over_time: Option<CostOverTime>,
    /// All but the numbers of the chart; `None` if the URL asks for the chart alone.
    #[serde(flatten)]
    pub(super) page: Option<CostPage>,
}

/// What the page shows beside the chart.
#[derive(Debug, Serialize)]
pub(super) struct CostPage {
    /// The groups with the highest cost.
    pub(super) rows: Vec<CostRow>,
    /// The number and the sum of the groups past the limit.
    pub(super) more_groups: u64,
    pub(super) more: Usage,
    pub(super) total: Usage,
    pub(super) unattributed: Vec<UnattributedCost>,
    pub(super) unpriced: Vec<UnpricedModel>,
    pub(super) changes: Option<CostChanges>,
    pub(super) invoice: Option<Invoice>,
}

/// The value of the parameter `part` of a URL whose JSON has the numbers of the chart alone.
pub(super) const CHART: &str = "chart";
/// The value of the parameter `part` of a URL whose JSON has the groups alone.
const GROUPS: &str = "groups";

fn as_text<S: serde::Serializer>(by: &GroupBy, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(by)
}

/// Queries the data.
pub(super) fn load(store: &dyn Queries, query: &UrlQuery) -> Result<Cost, PageError> {
    let by: GroupBy = query.parsed("by")?.unwrap_or_default();
    let filter = filter_of(query)?;
    let range = query.range(group_limit(query)?)?;
    let bucket = query.parsed("bucket")?;
    let part = query.get("part");
    Ok(Cost {
        over_time: match part {
            Some(GROUPS) => None,
            _ => {
                let series = query.page_rows(SERIES)?;
                Some(store.cost_over_time(&by, bucket, &filter, &range.limit(series))?)
            }
        },
        page: match part {
            Some(CHART) => None,
            _ => Some(load_page(store, query, &by, &filter, &range)?),
        },
        by,
    })
}

fn load_page(
    store: &dyn Queries,
    query: &UrlQuery,
    by: &GroupBy,
    filter: &CostFilter,
    range: &Query,
) -> Result<CostPage, PageError> {
    let CostReport {
        mut rows,
        unpriced,
        unattributed,
        total,
        ..
    } = store.filtered_cost(by, filter, range)?;
    let groups = rows.by_ref().collect::<Result<Vec<_>, _>>()?;
    Ok(CostPage {
        more_groups: rows.remaining()?.count,
        more: rest(&total, &groups),
        rows: groups,
        total,
        unattributed,
        unpriced,
        changes: store.cost_changes(by, filter, &range.limit(CHANGES))?,
        invoice: compare(store, query, filter)?,
    })
}

fn group_limit(query: &UrlQuery) -> Result<usize, InvalidParameter> {
    let limit: usize = query.parsed("limit")?.unwrap_or(PAGE_ROWS);
    Ok(limit.clamp(1, MAX_GROUPS))
}
