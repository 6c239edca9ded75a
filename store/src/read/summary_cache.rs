//! The sums that the readers of one file share.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use foldhash::fast::RandomState;

use super::id_map::IdMap;
use super::late_count::LateCount;
use super::leader_days::LeaderDays;
use super::owner_days::{OwnerDay, OwnerDays};
use super::record_summary::RecordSummary;
use super::rollup::{Owner, Piece};
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
    /// The days of an owner that were read from the records of a partition, by the owner and the row
    /// id of the rollup.
    read_days: Mutex<HashMap<(Owner, i64), Vec<OwnerDay>, RandomState>>,
    pub(super) late: Mutex<Kept<IdMap<LateCount>>>,
}

/// The most partitions of owners whose days are kept after they were read: some megabytes.
const MAX_READ_DAYS: usize = 20_000;

impl SummaryCache {
    /// The days of an owner in a partition, which `read` reads if they are not kept.
    pub(super) fn days_of_partition(
        &self,
        key: (Owner, i64),
        read: impl FnOnce() -> rusqlite::Result<Vec<OwnerDay>>,
    ) -> rusqlite::Result<Vec<OwnerDay>> {
        let kept = || {
            self.read_days
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        if let Some(days) = kept().get(&key) {
            return Ok(days.clone());
        }
        let days = read()?;
        let mut kept = kept();
        if kept.len() >= MAX_READ_DAYS {
            kept.clear();
        }
        kept.insert(key, days.clone());
        Ok(days)
    }
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
