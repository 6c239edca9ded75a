//! The partitions of a file: 65,536 records each.

use rusqlite::{OptionalExtension, Transaction, params};

use super::query::TimeRange;

/// A range of records, and their start times.
#[derive(Clone, Copy, Debug)]
pub(super) struct Partition {
    pub(super) first_id: i64,
    pub(super) last_id: i64,
    /// The earliest and latest start; the widest range if the file has no times of the partition.
    pub(super) min_start: i64,
    pub(super) max_start: i64,
}

impl Partition {
    /// The index key of a user or session in this partition.
    pub(super) fn key(&self, id: i64) -> i64 {
        (self.first_id >> 16 << 32) | id
    }
}

/// The partitions of a snapshot that can contain records of a time range, in file order.
///
/// Records are only added, so the records up to the newest one form a snapshot, across several
/// transactions.
#[derive(Clone, Debug, Default)]
pub(super) struct Partitions(pub(super) Vec<Partition>);

impl Partitions {
    pub(super) fn load(tx: &Transaction<'_>, range: TimeRange) -> rusqlite::Result<Self> {
        let newest: Option<i64> =
            tx.query_row("SELECT max(id) FROM records", (), |row| row.get(0))?;
        let Some(newest) = newest else {
            return Ok(Self::default());
        };
        // Found by their first records. Counting down from the newest row id would give a partition
        // for each of 2^47 ids of a forged file.
        let mut next = tx.prepare_cached(
            "SELECT id FROM records WHERE id >= ?1 AND id <= ?2 ORDER BY id LIMIT 1",
        )?;
        let mut times =
            tx.prepare_cached("SELECT first_start, last_start FROM part_times WHERE part = ?1")?;
        let mut partitions = Vec::new();
        let mut from = i64::MIN;
        while let Some(id) = next
            .query_row(params![from, newest], |row| row.get::<_, i64>(0))
            .optional()?
        {
            let (min_start, max_start) = times
                .query_row([id >> 16], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?
                .unwrap_or((i64::MIN, i64::MAX));
            let partition = Partition {
                first_id: id >> 16 << 16,
                last_id: (id | 0xffff).min(newest),
                min_start,
                max_start,
            };
            if range.overlaps(min_start, max_start) {
                partitions.push(partition);
            }
            match partition.last_id.checked_add(1) {
                Some(after) => from = after,
                None => break,
            }
        }
        Ok(Self(partitions))
    }

    /// The partitions but those whose first row id `is_left_out`.
    pub(super) fn without(&self, is_left_out: impl Fn(i64) -> bool) -> Self {
        let kept = self
            .0
            .iter()
            .filter(|partition| !is_left_out(partition.first_id));
        Self(kept.copied().collect())
    }

    /// The row id of the newest record.
    pub(super) fn newest_id(&self) -> i64 {
        self.0
            .last()
            .map_or(i64::MIN, |partition| partition.last_id)
    }

    /// The indexes of the partitions as a JSON array, for `json_each`.
    pub(super) fn to_json(&self) -> String {
        let indexes: Vec<_> = self
            .0
            .iter()
            .map(|partition| partition.first_id >> 16)
            .collect();
        serde_json::to_string(&indexes).unwrap_or_default()
    }
}
