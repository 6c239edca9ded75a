//! Running a search.

use super::super::pages::Rows;
use super::super::query::Query;
use super::super::reader::Reader;
use super::super::rows::RecordRow;
use super::filter::SearchFilter;
use super::plan::Plan;
use crate::error::StoreError;

impl Reader {
    pub(in crate::read) fn search(
        &self,
        filter: &SearchFilter,
        query: &Query,
    ) -> Result<Rows<'_, RecordRow>, StoreError> {
        let source = self.read_tx(|tx| {
            let mut plan = Plan::default();
            for condition in &filter.conditions {
                plan.add(tx, condition)?;
            }
            plan.source(tx, self)
        })?;
        let query = query.within(filter.since, filter.until);
        self.newest_records(source, filter.before, &query)
    }
}
