//! The sums that the readers of one file share.

use std::sync::{Arc, Mutex};

use super::owner_days::OwnerDays;
use super::record_summary::RecordSummary;
use super::usage_summary::UsageSummary;

/// The sums of the full partitions, which readers of one file share.
///
/// A full partition changes only where records are deleted, and has another row id then.
#[derive(Debug, Default)]
pub(super) struct SummaryCache {
    pub(super) records: Mutex<Arc<Kept<RecordSummary>>>,
    pub(super) calls: Mutex<Arc<Kept<UsageSummary>>>,
    pub(super) days: Mutex<Arc<Kept<OwnerDays>>>,
}

/// A sum of some rollups.
#[derive(Clone, Debug, Default)]
pub(super) struct Kept<S> {
    /// The row ids of the rollups, in order.
    pub(super) ids: Vec<i64>,
    pub(super) sum: S,
}
