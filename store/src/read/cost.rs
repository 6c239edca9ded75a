//! The cost of model calls.

use rusqlite::Transaction;
use rusqlite::types::Value;

use super::cost_groups::{Calls, Groups, Sums};
use super::cost_report::{CostReport, CostRow};
use super::group_by::GroupBy;
use super::names::{load_name, model_name, user_name};
use super::pages::{PageSource, Remaining, Rows};
use super::query::Query;
use super::ranking::{OverflowRanking, Ranking};
use super::reader::Reader;
use super::usage::Usage;
use crate::error::StoreError;
use crate::prices::Day;

impl Reader {
    pub(super) fn cost(&self, by: &GroupBy, query: &Query) -> Result<CostReport<'_>, StoreError> {
        let calls = Calls {
            by: by.clone(),
            partitions: self.partitions(query)?,
            range: query.range(),
        };
        let groups = self.read_tx(|tx| Groups::load(self, tx, &calls, query.max_rows()))?;
        let (unpriced, unattributed) =
            self.read_tx(|tx| Ok((groups.unpriced(tx)?, groups.unattributed(tx)?)))?;
        let total = groups.total;
        let pages = CostPages {
            reader: self,
            calls,
            first: groups.ranking,
            rest: None,
            returned: 0,
        };
        Ok(CostReport {
            rows: Rows::new(pages, query.max_rows()),
            unpriced,
            unattributed,
            total,
        })
    }
}

struct CostPages<'r> {
    reader: &'r Reader,
    calls: Calls,
    first: Ranking,
    /// The groups past the first ones, read when the first ones were returned.
    rest: Option<OverflowRanking>,
    returned: u64,
}

impl PageSource for CostPages<'_> {
    type Row = CostRow;

    fn next_page(&mut self, max_rows: usize) -> Result<Vec<CostRow>, StoreError> {
        let page = self.groups(max_rows)?;
        self.returned += page.len() as u64;
        let today = Day::today();
        self.reader.read_tx(|tx| {
            let rows = page.into_iter().map(|(key, usage)| {
                let key = self.key(tx, key)?;
                let model = key.as_deref().filter(|_| self.calls.by == GroupBy::Model);
                let price = model.and_then(|model| self.reader.prices().get(model)?.latest(today));
                Ok(CostRow {
                    price: price.cloned(),
                    key,
                    usage,
                })
            });
            rows.collect()
        })
    }

    fn count_rest(&mut self) -> Result<Remaining, StoreError> {
        let all = self.first.groups();
        Ok(Remaining::exactly(all.saturating_sub(self.returned)))
    }
}

impl CostPages<'_> {
    /// Returns the next groups, at most `max_rows`.
    fn groups(&mut self, max_rows: usize) -> Result<Vec<(Value, Usage)>, StoreError> {
        let page = self.first.page(self.returned, max_rows);
        if !page.is_empty() || self.returned >= self.first.groups() {
            return Ok(page);
        }
        let rest = match self.rest.take() {
            Some(rest) => rest,
            None => self.read_rest()?,
        };
        let from = self.returned - self.first.len();
        let page = rest.page(from, max_rows);
        self.rest = Some(rest);
        page.map_err(|error| self.reader.error(error))
    }

    fn read_rest(&self) -> Result<OverflowRanking, StoreError> {
        self.reader.read_tx(|tx| {
            let rest = self.first.overflow()?;
            let mut sums = Sums::new(self.reader, tx)?;
            self.calls
                .each_group(self.reader, tx, &mut sums, |key, usage| {
                    rest.add(&key, usage)
                })?;
            rest.sort()?;
            Ok(rest)
        })
    }

    /// The name that the key of a group stands for.
    fn key(&self, tx: &Transaction<'_>, key: Value) -> rusqlite::Result<Option<String>> {
        let id = match key {
            Value::Null => return Ok(None),
            Value::Text(text) => return Ok(Some(text)),
            Value::Blob(bytes) => return Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
            Value::Real(id) => return Ok(Some(id.to_string())),
            Value::Integer(id) => id,
        };
        Ok(Some(match self.calls.by {
            GroupBy::User => user_name(tx, id)?,
            GroupBy::Model => model_name(tx, id)?,
            GroupBy::Session => load_name(
                tx,
                "SELECT coalesce(sid, 'deleted session #' || n.id)
                 FROM (SELECT ?1 AS id) n LEFT JOIN sessions s ON s.id = n.id",
                id,
            )?,
            GroupBy::Conversation
            | GroupBy::Agent
            | GroupBy::Tool
            | GroupBy::Service
            | GroupBy::Day
            | GroupBy::Tag(_)
            | GroupBy::Attr(_) => id.to_string(),
        }))
    }
}
