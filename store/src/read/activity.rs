//! The activity of one user or one session.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension, Transaction, params};
use whose::Timestamp;

use super::call::{self, Call};
use super::column::{Column, ListEntry};
use super::id_set::IdSet;
use super::late::late_between;
use super::owner_days::OwnerDay;
use super::partitions::Partitions;
use super::prices::ModelPrices;
use super::query::TimeRange;
use super::reader::Reader;
use super::record_types::{CountsSum, RecordTypes};
use super::rows::{Counts, DayActivity};
use super::usage::{Usage, UsageSum};
use super::weight::Weights;
use crate::prices::Day;

/// The activity of one user or one session.
pub(super) struct Activity {
    pub(super) first: Timestamp,
    pub(super) last: Timestamp,
    pub(super) counts: Counts,
    /// The sessions of a user, or the users of a session.
    pub(super) related: IdSet,
    /// Records that a link attributes to the user.
    pub(super) late: u64,
    pub(super) usage: Usage,
}

/// The parts of a record that are counted.
struct CountedRecord {
    start: i64,
    end: i64,
    site: i64,
    related: Option<i64>,
    weight: f64,
    call: Option<Call>,
}

/// Reads the activity of users or sessions by their index.
pub(super) struct ActivityReader<'r> {
    column: Column,
    range: TimeRange,
    types: RecordTypes,
    weights: Weights,
    prices: ModelPrices<'r>,
    partitions: Vec<PartitionBound>,
    newest: i64,
    records: String,
}

/// The greatest row id of a user or session in a partition and all before it. Row ids are assigned
/// when a user is first seen, so a late user is searched in few partitions.
struct PartitionBound {
    index: i64,
    max_id: i64,
}

fn partition_bounds(
    tx: &Transaction<'_>,
    column: Column,
    partitions: &Partitions,
) -> rusqlite::Result<Vec<PartitionBound>> {
    let mut statement = tx.prepare_cached(&column.max_key())?;
    let mut max_so_far = i64::MIN;
    let bounds = partitions.0.iter().map(|partition| {
        let keys = params![partition.key(0), partition.key(0xffff_ffff)];
        let key: Option<i64> = statement.query_row(keys, |row| row.get(0)).optional()?;
        let max_id = key.map_or(i64::MIN, |key| key & 0xffff_ffff);
        max_so_far = max_so_far.max(max_id);
        Ok(PartitionBound {
            index: partition.first_id >> 16,
            max_id: max_so_far,
        })
    });
    bounds.collect()
}

impl<'r> ActivityReader<'r> {
    pub(super) fn new(
        reader: &'r Reader,
        tx: &Transaction<'_>,
        column: Column,
        partitions: &Partitions,
        range: TimeRange,
    ) -> rusqlite::Result<Self> {
        // Looking up the call of each record takes a third of the time. Skipped if the file has no
        // calls.
        let has_calls: bool =
            tx.query_row("SELECT EXISTS (SELECT 1 FROM usages)", (), |row| row.get(0))?;
        let (columns, calls) = match has_calls {
            true => (call::COLUMNS, "LEFT JOIN usages g ON g.record = r.id"),
            false => (call::NO_COLUMNS, ""),
        };
        Ok(Self {
            column,
            range,
            types: RecordTypes::load(tx)?,
            weights: Weights::load(tx)?,
            prices: ModelPrices::load(reader.prices(), tx)?,
            partitions: partition_bounds(tx, column, partitions)?,
            newest: partitions.newest_id(),
            records: format!(
                "SELECT r.start, r.duration, r.site, r.{}, r.traits, {columns} FROM {} {calls}",
                column.related(),
                column.records_of_partitions()
            ),
        })
    }

    /// The partitions that can contain records of the entry, as a JSON array.
    fn partitions_of(&self, entry: &ListEntry) -> String {
        let is_before = |partition: &PartitionBound| partition.max_id < entry.id;
        let is_up_to = |partition: &PartitionBound| partition.index <= entry.last_record_id >> 16;
        let from = self.partitions.partition_point(is_before);
        let to = self.partitions.partition_point(is_up_to).max(from);
        let indexes = self.partitions[from..to]
            .iter()
            .map(|partition| partition.index);
        serde_json::to_string(&indexes.collect::<Vec<_>>()).unwrap_or_default()
    }

