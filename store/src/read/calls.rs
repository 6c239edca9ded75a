//! The model calls of a time range, in the order of their groups.

use rusqlite::types::Value;
use rusqlite::{Transaction, params_from_iter};

use super::calls_sql::calls_sql;
use super::cost_filter::CostFilter;
use super::group_by::GroupBy;
use super::grouped_call::{Condition, GroupedCall};
use super::partitions::Partitions;
use super::query::{Query, TimeRange};
use super::reader::Reader;
use crate::error::StoreError;

/// The model calls of a time range that meet a filter.
pub(super) struct Calls {
    pub(super) by: GroupBy,
    pub(super) range: TimeRange,
    partitions: Partitions,
    conditions: Vec<Condition>,
}

impl Reader {
    /// The calls of the time range of the query that meet the filter.
    pub(super) fn calls(
        &self,
        by: &GroupBy,
        filter: &CostFilter,
        query: &Query,
    ) -> Result<Calls, StoreError> {
        let conditions = filter.conditions().map(|(by, key)| {
            let key = key.map(|key| self.group_row_id(by, key)).transpose()?;
            Ok(Condition {
                by: by.clone(),
                key,
            })
        });
        Ok(Calls {
            by: by.clone(),
            range: query.range(),
            conditions: conditions.collect::<Result<_, StoreError>>()?,
            partitions: self.partitions(query)?,
        })
    }

    /// The key of a group in the file.
    fn group_row_id(&self, by: &GroupBy, key: &str) -> Result<Value, StoreError> {
        match by {
            GroupBy::User => Ok(self.user_row_id(key)?.into()),
            GroupBy::Session => Ok(self.session_row_id(key)?.into()),
            GroupBy::Conversation => {
                self.check_conversation(key)?;
                Ok(key.to_owned().into())
            }
            _ => Ok(key.to_owned().into()),
        }
    }
}

impl Calls {
    /// The partitions of the calls, if no filter leaves any out.
    pub(super) fn unfiltered(&self) -> Option<&Partitions> {
        self.conditions.is_empty().then_some(&self.partitions)
    }

    /// Passes each call to `visit`. With `is_grouped`, one group after another; else without keys and
    /// in no order.
    pub(super) fn each(
        &self,
        tx: &Transaction<'_>,
        is_grouped: bool,
        mut visit: impl FnMut(GroupedCall) -> rusqlite::Result<()>,
    ) -> rusqlite::Result<()> {
        let by = is_grouped.then_some(&self.by);
        let (sql, values) = calls_sql(by, &self.conditions, &self.partitions, self.range);
        let mut statement = tx.prepare_cached(&sql)?;
        let mut rows = statement.query(params_from_iter(values))?;
        while let Some(row) = rows.next()? {
            if let Some(call) = GroupedCall::read(row)? {
                visit(call)?;
            }
        }
        Ok(())
    }
}
