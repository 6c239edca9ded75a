//! The rows of a cost report.

use serde::Serialize;

use super::pages::Rows;
use super::usage::{Usage, is_exact};
use crate::prices::Price;

/// The cost of model calls; see [`Queries::cost`](super::Queries::cost).
#[derive(Debug)]
#[non_exhaustive]
pub struct CostReport<'r> {
    /// One row for each group, ordered by cost, highest first.
    pub rows: Rows<'r, CostRow>,
    /// The models without a price, ordered by calls, most first. No sum of costs includes their
    /// calls.
    pub unpriced: Vec<UnpricedModel>,
    /// The usage of the calls without a user, by reason, ordered by cost, highest first. The rows
    /// and the total include these calls.
    pub unattributed: Vec<UnattributedCost>,
    /// The sum of all rows, including those past the limit.
    pub total: Usage,
}

/// The cost of one group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CostRow {
    /// The user, model, session, service, day or value; `None` for calls without one.
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
    /// Whether the numbers are estimates: see [`Usage::is_estimated`].
    #[serde(rename = "usage_estimated", skip_serializing_if = "is_exact")]
    pub is_estimated: bool,
}

/// The usage of the model calls without a user, for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct UnattributedCost {
    /// Why the calls have no user: a [`whose::UnattributedReason`], as text; `anonymous` for calls
    /// that have no user on purpose; or [`LATE`](Self::LATE).
    pub reason: String,
    /// The calls, tokens and cost.
    #[serde(flatten)]
    pub usage: Usage,
}

impl UnattributedCost {
    /// The reason of calls whose isolated scope was identified after the call.
    pub const LATE: &'static str = "late";
}