    pub(super) fn activity(
        &self,
        tx: &Transaction<'_>,
        entry: &ListEntry,
    ) -> rusqlite::Result<Activity> {
        let (mut first, mut last) = (i64::MAX, i64::MIN);
        let (mut counts, mut related) = (CountsSum::default(), IdSet::default());
        let (mut usage, mut last_related) = (UsageSum::default(), None);
        self.each_record(tx, entry, |record| {
            first = first.min(record.start);
            last = last.max(record.end);
            self.types.count(&mut counts, record.site, record.weight);
            // Consecutive records usually belong to the same session.
            if record.related != last_related {
                last_related = record.related;
                record.related.map(|related_id| related.insert(related_id));
            }
            if let Some(call) = &record.call {
                let cost = self.prices.cost(call, record.start);
                usage.add_call(&call.tokens, cost, record.weight);
            }
        })?;
        let late = match self.column {
            Column::User => {
                let records = (i64::MIN, self.newest);
                late_between(tx, &self.weights, entry.id, records, self.range)?.rounded()
            }
            Column::Session => 0,
        };
        Ok(Activity {
            first: Timestamp::from_nanos(first.min(last)),
            last: Timestamp::from_nanos(last),
            counts: counts.rounded(),
            related,
            late,
            usage: usage.rounded(),
        })
    }

    /// The records and model calls of each day, and those of the `known` days, oldest first; only the newest days if there are more
    /// than `max_days`.
    pub(super) fn days(
        &self,
        tx: &Transaction<'_>,
        entry: &ListEntry,
        known: impl Iterator<Item = OwnerDay>,
        max_days: usize,
    ) -> rusqlite::Result<Vec<DayActivity>> {
        let mut days: BTreeMap<Day, (CountsSum, UsageSum)> = BTreeMap::new();
        for OwnerDay { day, counts, usage } in known {
            let sums = days.entry(day).or_default();
            sums.0.add(&counts);
            sums.1.add(&usage);
        }
        self.each_record(tx, entry, |record| {
            let day = Day::from_unix_nanos(record.start);
            let (counts, usage) = days.entry(day).or_default();
            self.types.count(counts, record.site, record.weight);
            if let Some(call) = &record.call {
                let cost = self.prices.cost(call, record.start);
                usage.add_call(&call.tokens, cost, record.weight);
            }
            // Limits the memory for a forged file.
            while days.len() > max_days {
                days.pop_first();
            }
        })?;
        while days.len() > max_days {
            days.pop_first();
        }
        let rows = days.into_iter().map(|(day, (counts, usage))| DayActivity {
            day,
            counts: counts.rounded(),
            usage: usage.rounded(),
        });
        Ok(rows.collect())
    }

    /// Passes each record of the entry in the time range to `visit`.
    fn each_record(
        &self,
        tx: &Transaction<'_>,
        entry: &ListEntry,
        mut visit: impl FnMut(CountedRecord),
    ) -> rusqlite::Result<()> {
        let mut statement = tx.prepare_cached(&self.records)?;
        let partitions = self.partitions_of(entry);
        let mut rows = statement.query(params![entry.id, partitions, self.newest])?;
        while let Some(row) = rows.next()? {
            let start: i64 = row.get(0)?;
            if !self.range.contains(start) {
                continue;
            }
            let duration: Option<i64> = row.get(1)?;
            visit(CountedRecord {
                start,
                // Limits a forged duration, so that the end is neither before the start nor
                // overflows.
                end: start.saturating_add(duration.unwrap_or_default().max(0)),
                site: row.get(2)?,
                related: row.get(3)?,
                weight: self.weights.of(row.get(4)?),
                call: Call::read(row, 5)?,
            });
        }
        Ok(())
    }
}
