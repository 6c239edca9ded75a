//! The queries of a SQLite file. Each is in a file of its own.

use super::access_chain::AccessChain;
use super::accesses::{AccessFilter, AccessRow};
use super::cost_changes::CostChanges;
use super::cost_coverage::CostCoverageRow;
use super::cost_filter::CostFilter;
use super::cost_report::CostReport;
use super::cost_series::CostOverTime;
use super::error_key::ErrorKey;
use super::error_users::ErrorUser;
use super::errors::ErrorGroup;
use super::graph::{Graph, GraphFilter};
use super::group_by::GroupBy;
use super::health::StoreHealth;
use super::identity::Identity;
use super::job_row::JobRow;
use super::latest::{LatestFilter, LatestRecords};
use super::losses::LostRecords;
use super::pages::Rows;
use super::profile_changes::ProfileChange;
use super::queries::Queries;
use super::query::Query;
use super::reader::Reader;
use super::rows::{
    ConversationRow, CoverageRow, DayActivity, RecordRow, SessionRow, Totals, UserRow,
};
use super::score_rows::{ScoreFilter, ScoreReport};
use super::score_sessions::ScoreSession;
use super::score_trends::ScoreTrend;
use super::search::SearchFilter;
use super::suggestions::SuggestionsOf;
use super::time_bucket::TimeBucket;
use super::time_parts::TimeParts;
use super::trail_filter::TrailFilter;
use super::unattributed::UnattributedFilter;
use super::user_filter::{UserFilter, UserPage};
use super::user_trends::UserTrends;
use crate::error::StoreError;

impl Queries for Reader {
    fn users(&self, query: &Query) -> Result<Rows<'_, UserRow>, StoreError> {
        Self::users(self, query)
    }

    fn user_page(&self, filter: &UserFilter, query: &Query) -> Result<UserPage, StoreError> {
        Self::user_page(self, filter, query)
    }

    fn user_trends(&self, users: &[&str], query: &Query) -> Result<UserTrends, StoreError> {
        Self::user_trends(self, users, query)
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

    fn profile_changes(
        &self,
        user_id: &str,
        query: &Query,
    ) -> Result<Rows<'_, ProfileChange>, StoreError> {
        Self::profile_changes(self, user_id, query)
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

    fn suggestions(
        &self,
        of: &SuggestionsOf,
        prefix: &str,
        limit: usize,
    ) -> Result<Vec<String>, StoreError> {
        Self::suggestions(self, of, prefix, limit)
    }

    fn find_identity(&self, text: &str) -> Result<Vec<Identity>, StoreError> {
        Self::find_identity(self, text)
    }

    fn filtered_cost(
        &self,
        by: &GroupBy,
        filter: &CostFilter,
        query: &Query,
    ) -> Result<CostReport<'_>, StoreError> {
        Self::filtered_cost(self, by, filter, query)
    }

    fn cost_over_time(
        &self,
        by: &GroupBy,
        bucket: Option<TimeBucket>,
        filter: &CostFilter,
        query: &Query,
    ) -> Result<CostOverTime, StoreError> {
        Self::cost_over_time(self, by, bucket, filter, query)
    }

    fn cost_changes(
        &self,
        by: &GroupBy,
        filter: &CostFilter,
        query: &Query,
    ) -> Result<Option<CostChanges>, StoreError> {
        Self::cost_changes(self, by, filter, query)
    }

    fn graph(&self, filter: &GraphFilter, query: &Query) -> Result<Graph, StoreError> {
        Self::graph(self, filter, query)
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

    fn errors_after(
        &self,
        user_id: Option<&str>,
        key: &ErrorKey,
        query: &Query,
    ) -> Result<Rows<'_, ErrorGroup>, StoreError> {
        Self::errors_after(self, user_id, key, query)
    }

    fn error_group(
        &self,
        fingerprint: &str,
        query: &Query,
    ) -> Result<Option<ErrorGroup>, StoreError> {
        Self::error_group(self, fingerprint, query)
    }

    fn error_records(
        &self,
        fingerprint: &str,
        query: &Query,
    ) -> Result<Rows<'_, RecordRow>, StoreError> {
        Self::error_records(self, fingerprint, query)
    }

    fn error_users(
        &self,
        fingerprint: &str,
        query: &Query,
    ) -> Result<Rows<'_, ErrorUser>, StoreError> {
        Self::error_users(self, fingerprint, query)
    }

    fn error_trends(
        &self,
        fingerprints: &[&str],
        parts: &TimeParts,
    ) -> Result<Vec<Vec<u64>>, StoreError> {
        Self::error_trends(self, fingerprints, parts)
    }

    fn jobs(&self, query: &Query) -> Result<Rows<'_, JobRow>, StoreError> {
        Self::jobs(self, query)
    }

    fn scores(&self, filter: &ScoreFilter, query: &Query) -> Result<ScoreReport<'_>, StoreError> {
        Self::scores(self, filter, query)
    }

    fn score_trends(
        &self,
        filter: &ScoreFilter,
        parts: &TimeParts,
    ) -> Result<Vec<ScoreTrend>, StoreError> {
        Self::score_trends(self, filter, parts)
    }

    fn score_sessions(
        &self,
        name: &str,
        query: &Query,
    ) -> Result<Rows<'_, ScoreSession>, StoreError> {
        Self::score_sessions(self, name, query)
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

    fn latest(&self, filter: &LatestFilter, max_rows: usize) -> Result<LatestRecords, StoreError> {
        Self::latest(self, filter, max_rows)
    }

    fn health(&self) -> Result<StoreHealth, StoreError> {
        Self::health(self)
    }

    fn accesses(
        &self,
        filter: &AccessFilter,
        query: &Query,
    ) -> Result<Rows<'_, AccessRow>, StoreError> {
        Self::accesses(self, filter, query)
    }

    fn access_chain(&self) -> Result<AccessChain, StoreError> {
        Self::access_chain(self)
    }

    fn statements_of(&mut self, run: &mut dyn FnMut(&dyn Queries)) -> Vec<String> {
        Self::statements_of(self, run)
    }
}
