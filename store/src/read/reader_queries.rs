//! The queries of a SQLite file. Each is in a file of its own.

use super::cost_coverage::CostCoverageRow;
use super::cost_report::CostReport;
use super::errors::ErrorGroup;
use super::group_by::GroupBy;
use super::health::StoreHealth;
use super::identity::Identity;
use super::job_row::JobRow;
use super::losses::LostRecords;
use super::pages::Rows;
use super::queries::Queries;
use super::query::Query;
use super::reader::Reader;
use super::rows::{
    ConversationRow, CoverageRow, DayActivity, RecordRow, SessionRow, Totals, UserRow,
};
use super::score_rows::{ScoreFilter, ScoreReport};
use super::search::SearchFilter;
use super::trail_filter::TrailFilter;
use super::unattributed::UnattributedFilter;
use super::user_filter::{UserFilter, UserPage};
use crate::error::StoreError;

impl Queries for Reader {
    fn users(&self, query: &Query) -> Result<Rows<'_, UserRow>, StoreError> {
        Self::users(self, query)
    }

    fn user_page(&self, filter: &UserFilter, query: &Query) -> Result<UserPage, StoreError> {
        Self::user_page(self, filter, query)
    }

    fn sessions(
        &self,
        user_id: Option<&str>,
        query: &Query,
    ) -> Result<Rows<'_, SessionRow>, StoreError> {
        Self::sessions(self, user_id, query)
    }

    fn sessions_after(
        &self,
        user_id: Option<&str>,
        session_id: &str,
        query: &Query,
    ) -> Result<Rows<'_, SessionRow>, StoreError> {
        Self::sessions_after(self, user_id, session_id, query)
    }

    fn user(&self, user_id: &str, query: &Query) -> Result<Option<UserRow>, StoreError> {
        Self::user(self, user_id, query)
    }

    fn user_days(&self, user_id: &str, query: &Query) -> Result<Vec<DayActivity>, StoreError> {
        Self::user_days(self, user_id, query)
    }

    fn user_conversations(
        &self,
        user_id: &str,
        query: &Query,
    ) -> Result<Rows<'_, ConversationRow>, StoreError> {
        Self::user_conversations(self, user_id, query)
    }

    fn session(&self, session_id: &str, query: &Query) -> Result<Option<SessionRow>, StoreError> {
        Self::session(self, session_id, query)
    }

    fn totals(&self, query: &Query) -> Result<Totals, StoreError> {
        Self::totals(self, query)
    }

    fn trail(
        &self,
        filter: &TrailFilter,
        query: &Query,
    ) -> Result<Rows<'_, RecordRow>, StoreError> {
        Self::trail(self, filter, query)
    }

    fn audit(&self, user_id: &str, query: &Query) -> Result<Rows<'_, RecordRow>, StoreError> {
        Self::trail(self, &TrailFilter::of_user(user_id), query)
    }

    fn session_records(
        &self,
        session_id: &str,
        query: &Query,
    ) -> Result<Rows<'_, RecordRow>, StoreError> {
        Self::trail(self, &TrailFilter::of_session(session_id), query)
    }

    fn conversation_records(
        &self,
        conversation_id: &str,
        query: &Query,
    ) -> Result<Rows<'_, RecordRow>, StoreError> {
        Self::trail(self, &TrailFilter::of_conversation(conversation_id), query)
    }

    fn actor_records(
        &self,
        actor_id: &str,
        query: &Query,
    ) -> Result<Rows<'_, RecordRow>, StoreError> {
        Self::actor_records(self, actor_id, query)
    }

    fn record(&self, id: i64) -> Result<Option<RecordRow>, StoreError> {
        Self::record(self, id)
    }

    fn search(
        &self,
        filter: &SearchFilter,
        query: &Query,
    ) -> Result<Rows<'_, RecordRow>, StoreError> {
        Self::search(self, filter, query)
    }

    fn find_identity(&self, text: &str) -> Result<Vec<Identity>, StoreError> {
        Self::find_identity(self, text)
    }

    fn cost(&self, by: &GroupBy, query: &Query) -> Result<CostReport<'_>, StoreError> {
        Self::cost(self, by, query)
    }

    fn cost_coverage(&self, query: &Query) -> Result<Rows<'_, CostCoverageRow>, StoreError> {
        Self::cost_coverage(self, query)
    }

    fn errors(
        &self,
        user_id: Option<&str>,
        query: &Query,
    ) -> Result<Rows<'_, ErrorGroup>, StoreError> {
        Self::errors(self, user_id, query)
    }

    fn jobs(&self, query: &Query) -> Result<Rows<'_, JobRow>, StoreError> {
        Self::jobs(self, query)
    }

    fn scores(&self, filter: &ScoreFilter, query: &Query) -> Result<ScoreReport<'_>, StoreError> {
        Self::scores(self, filter, query)
    }

    fn coverage(&self, query: &Query) -> Result<Rows<'_, CoverageRow>, StoreError> {
        Self::coverage(self, query)
    }

    fn unattributed(
        &self,
        filter: &UnattributedFilter,
        query: &Query,
    ) -> Result<Rows<'_, RecordRow>, StoreError> {
        Self::unattributed(self, filter, query)
    }

    fn losses(&self, query: &Query) -> Result<Vec<LostRecords>, StoreError> {
        Self::losses(self, query)
    }

    fn latest(&self, after: Option<i64>, max_rows: usize) -> Result<Vec<RecordRow>, StoreError> {
        Self::latest(self, after, max_rows)
    }

    fn health(&self) -> Result<StoreHealth, StoreError> {
        Self::health(self)
    }

    fn statements_of(&mut self, run: &mut dyn FnMut(&dyn Queries)) -> Vec<String> {
        Self::statements_of(self, run)
    }
}
