//! The cost of model calls.

use rusqlite::types::Value;

use super::calls::Calls;
use super::cost_filter::CostFilter;
use super::cost_groups::{Groups, Sums};
use super::cost_report::{CostReport, CostRow};
use super::group_by::GroupBy;
use super::group_name::group_name;
use super::pages::{PageSource, Remaining, Rows};
use super::query::Query;
use super::ranking::{OverflowRanking, Ranking};
use super::reader::Reader;
use super::usage::Usage;
use crate::error::StoreError;
use crate::prices::Day;

impl Reader {
    pub(super) fn filtered_cost(
        &self,
        by: &GroupBy,
        filter: &CostFilter,
        query: &Query,
    ) -> Result<CostReport<'_>, StoreError> {
        let calls = self.calls(by, filter, query)?;
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
                let key = group_name(tx, &self.calls.by, key)?;
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
                .each_group(tx, &mut sums, |key, usage| rest.add(&key, usage))?;
            rest.sort()?;
            Ok(rest)
        })
    }
}
