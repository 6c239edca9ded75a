//! Merging the records of partitions by time, in bounded memory.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rusqlite::Transaction;

use super::pages::{MAX_COUNTED, Remaining};
use super::partitions::{Partition, Partitions};
use super::query::TimeRange;

/// The start and the row id of a record, by which records are ordered.
pub(super) type SortKey = (i64, i64);

/// Selects the records of a partition that a query returns.
pub(super) trait RecordSource {
    /// Emits the key of each selected record of the partition once, in any order.
    fn visit(
        &self,
        tx: &Transaction<'_>,
        partition: &Partition,
        emit: &mut dyn FnMut(SortKey),
    ) -> rusqlite::Result<()>;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    OldestFirst,
    NewestFirst,
}

impl Direction {
    /// Maps a key to its rank: the least rank comes first. Its own inverse.
    fn rank(self, (start, id): SortKey) -> SortKey {
        match self {
            Self::OldestFirst => (start, id),
            Self::NewestFirst => (!start, !id),
        }
    }

    /// The part of the range that a record at or after that start, in this direction, can be in.
    pub(super) fn range_from(self, range: TimeRange, start: i64) -> TimeRange {
        let until = start.saturating_add(1);
        match self {
            Self::OldestFirst => TimeRange {
                since: range.since.max(start),
                ..range
            },
            Self::NewestFirst => TimeRange {
                until: Some(range.until.map_or(until, |end| end.min(until))),
                ..range
            },
        }
    }

    /// The least rank that a record of the partition can have.
    fn min_rank(self, partition: &Partition) -> i64 {
        match self {
            Self::OldestFirst => partition.min_start,
            Self::NewestFirst => !partition.max_start,
        }
    }
}

/// The number of keys in memory.
#[derive(Clone, Copy)]
struct KeyBudget {
    /// Of all partitions together, approximately. A key takes 16 bytes.
    total: usize,
    /// Of one partition at least, so that reading it again is worthwhile.
    min_per_partition: usize,
    /// Of one partition at most: its number of records.
    max_per_partition: usize,
}

const KEY_BUDGET: KeyBudget = KeyBudget {
    total: 1 << 19,
    min_per_partition: 1 << 10,
    max_per_partition: 1 << 16,
};
/// The most partitions that are read to count the remaining rows.
const MAX_COUNTED_PARTITIONS: usize = 64;

/// A merge of the partitions of a file. Records are nearly in time order, so few partitions are
/// open at once. A partition is opened when the next record may be in it.
pub(super) struct TimeMerge {
    direction: Direction,
    range: TimeRange,
    budget: KeyBudget,
    /// Only records after this rank.
    after: Option<SortKey>,
    /// The partitions that are not open, the next one last.
    unopened: Vec<Partition>,
    open: Vec<OpenPartition>,
    /// The next rank of each open partition.
    heap: BinaryHeap<Reverse<(SortKey, usize)>>,
}

struct OpenPartition {
    partition: Partition,
    ranks: std::vec::IntoIter<SortKey>,
    /// The rank up to which the partition was read; `None` if it was read completely.
    read_up_to: Option<SortKey>,
}

impl TimeMerge {
    /// A merge of the records of the partitions, or of those after the key `after`.
    pub(super) fn new(
        direction: Direction,
        range: TimeRange,
        partitions: Partitions,
        after: Option<SortKey>,
    ) -> Self {
        let mut unopened = partitions.0;
        unopened
            .sort_by_key(|partition| Reverse((direction.min_rank(partition), partition.first_id)));
        Self {
            direction,
            range,
            budget: KEY_BUDGET,
            after: after.map(|key| direction.rank(key)),
            unopened,
            open: Vec::new(),
            heap: BinaryHeap::new(),
        }
    }

    /// The row id of the next record.
    pub(super) fn next(
        &mut self,
        tx: &Transaction<'_>,
        source: &dyn RecordSource,
    ) -> rusqlite::Result<Option<i64>> {
        while let Some(partition) = self.unopened.last().copied() {
            let least = self.direction.min_rank(&partition);
            if matches!(self.heap.peek(), Some(Reverse((next, _))) if next.0 < least) {
                break;
            }
            self.unopened.pop();
            self.open.push(OpenPartition {
                partition,
                ranks: Vec::new().into_iter(),
                read_up_to: self.after,
            });
            self.read_keys(tx, source, self.open.len() - 1)?;
        }
        let Some(Reverse((rank, index))) = self.heap.pop() else {
            return Ok(None);
        };
        match self.open[index].ranks.next() {
            Some(next) => self.heap.push(Reverse((next, index))),
            None if self.open[index].read_up_to.is_some() => self.read_keys(tx, source, index)?,
            // Frees the memory.
            None => self.open[index].ranks = Vec::new().into_iter(),
        }
        Ok(Some(self.direction.rank(rank).1))
    }

    /// Reads the next ranks of an open partition.
    fn read_keys(
        &mut self,
        tx: &Transaction<'_>,
        source: &dyn RecordSource,
        index: usize,
    ) -> rusqlite::Result<()> {
        let KeyBudget {
            total,
            min_per_partition,
            max_per_partition,
        } = self.budget;
        let capacity = (total / (self.heap.len() + 1)).clamp(min_per_partition, max_per_partition);
        let after = self.open[index].read_up_to;
        let mut ranks = Vec::new();
        let mut has_more = false;
        self.visit(
            tx,
            source,
            &self.open[index].partition,
            after,
            &mut |rank| {
                ranks.push(rank);
                if ranks.len() == 2 * capacity {
                    ranks.select_nth_unstable(capacity);
                    ranks.truncate(capacity);
                    has_more = true;
                }
            },
        )?;
        ranks.sort_unstable();
        if ranks.len() > capacity {
            ranks.truncate(capacity);
            has_more = true;
        }
        let open = &mut self.open[index];
        open.read_up_to = ranks.last().copied().filter(|_| has_more);
        open.ranks = ranks.into_iter();
        if let Some(next) = open.ranks.next() {
            self.heap.push(Reverse((next, index)));
        }
        Ok(())
    }

    /// Emits the ranks of a partition that are in the time range and come after `after`.
    fn visit(
        &self,
        tx: &Transaction<'_>,
        source: &dyn RecordSource,
        partition: &Partition,
        after: Option<SortKey>,
        emit: &mut dyn FnMut(SortKey),
    ) -> rusqlite::Result<()> {
        source.visit(tx, partition, &mut |key| {
            let rank = self.direction.rank(key);
            if self.range.contains(key.0) && after.is_none_or(|after| rank > after) {
                emit(rank);
            }
        })
    }

    /// Counts the records that follow.
    pub(super) fn count_rest(
        &self,
        tx: &Transaction<'_>,
        source: &dyn RecordSource,
    ) -> rusqlite::Result<Remaining> {
        let in_memory = self.open.iter().map(|open| open.ranks.len() as u64);
        let mut count = self.heap.len() as u64 + in_memory.sum::<u64>();
        let partly_read = self
            .open
            .iter()
            .filter(|open| open.read_up_to.is_some())
            .map(|open| (&open.partition, open.read_up_to));
        let unopened = self
            .unopened
            .iter()
            .rev()
            .map(|partition| (partition, self.after));
        for (index, (partition, after)) in partly_read.chain(unopened).enumerate() {
            if index == MAX_COUNTED_PARTITIONS || count > MAX_COUNTED {
                return Ok(Remaining::at_least(count));
            }
            self.visit(tx, source, partition, after, &mut |_| count += 1)?;
        }
        Ok(Remaining::exactly(count))
    }
}

#[cfg(test)]
mod tests;
