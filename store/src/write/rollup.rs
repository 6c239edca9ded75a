//! The sums of a batch, for lists of users and costs.

use rusqlite::Connection;
use whose::{Record, UnattributedReason};

use super::record_row::Row;
use crate::read::{
    ANONYMOUS, Call, Owner, RolledRecord, RollupBuilder, RollupSpan, insert_rollup, limited_weight,
    seal_before,
};

/// Sums the records of one batch, apart for each partition.
#[derive(Default)]
pub(super) struct BatchRollup {
    /// The records that are summed and not written yet.
    span: Option<RollupSpan>,
    /// The partition that this batch has begun, if any.
    begun: Option<i64>,
}

/// A record that the batch inserts.
pub(super) struct WrittenRecord<'a> {
    /// The row id.
    pub(super) id: i64,
    pub(super) record: &'a Record,
    pub(super) row: &'a Row,
    /// The model call of the record, if it is one.
    pub(super) call: Option<Call>,
    /// Whether the record has no user and an isolated scope.
    pub(super) is_isolated: bool,
}

impl BatchRollup {
    /// Adds a record.
    pub(super) fn add(
        &mut self,
        connection: &Connection,
        sums: &mut RollupBuilder,
        written: WrittenRecord<'_>,
    ) -> rusqlite::Result<()> {
        let WrittenRecord {
            id,
            record,
            row,
            call,
            is_isolated,
        } = written;
        if id & 0xffff == 0 {
            self.write_span(connection, sums)?;
            self.begun = Some(id >> 16);
        }
        let span = self.span.get_or_insert_with(|| RollupSpan::new(id, id));
        span.last = id;
        span.add_start(row.start);
        let is_anonymous = record.unattributed().map(UnattributedReason::as_str) == Some(ANONYMOUS);
        let rolled = RolledRecord {
            owner: Owner::new(row.user, is_anonymous),
            session: row.session,
            start: row.start,
            duration: row.duration,
            record_type: RollupBuilder::type_index(record.record_type().as_str()),
            weight: limited_weight(record.weight()),
        };
        sums.add_record(&rolled);
        if let Some(call) = call {
            sums.add_call(&call, row.traits, &rolled, is_isolated.then_some(id));
        }
        Ok(())
    }

    /// Writes the sums, and merges those of the partition that this batch has filled.
    pub(super) fn write(
        &mut self,
        connection: &Connection,
        sums: &mut RollupBuilder,
    ) -> rusqlite::Result<()> {
        self.write_span(connection, sums)?;
        match self.begun.take() {
            Some(part) => seal_before(connection, part),
            None => Ok(()),
        }
    }

    fn write_span(
        &mut self,
        connection: &Connection,
        sums: &mut RollupBuilder,
    ) -> rusqlite::Result<()> {
        match self.span.take() {
            Some(span) => insert_rollup(connection, span, &sums.take()),
            None => Ok(()),
        }
    }
}
