//! The records that a graph reads.

use rusqlite::{Transaction, params};

use super::call::COLUMNS;
use super::column::Column;
use super::partitions::{Partition, Partitions};

/// The most records that a graph reads, the newest ones.
const MAX_RECORDS: u64 = 1 << 21;

/// The records of a user, of a session, or of everybody.
pub(super) struct GraphSource {
    pub(super) user: Option<i64>,
    pub(super) session: Option<i64>,
}

impl GraphSource {
    /// The column whose index finds the records, and its row id. A session has fewer records than a
    /// user.
    pub(super) fn index(&self) -> Option<(Column, i64)> {
        let session = self.session.map(|id| (Column::Session, id));
        session.or_else(|| self.user.map(|id| (Column::User, id)))
    }

    /// The newest partitions that have at most [`MAX_RECORDS`] of the records; at least one. `known`
    /// returns how many records a partition has, where that is known.
    pub(super) fn newest<'p>(
        &self,
        tx: &Transaction<'_>,
        partitions: &'p Partitions,
        known: impl Fn(&Partition) -> Option<u64>,
    ) -> rusqlite::Result<&'p [Partition]> {
        let mut records = 0;
        for (index, partition) in partitions.0.iter().enumerate().rev() {
            let count = match self.index() {
                _ if let Some(count) = known(partition) => count,
                None => partition.last_id.abs_diff(partition.first_id) + 1,
                Some((column, id)) => {
                    let from = column.records_of_partition();
                    let sql = format!("SELECT count(*) FROM {from}");
                    let values =
                        params![partition.key(id), id, partition.first_id, partition.last_id];
                    let count = tx.prepare_cached(&sql)?.query_row(values, |row| row.get(0));
                    i64::cast_unsigned(count?)
                }
            };
            records += count;
            if records > MAX_RECORDS && index + 1 < partitions.0.len() {
                return Ok(&partitions.0[index + 1..]);
            }
        }
        Ok(&partitions.0)
    }

    /// SQL for the records of the partitions `?2` up to record `?3`, in the order in which they were
    /// written. `?1` is the row id of the index, `?4` the user where the index is of sessions.
    pub(super) fn sql(&self) -> String {
        let from = match self.index() {
            Some((column, _)) => column.records_of_partitions(),
            None => "json_each(?2) p CROSS JOIN records r
                     ON r.id BETWEEN p.value << 16 AND p.value << 16 | 65535 AND r.id <= ?3"
                .to_owned(),
        };
        format!(
            "SELECT r.start, r.duration, r.site, r.traits, r.scope, r.text, r.span, r.parent,
               g.agent, g.tool, {COLUMNS}
             FROM {from} LEFT JOIN usages g ON g.record = r.id
             WHERE ?1 IS ?1 AND (?4 IS NULL OR r.user = ?4)"
        )
    }
}
