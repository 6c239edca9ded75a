//! The sums that the readers of one file share.

use std::sync::{Arc, Mutex};

use super::id_map::IdMap;
use super::kept_graphs::KeptGraphs;
use super::late_count::LateCount;
use super::leader_days::LeaderDays;
use super::owner_days::OwnerDays;
use super::record_summary::RecordSummary;
use super::rollup::Piece;
use super::usage_summary::UsageSummary;

/// The sums of the full partitions, which readers of one file share.
///
/// A full partition changes only where records are deleted, and has another row id then.
#[derive(Debug, Default)]
pub(super) struct SummaryCache {
    pub(super) records: Mutex<Arc<Kept<RecordSummary>>>,
    pub(super) calls: Mutex<Arc<Kept<UsageSummary>>>,
    pub(super) days: Mutex<Arc<Kept<OwnerDays>>>,
    pub(super) leaders: Mutex<Arc<Kept<LeaderDays>>>,
    pub(super) graphs: Mutex<KeptGraphs>,
    pub(super) late: Mutex<Kept<IdMap<LateCount>>>,
}

/// A sum of some rollups.
#[derive(Clone, Debug, Default)]
pub(super) struct Kept<S> {
    /// The row ids of the rollups, in order.
    pub(super) ids: Vec<i64>,
    pub(super) sum: S,
}

impl<S> Kept<S> {
    /// A sum of no rollup.
    pub(super) fn new(sum: S) -> Self {
        Self {
            ids: Vec::new(),
            sum,
        }
    }

    /// Whether each rollup of the sum is one of the pieces.
    pub(super) fn is_part_of(&self, pieces: &[Piece]) -> bool {
        let ids = ids_of(pieces);
        self.ids.iter().all(|id| ids.binary_search(id).is_ok())
    }
}

/// The row ids of the lasting rollups, in order.
pub(super) fn ids_of(pieces: &[Piece]) -> Vec<i64> {
    let mut ids: Vec<i64> = pieces.iter().filter_map(Piece::lasting).collect();
    ids.sort_unstable();
    ids
}
