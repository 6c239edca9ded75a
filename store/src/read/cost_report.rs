//! The rows of a cost report.

use serde::Serialize;

use super::pages::Rows;
use super::usage::Usage;
use crate::prices::Price;

/// The cost of model calls; see [`Reader::cost`](super::Reader::cost).
#[derive(Debug)]
#[non_exhaustive]
pub struct CostReport<'r> {
    /// One row for each user, model, session or tag value, ordered by cost, highest first.
    pub rows: Rows<'r, CostRow>,
    /// The models without a price, ordered by calls, most first. No sum of costs includes their
    /// calls.
    pub unpriced: Vec<UnpricedModel>,
    /// The sum of all rows, including those past the limit.
    pub total: Usage,
}

/// The cost of one user, model, session or tag value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CostRow {
    /// The user, model, session or tag value; `None` for calls without one.
    pub key: Option<String>,
    /// The standard price of the model today; only set if the report is grouped by model. A call is
    /// billed at the price of its day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
    /// The calls, tokens and cost.
    #[serde(flatten)]
    pub usage: Usage,
}

/// A model without a price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct UnpricedModel {
    /// The model.
    pub model: String,
    /// The number of calls.
    pub calls: u64,
    /// Input tokens.
    pub input_tokens: u64,
    /// Output tokens.
    pub output_tokens: u64,
}
