//! The order of lists of users and sessions.

use rusqlite::{Transaction, params};

use super::column::{Column, ListEntry};
use super::id_set::IdSet;
use super::partitions::{Partition, Partitions};
use super::query::TimeRange;
use super::reader::Reader;
use super::time_merge::SortKey;
use crate::error::StoreError;

/// Finds the users or sessions of a file, ordered by the end of their newest record.
///
/// Reads the partitions from the end of the file, and returns each row id once. Orders the row ids of
/// a partition by time: several processes can write a file, so a later number is not always a later
/// time.
pub(super) struct NewestFirst {
    column: Column,
    /// Only sessions with records of this user.
    user: Option<i64>,
    range: TimeRange,
    /// The partitions that were not read yet, the next one last.
    unread: Partitions,
    /// The row ids of the partition that was read last, the next one last.
    found: Vec<i64>,
    /// The last record of that partition.
    last_id: i64,
    /// Every row id found so far.
    listed: IdSet,
    /// The partitions in front of the first row id. What has records there is listed there.
    skipped: Vec<Partition>,
}

impl NewestFirst {
    /// Starts at the end of `partitions`. With `user`, finds only sessions with records of that user.
    pub(super) fn new(
        column: Column,
        user: Option<i64>,
        range: TimeRange,
        partitions: Partitions,
    ) -> Self {
        Self {
            column,
            user,
            range,
            unread: partitions,
            found: Vec::new(),
            last_id: i64::MAX,
            listed: IdSet::default(),
            skipped: Vec::new(),
        }
    }

    /// Goes on after that user or session. Returns `false` if the list does not contain it.
    pub(super) fn skip_to(&mut self, reader: &Reader, id: i64) -> Result<bool, StoreError> {
        while let Some(partition) = self.unread.0.pop() {
            if !reader.read_tx(|tx| self.has_records(tx, &partition, id))? {
                self.skipped.push(partition);
                continue;
            }
            self.read_partition(reader, &partition)?;
            let at = self.found.iter().position(|found| *found == id);
            self.found.truncate(at.unwrap_or_default());
            return Ok(at.is_some());
        }
        Ok(false)
    }

    /// The next user or session.
    pub(super) fn next(&mut self, reader: &Reader) -> Result<Option<ListEntry>, StoreError> {
        loop {
            if let Some(id) = self.found.pop() {
                let was_listed =
                    !self.skipped.is_empty() && reader.read_tx(|tx| self.is_in_skipped(tx, id))?;
                if was_listed {
                    continue;
                }
                // A session of a user can have newer records of other users.
                let is_newest = self.user.is_none();
                return Ok(Some(ListEntry {
                    id,
                    last_record_id: if is_newest { self.last_id } else { i64::MAX },
                }));
            }
            let Some(partition) = self.unread.0.pop() else {
                return Ok(None);
            };
            self.read_partition(reader, &partition)?;
        }
    }

    /// Finds the row ids of a partition that were not listed.
    fn read_partition(&mut self, reader: &Reader, partition: &Partition) -> Result<(), StoreError> {
        self.last_id = partition.last_id;
        let mut found = reader.read_tx(|tx| self.ids(tx, partition))?;
        found.sort_unstable();
        // The newest record of a row id decides its position.
        found.reverse();
        found.retain(|(_, id)| self.listed.insert(*id));
        found.reverse();
        self.found = found.into_iter().map(|(_, id)| id).collect();
        Ok(())
    }

    fn is_in_skipped(&self, tx: &Transaction<'_>, id: i64) -> rusqlite::Result<bool> {
        for partition in &self.skipped {
            if self.has_records(tx, partition, id)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether the list finds that row id in the partition.
    fn has_records(
        &self,
        tx: &Transaction<'_>,
        partition: &Partition,
        id: i64,
    ) -> rusqlite::Result<bool> {
        let sql = format!(
            "SELECT 1 FROM {} AND (?5 IS NULL OR r.user = ?5) AND r.start >= ?6
               AND (?7 IS NULL OR r.start < ?7) LIMIT 1",
            self.column.records_of_partition()
        );
        let (first, last) = (partition.first_id, partition.last_id);
        let (key, range) = (partition.key(id), self.range);
        tx.prepare_cached(&sql)?.exists(params![
            key,
            id,
            first,
            last,
            self.user,
            range.since,
            range.until
        ])
    }

    /// The row ids in a partition, each with the end of a record and its number.
    fn ids(
        &self,
        tx: &Transaction<'_>,
        partition: &Partition,
    ) -> rusqlite::Result<Vec<(SortKey, i64)>> {
        let name = self.column.name();
        if let Some(user) = self.user {
            let sql = format!(
                "SELECT r.{name}, r.id, r.start, r.duration FROM {} AND r.{name} IS NOT NULL",
                Column::User.records_of_partition()
            );
            let keys = params![
                partition.key(user),
                user,
                partition.first_id,
                partition.last_id
            ];
            return self.in_range(tx, &sql, keys);
        }
        if !self
            .range
            .contains_range(partition.min_start, partition.max_start)
        {
            let sql = format!(
                "SELECT {name}, id, start, duration FROM records
                 WHERE id BETWEEN ?1 AND ?2 AND {name} IS NOT NULL"
            );
            return self.in_range(tx, &sql, params![partition.first_id, partition.last_id]);
        }
        let keys = params![
            partition.key(0),
            partition.key(0xffff_ffff),
            partition.last_id
        ];
        self.in_range(tx, &self.column.ids_of_partition(), keys)
    }

    fn in_range(
        &self,
        tx: &Transaction<'_>,
        sql: &str,
        parameters: &[&dyn rusqlite::ToSql],
    ) -> rusqlite::Result<Vec<(SortKey, i64)>> {
        let mut statement = tx.prepare_cached(sql)?;
        let mut rows = statement.query(parameters)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let start: i64 = row.get(2)?;
            if self.range.contains(start) {
                let duration: Option<i64> = row.get(3)?;
                // A forged duration may be negative or too long.
                let end = start.saturating_add(duration.unwrap_or_default().max(0));
                found.push(((end, row.get(1)?), row.get(0)?));
            }
        }
        Ok(found)
    }
}
