//! The trait of the queries.

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
use super::query::Query;
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

/// The queries that every engine of a store answers.
///
/// [`Reader`](crate::Reader) answers them from a SQLite file. Code that shows records, such as the command `whose`
/// and its pages, uses this trait, so that another engine can take the place of SQLite. Every query
/// that returns many rows takes a [`Query`] with a limit and a time range.
///
/// ```
/// use whose_store::{Queries, Query, Reader, StoreError};
///
/// fn user_ids(store: &dyn Queries) -> Result<Vec<Option<String>>, StoreError> {
///     store.users(&Query::new())?.map(|user| Ok(user?.id)).collect()
/// }
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("whose.db");
/// # drop(whose_store::Store::open(&path)?);
/// assert!(user_ids(&Reader::open(&path)?)?.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Queries {
    /// The users that have records, last seen first: ordered by the end of their newest record.
    ///
    /// The file is read in parts of 65,536 records, the newest part first. Where several processes
    /// write, the order can differ by the delay of a process at the ends of a part.
    ///
    /// ```
    /// use whose_store::{Queries, Query, Reader};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// # drop(whose_store::Store::open(&path)?);
    /// let reader = Reader::open(&path)?;
    /// for user in reader.users(&Query::new().limit(10))? {
    ///     println!("{:?}", user?.id);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Any error of SQLite.
    fn users(&self, query: &Query) -> Result<Rows<'_, UserRow>, StoreError>;

    /// One page of the users that have records, in an order, with the totals of the time range.
    ///
    /// Use `user_page` to show users to a person, by cost or by activity. The time does not grow with
    /// the number of records, but with the number of users. [`users`](Self::users) reads all users
    /// in bounded memory.
    ///
    /// ```
    /// use whose_store::{Queries, Query, Reader, UserFilter, UserSort};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// # let _store = whose_store::init(&path)?;
    /// for user in ["alice", "bob", "carol"] {
    ///     whose::user(user).in_scope(|| tracing::info!("asks"));
    /// }
    /// whose::flush(std::time::Duration::from_secs(5));
    ///
    /// let reader = Reader::open(&path)?;
    /// let filter = UserFilter::new().sort(UserSort::Records);
    /// let first = reader.user_page(&filter, &Query::new().limit(2))?;
    /// assert_eq!((first.users.len(), first.totals.users), (2, 3));
    /// let next = filter.after(first.next.ok_or("no next page")?);
    /// assert_eq!(reader.user_page(&next, &Query::new().limit(2))?.users.len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Any error of SQLite.
    fn user_page(&self, filter: &UserFilter, query: &Query) -> Result<UserPage, StoreError>;

    /// The records of some users on each of the last 30 days, for a small picture beside each user of a
    /// [page](Self::user_page).
    ///
    /// The last day is that of the end of the time range; without an end, that of the newest record, or
    /// the present day if the record is of the future. The start of the time range does not matter. The
    /// lists are in the order of `users`: [keys](UserRow::key). A user without a record has zeros. Records
    /// from before a login, which only a link attributes to the user, are not counted.
    ///
    /// ```
    /// use whose_store::{Queries, Query, Reader, UserTrends};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// # let _store = whose_store::init(&path)?;
    /// whose::user("alice").in_scope(|| tracing::info!("asks"));
    /// whose::flush(std::time::Duration::from_secs(5));
    ///
    /// let trends = Reader::open(&path)?.user_trends(&["alice", "bob"], &Query::new())?;
    /// assert_eq!(trends.records[0].len(), UserTrends::DAYS);
    /// assert_eq!(trends.records[0].last(), Some(&1));
    /// assert_eq!(trends.records[1], [0; UserTrends::DAYS]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Any error of SQLite.
    fn user_trends(&self, users: &[&str], query: &Query) -> Result<UserTrends, StoreError>;

    /// The sessions that have records, or those with records of one user, last seen first, in the
    /// order of [`users`](Self::users). The counts always cover the whole session.
    ///
    /// ```
    /// use whose_store::{Queries, Query, Reader};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// # drop(whose_store::Store::open(&path)?);
    /// let reader = Reader::open(&path)?;
    /// for session in reader.sessions(None, &Query::new())? {
    ///     println!("{}", session?.id);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`UnknownUser`](StoreError::UnknownUser); any error of SQLite.
    fn sessions(
        &self,
        user_id: Option<&str>,
        query: &Query,
    ) -> Result<Rows<'_, SessionRow>, StoreError>;

    /// The sessions that follow one session in the list of [`sessions`](Self::sessions).
    ///
    /// Use the query to read the next page of the list: pass the id of the last session of the page.
    ///
    /// ```
    /// use whose_store::{Queries, Query, Reader};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// # let _store = whose_store::init(&path)?;
    /// whose::session("s-1").in_scope(|| tracing::info!("asks"));
    /// whose::session("s-2").in_scope(|| tracing::info!("asks"));
    /// whose::flush(std::time::Duration::from_secs(5));
    ///
    /// let reader = Reader::open(&path)?;
    /// let next = reader.sessions_after(None, "s-2", &Query::new())?.next().unwrap()?;
    /// assert_eq!(next.id, "s-1");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`UnknownUser`](StoreError::UnknownUser); [`UnknownSession`](StoreError::UnknownSession) if the
    /// list does not contain the session; any error of SQLite.
    fn sessions_after(
        &self,
        user_id: Option<&str>,
        session_id: &str,
        query: &Query,
    ) -> Result<Rows<'_, SessionRow>, StoreError>;

    /// One user, as in the list of [`users`](Self::users); `None` if the user has no record of its own
    /// in the time range. Ignores the limit of the query.
    ///
    /// Use the query for the page of a person. The query reads each record of the user.
    ///
    /// ```
    /// use whose_store::{Queries, Query, Reader};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// # let _store = whose_store::init(&path)?;
    /// whose::user("alice").in_scope(|| tracing::info!("asks"));
    /// whose::flush(std::time::Duration::from_secs(5));
    ///
    /// let alice = Reader::open(&path)?.user("alice", &Query::new())?.ok_or("no record")?;
    /// assert_eq!(alice.counts.records(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`UnknownUser`](StoreError::UnknownUser); any error of SQLite.
    fn user(&self, user_id: &str, query: &Query) -> Result<Option<UserRow>, StoreError>;

    /// The records and model calls of a user on each day with records, oldest first. If there are more
    /// days than the limit, the newest ones.
    ///
    /// Use the query to show the activity or the cost of a user over time.
    ///
    /// ```
    /// use whose_store::{Queries, Query, Reader};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// # let _store = whose_store::init(&path)?;
    /// whose::user("alice").in_scope(|| whose::usage("gpt-4o").input_tokens(1_000_000).record());
    /// whose::flush(std::time::Duration::from_secs(5));
    ///
    /// let days = Reader::open(&path)?.user_days("alice", &Query::new())?;
    /// assert_eq!(days[0].usage.cost_usd.unwrap().to_string(), "$2.50");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`UnknownUser`](StoreError::UnknownUser); any error of SQLite.
    fn user_days(&self, user_id: &str, query: &Query) -> Result<Vec<DayActivity>, StoreError>;

    /// How the details of a user changed, newest first: the email address, the names, the segment and the
    /// attributes.
    ///
    /// Use it to see since when a user has another plan. The time of a change is the start of the first
    /// record with the new value. A writer keeps the newest 100 changes of a user, until the retention
    /// deletes records of that age; IP addresses are not among them. The first value of a detail is a
    /// change if the user was known before without one.
    ///
    /// ```
    /// use whose_store::{Queries, Query, Reader};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// # let _store = whose_store::init(&path)?;
    /// for plan in ["free", "pro"] {
    ///     let user = whose::User::new("alice").with_attr("plan", plan);
    ///     whose::user(user).in_scope(|| tracing::info!("asks"));
    /// }
    /// whose::flush(std::time::Duration::from_secs(5));
    ///
    /// let reader = Reader::open(&path)?;
    /// let change = reader.profile_changes("alice", &Query::new())?.next().ok_or("no change")??;
    /// assert_eq!(change.name, "attrs.plan");
    /// assert_eq!((change.before, change.after), (Some("free".into()), "pro".into()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`UnknownUser`](StoreError::UnknownUser); any error of SQLite.
    fn profile_changes(
        &self,
        user_id: &str,
        query: &Query,
    ) -> Result<Rows<'_, ProfileChange>, StoreError>;

    /// The conversations of a user, last seen first. The counts cover the records of the user alone.
    ///
    /// Use the query to list the exchanges of a person with models. Of a user with more than 10,000
    /// conversations, the query returns the newest 10,000.
    ///
    /// ```
    /// use whose_store::{Queries, Query, Reader};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// # let _store = whose_store::init(&path)?;
    /// let scope = whose::user("alice").conversation("thread-7");
    /// scope.in_scope(|| tracing::info!("asks"));
    /// whose::flush(std::time::Duration::from_secs(5));
    ///
    /// let reader = Reader::open(&path)?;
    /// let conversation = reader.user_conversations("alice", &Query::new())?.next().unwrap()?;
    /// assert_eq!(conversation.id, "thread-7");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`UnknownUser`](StoreError::UnknownUser); any error of SQLite.
    fn user_conversations(
        &self,
        user_id: &str,
        query: &Query,
    ) -> Result<Rows<'_, ConversationRow>, StoreError>;

    /// One session, as in the list of [`sessions`](Self::sessions); `None` if the session has no record
    /// of its own in the time range. Ignores the limit of the query.
    ///
    /// Use the query for the page of a session. The query reads each record of the session.
    ///
    /// ```
    /// use whose_store::{Queries, Query, Reader};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// # let _store = whose_store::init(&path)?;
    /// whose::session("s-1").in_scope(|| tracing::info!("asks"));
    /// whose::flush(std::time::Duration::from_secs(5));
    ///
    /// let session = Reader::open(&path)?.session("s-1", &Query::new())?.ok_or("no record")?;
    /// assert_eq!(session.counts.records(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`UnknownSession`](StoreError::UnknownSession); any error of SQLite.
    fn session(&self, session_id: &str, query: &Query) -> Result<Option<SessionRow>, StoreError>;

    /// The totals of the file, or of a time range. Ignores the limit of the query.
    ///
    /// Sums what the writer has summed, and reads the records that the writer has not summed: those of
    /// the newest batches, of partitions with deletions, and at the ends of the time range.
    ///
    /// ```
    /// use whose_store::{Queries, Query, Reader};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// # drop(whose_store::Store::open(&path)?);
    /// let totals = Reader::open(&path)?.totals(&Query::new())?;
    /// assert_eq!((totals.users, totals.counts.records()), (0, 0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Any error of SQLite.
    fn totals(&self, query: &Query) -> Result<Totals, StoreError>;

    /// The records of a user, a session, a conversation, a trace or a span, in the order of time.
    ///
    /// Use the query for a timeline that a person reads page by page and in both directions: see
    /// [`TrailFilter::after`]. Records from before a login are included, as in [`audit`](Self::audit).
    /// No index serves a trace or a conversation: the query scans the time range.
    ///
    /// ```
    /// use whose_store::{Queries, Query, Reader, TrailFilter};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// # let _store = whose_store::init(&path)?;
    /// whose::user("alice").in_scope(|| {
    ///     tracing::info!("first");
    ///     tracing::info!("second");
    /// });
    /// whose::flush(std::time::Duration::from_secs(5));
    ///
    /// let reader = Reader::open(&path)?;
    /// let trail = TrailFilter::of_user("alice").newest_first();
    /// let newest = reader.trail(&trail, &Query::new().limit(1))?.next().unwrap()?;
    /// assert_eq!(newest.message.as_deref(), Some("second"));
    /// let next = reader.trail(&trail.after(newest.key()), &Query::new())?.next().unwrap()?;
    /// assert_eq!(next.message.as_deref(), Some("first"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`UnknownUser`](StoreError::UnknownUser), [`UnknownSession`](StoreError::UnknownSession) or
    /// [`UnknownConversation`](StoreError::UnknownConversation); any error of SQLite. An unknown trace
    /// has no records.
    fn trail(&self, filter: &TrailFilter, query: &Query)
    -> Result<Rows<'_, RecordRow>, StoreError>;

    /// All records of a user, oldest first, including those from before a login.
    ///
    /// A record without a user belongs to the user that a link states. Its
    /// [`user_source`](RecordRow::user_source) is `late`, and its
    /// [`unattributed`](RecordRow::unattributed) keeps the reason.
    ///
    /// ```
    /// use whose_store::{Queries, Query, Reader};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// # let _store = whose_store::init(&path)?;
    /// whose::user("alice").in_scope(|| tracing::info!("asks"));
    /// whose::flush(std::time::Duration::from_secs(5));
    ///
    /// let reader = Reader::open(&path)?;
    /// for record in reader.audit("alice", &Query::all())? {
    ///     let record = record?;
    ///     println!("{} {:?}", record.time, record.message);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`UnknownUser`](StoreError::UnknownUser); any error of SQLite.
    fn audit(&self, user_id: &str, query: &Query) -> Result<Rows<'_, RecordRow>, StoreError>;

    /// All records of a session, oldest first, of all users, including those from before a login.
    ///
    /// ```
    /// use whose_store::{Queries, Query, Reader};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// # let _store = whose_store::init(&path)?;
    /// whose::session("s-1").in_scope(|| tracing::info!("asks"));
    /// whose::flush(std::time::Duration::from_secs(5));
    ///
    /// let reader = Reader::open(&path)?;
    /// assert_eq!(reader.session_records("s-1", &Query::new())?.count(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`UnknownSession`](StoreError::UnknownSession); any error of SQLite.
    fn session_records(
        &self,
        session_id: &str,
        query: &Query,
    ) -> Result<Rows<'_, RecordRow>, StoreError>;

    /// All records of a conversation, oldest first, of all users and sessions.
    ///
    /// Use the query to read an exchange with a model from its beginning. Few records have a conversation, so no index serves this query: it scans the time range. Two
    /// million records take some tenths of a second. Set [`Query::since`] where the file is larger.
    ///
    /// ```
    /// use whose_store::{Queries, Query, Reader};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// # let _store = whose_store::init(&path)?;
    /// whose::conversation("thread-7").in_scope(|| tracing::info!("asks"));
    /// whose::flush(std::time::Duration::from_secs(5));
    ///
    /// let reader = Reader::open(&path)?;
    /// assert_eq!(reader.conversation_records("thread-7", &Query::new())?.count(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`UnknownConversation`](StoreError::UnknownConversation); any error of SQLite.
    fn conversation_records(
        &self,
        conversation_id: &str,
        query: &Query,
    ) -> Result<Rows<'_, RecordRow>, StoreError>;

    /// All records in which this actor acted for a user, oldest first, of all users.
    ///
    /// Use the query to list what an operator did for the users. The actor counts at any place of the
    /// chain. The query scans the time range, as [`conversation_records`](Self::conversation_records)
    /// does.
    ///
    /// ```
    /// use whose_store::{Queries, Query, Reader};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// # let _store = whose_store::init(&path)?;
    /// whose::user("customer-7").actor("operator-2").in_scope(|| tracing::info!("refunds"));
    /// whose::flush(std::time::Duration::from_secs(5));
    ///
    /// let reader = Reader::open(&path)?;
    /// assert_eq!(reader.actor_records("operator-2", &Query::new())?.count(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`UnknownActor`](StoreError::UnknownActor); any error of SQLite.
    fn actor_records(
        &self,
        actor_id: &str,
        query: &Query,
    ) -> Result<Rows<'_, RecordRow>, StoreError>;

    /// The record with this row id; `None` if the file has no such record.
    ///
    /// Use `record` to show one record of a list again: [`RecordRow::id`] is the row id.
    ///
    /// ```
    /// use whose_store::{Queries, Query, Reader};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// # let _store = whose_store::init(&path)?;
    /// whose::user("alice").in_scope(|| tracing::info!("asks"));
    /// whose::flush(std::time::Duration::from_secs(5));
    ///
    /// let reader = Reader::open(&path)?;
    /// let first = reader.audit("alice", &Query::new())?.next().unwrap()?;
    /// let again = reader.record(first.id)?.unwrap();
    /// assert_eq!(again.message.as_deref(), Some("asks"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Any error of SQLite.
    fn record(&self, id: i64) -> Result<Option<RecordRow>, StoreError>;

    /// The records that fulfil every condition of the filter, newest first.
    ///
    /// Use it to look for records by their words and by their values. An id that the store does not
    /// know is no error: no record has it. The most selective index finds the records: that of a
    /// few texts, of a session, of a user, of a fingerprint, or the model calls. Without such a
    /// condition, the query reads the records from the newest on until the limit is reached.
    ///
    /// ```
    /// use whose_store::{Queries, Query, Reader, SearchFilter};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// # let _store = whose_store::init(&path)?;
    /// whose::user("alice").in_scope(|| tracing::info!("the refund is late"));
    /// whose::flush(std::time::Duration::from_secs(5));
    ///
    /// let reader = Reader::open(&path)?;
    /// let mut found = reader.search(&SearchFilter::new("late refund").user("alice"), &Query::new())?;
    /// assert_eq!(found.next().ok_or("no record")??.message.as_deref(), Some("the refund is late"));
    /// assert_eq!(reader.search(&SearchFilter::all().user("mallory"), &Query::new())?.count(), 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Any error of SQLite. No text and no id is an error.
    fn search(
        &self,
        filter: &SearchFilter,
        query: &Query,
    ) -> Result<Rows<'_, RecordRow>, StoreError>;

    /// The known values of a field, or the known keys, that begin with `prefix`, in alphabetical order.
    ///
    /// Use it to suggest the rest of a condition while a person types a search. Ids match in their
    /// case, other values in any case. Of values that no index lists, those of the newest 10,000
    /// rows are suggested. Durations, costs, tokens, traces and fingerprints have no suggestions.
    ///
    /// ```
    /// use whose_store::{Queries, Reader, SearchField, SuggestionsOf};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// # let _store = whose_store::init(&path)?;
    /// for user in ["alice", "alan", "bob"] {
    ///     whose::user(user).tag("plan", "pro").in_scope(|| tracing::info!("asks"));
    /// }
    /// whose::flush(std::time::Duration::from_secs(5));
    ///
    /// let reader = Reader::open(&path)?;
    /// let users = SuggestionsOf::Values(SearchField::User);
    /// assert_eq!(reader.suggestions(&users, "al", 10)?, ["alan", "alice"]);
    /// assert_eq!(reader.suggestions(&users, "al", 1)?, ["alan"]);
    /// assert_eq!(reader.suggestions(&SuggestionsOf::TagKeys, "", 10)?, ["plan"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Any error of SQLite.
    fn suggestions(
        &self,
        of: &SuggestionsOf,
        prefix: &str,
        limit: usize,
    ) -> Result<Vec<String>, StoreError>;

    /// Finds the session and the users with that id, and the users with that email address in any
    /// case; at most ten users.
    ///
    /// Use it where a person types a name to look up. [`search`](Self::search) searches the texts
    /// of records, not their users.
    ///
    /// ```
    /// use whose_store::{Identity, Queries, Reader};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// # let _store = whose_store::init(&path)?;
    /// let alice = whose::User::new("usr_1").with_email("alice@example.com");
    /// whose::user(alice).in_scope(|| tracing::info!("hello"));
    /// whose::flush(std::time::Duration::from_secs(5));
    ///
    /// let found = Reader::open(&path)?.find_identity("Alice@example.com")?;
    /// assert_eq!(found, [Identity::User { id: "usr_1".into(), by_email: true }]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Any error of SQLite.
    fn find_identity(&self, text: &str) -> Result<Vec<Identity>, StoreError>;

    /// The cost of model calls in the groups of [`GroupBy`], ordered by cost, highest first.
    ///
    /// Groups by user, model and day are summed as in [`totals`](Self::totals). The others read every
    /// call of the time range before the first row is returned. After 10,000 rows, the calls are read again, and the other rows are sorted in a temporary file.
    ///
    /// ```
    /// use whose_store::{GroupBy, Queries, Query, Reader};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// # let _store = whose_store::init(&path)?;
    /// whose::user("alice").in_scope(|| whose::usage("gpt-4o").input_tokens(1_000_000).record());
    /// whose::flush(std::time::Duration::from_secs(5));
    ///
    /// let reader = Reader::open(&path)?;
    /// let mut report = reader.cost(&GroupBy::User, &Query::new())?;
    /// let row = report.rows.next().ok_or("no row")??;
    /// assert_eq!(row.key.as_deref(), Some("alice"));
    /// assert_eq!(report.total.cost_usd.unwrap().to_string(), "$2.50");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Any error of SQLite.
    fn cost(&self, by: &GroupBy, query: &Query) -> Result<CostReport<'_>, StoreError> {
        self.filtered_cost(by, &CostFilter::new(), query)
    }

    /// The cost of the model calls that meet a filter, in groups as in [`cost`](Self::cost).
    ///
    /// Use it to look into one group: what a user spent by model, or what a model cost by agent. A
    /// user or a session is found by an index; the other conditions read every call of the time range.
    ///
    /// ```
    /// use whose_store::{CostFilter, GroupBy, Queries, Query, Reader};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// # let _store = whose_store::init(&path)?;
    /// for user in ["alice", "bob"] {
    ///     whose::user(user).in_scope(|| whose::usage("gpt-4o").input_tokens(1_000_000).record());
    /// }
    /// whose::flush(std::time::Duration::from_secs(5));
    ///
    /// let reader = Reader::open(&path)?;
    /// let of_bob = CostFilter::new().only(GroupBy::User, "bob");
    /// let report = reader.filtered_cost(&GroupBy::Model, &of_bob, &Query::new())?;
    /// assert_eq!(report.total.cost_usd.unwrap().to_string(), "$2.50");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`UnknownUser`](StoreError::UnknownUser), [`UnknownSession`](StoreError::UnknownSession) or
    /// [`UnknownConversation`](StoreError::UnknownConversation) if the filter has such an id; any
    /// error of SQLite.
    fn filtered_cost(
        &self,
        by: &GroupBy,
        filter: &CostFilter,
        query: &Query,
    ) -> Result<CostReport<'_>, StoreError>;

    /// The cost of model calls over time: one series for each of the groups with the highest cost, and
    /// the sum of the others.
    ///
    /// Use it for a chart. The limit of the query is the most series, at most
    /// [`CostOverTime::MAX_SERIES`]. Without a bucket, the query takes the shortest bucket of which the
    /// calls fill at most 400. A bucket of which they fill more than [`CostOverTime::MAX_BUCKETS`] is
    /// replaced by a longer one.
    ///
    /// ```
    /// use whose_store::{CostFilter, GroupBy, Queries, Query, Reader, TimeBucket};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// # let _store = whose_store::init(&path)?;
    /// whose::user("alice").in_scope(|| whose::usage("gpt-4o").input_tokens(1_000_000).record());
    /// whose::flush(std::time::Duration::from_secs(5));
    ///
    /// let reader = Reader::open(&path)?;
    /// let day = Some(TimeBucket::Day);
    /// let all = CostFilter::new();
    /// let costs = reader.cost_over_time(&GroupBy::User, day, &all, &Query::new())?;
    /// assert_eq!(costs.series[0].key.as_deref(), Some("alice"));
    /// assert_eq!(costs.series[0].points[0].usage.cost_usd.unwrap().to_string(), "$2.50");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The errors of [`filtered_cost`](Self::filtered_cost).
    fn cost_over_time(
        &self,
        by: &GroupBy,
        bucket: Option<TimeBucket>,
        filter: &CostFilter,
        query: &Query,
    ) -> Result<CostOverTime, StoreError>;

    /// The groups whose cost changed most from the period before to the time range of the query, by
    /// the size of the change, largest first.
    ///
    /// Use it to find what became expensive. The period before is as long as the time range and ends
    /// where the range begins. A range without an end lasts until now. The limit of the query is the
    /// most rows, at most 1,000. `None` if the query has no start.
    ///
    /// ```
    /// use whose_store::{CostFilter, GroupBy, Queries, Query, Reader, Timestamp};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// # let _store = whose_store::init(&path)?;
    /// let start = Timestamp::from(std::time::SystemTime::now());
    /// whose::user("alice").in_scope(|| whose::usage("gpt-4o").input_tokens(1_000_000).record());
    /// whose::flush(std::time::Duration::from_secs(5));
    ///
    /// let reader = Reader::open(&path)?;
    /// let since_start = Query::new().since(start);
    /// let changes = reader.cost_changes(&GroupBy::User, &CostFilter::new(), &since_start)?;
    /// assert_eq!(changes.unwrap().rows[0].change_usd.to_string(), "$2.50");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The errors of [`filtered_cost`](Self::filtered_cost).
    fn cost_changes(
        &self,
        by: &GroupBy,
        filter: &CostFilter,
        query: &Query,
    ) -> Result<Option<CostChanges>, StoreError>;

    /// Who called what: agents, tools, models and other steps as nodes, their calls as edges, and the
    /// services where the calls begin.
    ///
    /// Use it to see how a system of agents works, and where time, money and errors arise. A span with
    /// a [kind](whose::Kind) and a model call are calls; their caller is the nearest span with a kind
    /// around them, other than a span around a model call. The limit of the query is ignored.
    ///
    /// The query reads the records of the time range in the order in which they were written, at most
    /// the newest two million of the filter, and memory is bounded:
    /// [`covers_since`](Graph::covers_since) states where the graph begins. With a user or a session,
    /// only their records are read, so an agent that works for many users is found as a caller only
    /// where its span belongs to them, or where a model call states the agent.
    ///
    /// ```
    /// use whose_store::{GraphFilter, NodeKind, Queries, Query, Reader};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// # let _store = whose_store::init(&path)?;
    /// #[whose::trace(agent = "planner")]
    /// fn plan() {
    ///     whose::usage("gpt-4o").input_tokens(1_000_000).record();
    /// }
    /// whose::user("alice").in_scope(plan);
    /// whose::flush(std::time::Duration::from_secs(5));
    ///
    /// let graph = Reader::open(&path)?.graph(&GraphFilter::new().user("alice"), &Query::new())?;
    /// let kinds: Vec<_> = graph.nodes.iter().map(|node| node.kind).collect();
    /// assert_eq!(kinds, [NodeKind::Service, NodeKind::Agent, NodeKind::Model]);
    /// assert_eq!(graph.edges.len(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`UnknownUser`](StoreError::UnknownUser) and [`UnknownSession`](StoreError::UnknownSession)
    /// for the filter's user and session; any error of SQLite.
    fn graph(&self, filter: &GraphFilter, query: &Query) -> Result<Graph, StoreError>;

    /// The model calls of each call site, and those without a user. Ordered by the cost without a
    /// user, then by the number of calls without a user, highest first.
    ///
    /// A call counts as in [`coverage`](Self::coverage): an anonymous call is not without a user,
    /// and a call from before a login is. Use it to find code that spends money without a user.
    /// Reads every call of the time range before it returns the first row.
    ///
    /// ```
    /// use whose_store::{Queries, Query, Reader};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// # let _store = whose_store::init(&path)?;
    /// whose::usage("gpt-4o").input_tokens(1_000_000).record();
    /// whose::flush(std::time::Duration::from_secs(5));
    ///
    /// let reader = Reader::open(&path)?;
    /// let site = reader.cost_coverage(&Query::new())?.next().ok_or("no call site")??;
    /// assert_eq!(site.without_user.cost_usd.unwrap().to_string(), "$2.50");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Any error of SQLite.
    fn cost_coverage(&self, query: &Query) -> Result<Rows<'_, CostCoverageRow>, StoreError>;

    /// The groups of errors, or those that affect one user, ordered by the number of users, highest
    /// first. The counts always cover the whole group.
    ///
    /// Reads every error of the time range before it returns the first row.
    ///
    /// ```
    /// use whose_store::{Queries, Query, Reader};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// # let _store = whose_store::init(&path)?;
    /// for user in ["alice", "bob"] {
    ///     whose::user(user).in_scope(|| whose::capture_message(format!("no page for {user:?}")));
    /// }
    /// whose::flush(std::time::Duration::from_secs(5));
    ///
    /// let reader = Reader::open(&path)?;
    /// let groups = reader.errors(None, &Query::new())?.collect::<Result<Vec<_>, _>>()?;
    /// assert_eq!((groups.len(), groups[0].errors, groups[0].users), (1, 2, 2));
    /// assert_eq!(groups[0].message.as_deref(), Some("no page for \"bob\""));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`UnknownUser`](StoreError::UnknownUser); any error of SQLite.
    fn errors(
        &self,
        user_id: Option<&str>,
        query: &Query,
    ) -> Result<Rows<'_, ErrorGroup>, StoreError>;

    /// The groups of errors that follow a place in the list of [`errors`](Self::errors).
    ///
    /// Use the query to read the next page of the list: pass the key of the last group of the page.
    ///
    /// ```
    /// use whose_store::{Queries, Query, Reader};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// # let _store = whose_store::init(&path)?;
    /// whose::user("alice").in_scope(|| whose::capture_message("out of stock"));
    /// whose::user("alice").in_scope(|| whose::capture_message("payment is late"));
    /// whose::flush(std::time::Duration::from_secs(5));
    ///
    /// let reader = Reader::open(&path)?;
    /// let first = reader.errors(None, &Query::new().limit(1))?.next().ok_or("no group")??;
    /// assert_eq!(reader.errors_after(None, &first.key(), &Query::new())?.count(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`UnknownUser`](StoreError::UnknownUser); any error of SQLite.
    fn errors_after(
        &self,
        user_id: Option<&str>,
        key: &ErrorKey,
        query: &Query,
    ) -> Result<Rows<'_, ErrorGroup>, StoreError>;

    /// The group of errors with this fingerprint; `None` if the time range has no such error.
    ///
    /// Use it to show one group of [`errors`](Self::errors) again. Ignores the limit of the query.
    ///
    /// ```
    /// use whose_store::{Queries, Query, Reader};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// # let _store = whose_store::init(&path)?;
    /// whose::user("alice").in_scope(|| whose::capture_message("out of stock"));
    /// whose::flush(std::time::Duration::from_secs(5));
    ///
    /// let reader = Reader::open(&path)?;
    /// let first = reader.errors(None, &Query::new())?.next().ok_or("no group")??;
    /// let again = reader.error_group(&first.fingerprint, &Query::new())?;
    /// assert_eq!(again, Some(first));
    /// assert_eq!(reader.error_group("no such group", &Query::new())?, None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Any error of SQLite.
    fn error_group(
        &self,
        fingerprint: &str,
        query: &Query,
    ) -> Result<Option<ErrorGroup>, StoreError>;

    /// The errors with this fingerprint, newest first.
    ///
    /// Use it to inspect the errors of a group: each has its own breadcrumbs, feature flags and trace.
    /// A fingerprint that no error has returns no rows.
    ///
    /// ```
    /// use whose_store::{Queries, Query, Reader};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// # let _store = whose_store::init(&path)?;
    /// whose::user("alice").in_scope(|| whose::capture_message("out of stock"));
    /// whose::flush(std::time::Duration::from_secs(5));
    ///
    /// let reader = Reader::open(&path)?;
    /// let group = reader.errors(None, &Query::new())?.next().ok_or("no group")??;
    /// let mut errors = reader.error_records(&group.fingerprint, &Query::new())?;
    /// let newest = errors.next().ok_or("no error")??;
    /// assert_eq!(newest.user.as_deref(), Some("alice"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Any error of SQLite.
    fn error_records(
        &self,
        fingerprint: &str,
        query: &Query,
    ) -> Result<Rows<'_, RecordRow>, StoreError>;

    /// The users whom the errors with this fingerprint hit, ordered by the number of errors, highest
    /// first.
    ///
    /// Use it to find out whom to tell about an error. Errors without a user are not listed:
    /// [`ErrorGroup::without_user`] counts them.
    ///
    /// ```
    /// use whose_store::{Queries, Query, Reader};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// # let _store = whose_store::init(&path)?;
    /// for user in ["alice", "bob", "bob"] {
    ///     whose::user(user).in_scope(|| whose::capture_message("out of stock"));
    /// }
    /// whose::flush(std::time::Duration::from_secs(5));
    ///
    /// let reader = Reader::open(&path)?;
    /// let group = reader.errors(None, &Query::new())?.next().ok_or("no group")??;
    /// let mut users = reader.error_users(&group.fingerprint, &Query::new())?;
    /// let first = users.next().ok_or("no user")??;
    /// assert_eq!((&*first.user, first.errors), ("bob", 2));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Any error of SQLite.
    fn error_users(
        &self,
        fingerprint: &str,
        query: &Query,
    ) -> Result<Rows<'_, ErrorUser>, StoreError>;

    /// The errors over time: for each fingerprint, the number of its errors in each part of the time
    /// range.
    ///
    /// Use it to draw the trend of the groups on a page of [`errors`](Self::errors): one query reads
    /// the errors of the time range once for all of them.
    ///
    /// ```
    /// use whose_store::{Queries, Query, Reader, TimeParts, Timestamp};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// # let _store = whose_store::init(&path)?;
    /// let before = Timestamp::from(std::time::SystemTime::now());
    /// whose::user("alice").in_scope(|| whose::capture_message("out of stock"));
    /// whose::flush(std::time::Duration::from_secs(5));
    /// let after = Timestamp::from_nanos(before.as_nanos() + 3_600_000_000_000);
    ///
    /// let reader = Reader::open(&path)?;
    /// let group = reader.errors(None, &Query::new())?.next().ok_or("no group")??;
    /// let parts = TimeParts::new(before, after, 2);
    /// let trends = reader.error_trends(&[&group.fingerprint], &parts)?;
    /// assert_eq!(trends, [[1, 0]]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Any error of SQLite.
    fn error_trends(
        &self,
        fingerprints: &[&str],
        parts: &TimeParts,
    ) -> Result<Vec<Vec<u64>>, StoreError>;

    /// The monitored jobs by name, each with its last run, its failures, its overruns and its missed
    /// starts.
    ///
    /// Use the query to alert on a job that no longer runs. A missed start has no record, so the query
    /// computes the missed starts. A start is expected one
    /// [interval](whose::Monitor::every) after the start before, and is missed if none came within the
    /// grace: a tenth of the interval, at least a minute, at most an hour. The same holds from the last
    /// start to the present, which is the end of the time range, or the clock where the range has
    /// no end. A job without an interval misses nothing, and so does a job that never started.
    ///
    /// The time range limits what is counted. The last run is the newest one before the end of the
    /// range, and every job with such a run is listed: a job that died before the range began is late
    /// all the same. Memory is bounded. Of a job with more than 1,024 runs without an end, the end of
    /// an older one is not matched.
    ///
    /// ```
    /// use whose_store::{JobStatus, Queries, Query, Reader};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// # let _store = whose_store::init(&path)?;
    /// whose::monitor("nightly-report").run(|| ());
    /// whose::flush(std::time::Duration::from_secs(5));
    ///
    /// let reader = Reader::open(&path)?;
    /// let jobs = reader.jobs(&Query::new())?.collect::<Result<Vec<_>, _>>()?;
    /// assert_eq!((&*jobs[0].monitor, jobs[0].status), ("nightly-report", JobStatus::Ok));
    /// assert_eq!((jobs[0].runs, jobs[0].missed), (1, 0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Any error of SQLite.
    fn jobs(&self, query: &Query) -> Result<Rows<'_, JobRow>, StoreError>;

    /// The scores that match the filter, oldest first, and a summary for each name.
    ///
    /// A score belongs to the user, the session and the conversation of its record, including a user
    /// that was identified later. Reads every matching score of the time range before it returns the
    /// first row.
    ///
    /// ```
    /// use whose_store::{Queries, Query, Reader, ScoreFilter};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// # let _store = whose_store::init(&path)?;
    /// whose::user("alice").in_scope(|| whose::score("helpful", 0.5).record());
    /// whose::user("bob").in_scope(|| whose::score("helpful", 1).record());
    /// whose::flush(std::time::Duration::from_secs(5));
    ///
    /// let reader = Reader::open(&path)?;
    /// let report = reader.scores(&ScoreFilter::new(), &Query::new())?;
    /// assert_eq!((report.summary[0].count, report.summary[0].mean), (2, Some(0.75)));
    /// let of_bob = reader.scores(&ScoreFilter::new().user("bob"), &Query::new())?;
    /// assert_eq!(of_bob.rows.count(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`UnknownUser`](StoreError::UnknownUser), [`UnknownSession`](StoreError::UnknownSession) or
    /// [`UnknownConversation`](StoreError::UnknownConversation) if the filter has such an id; any
    /// error of SQLite.
    fn scores(&self, filter: &ScoreFilter, query: &Query) -> Result<ScoreReport<'_>, StoreError>;

    /// The scores over time, one trend for each name, in alphabetical order.
    ///
    /// Use it to see whether answers became better or worse. Returns at most
    /// [`ScoreSummary::NAMES`](super::ScoreSummary::NAMES) trends.
    ///
    /// ```
    /// use whose_store::{Queries, Reader, ScoreFilter, TimeParts, Timestamp};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// # let _store = whose_store::init(&path)?;
    /// let before = Timestamp::from(std::time::SystemTime::now());
    /// whose::user("alice").in_scope(|| whose::score("helpful", 0.5).record());
    /// whose::flush(std::time::Duration::from_secs(5));
    /// let after = Timestamp::from_nanos(before.as_nanos() + 3_600_000_000_000);
    ///
    /// let parts = TimeParts::new(before, after, 2);
    /// let trends = Reader::open(&path)?.score_trends(&ScoreFilter::new(), &parts)?;
    /// assert_eq!((&*trends[0].name, &*trends[0].means), ("helpful", &[Some(0.5), None][..]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`scores`](Self::scores).
    fn score_trends(
        &self,
        filter: &ScoreFilter,
        parts: &TimeParts,
    ) -> Result<Vec<ScoreTrend>, StoreError>;

    /// The sessions with numbers of this score, the lowest mean first.
    ///
    /// Use it to find the sessions that went worst. Categories have no mean, and a session with
    /// categories alone is not listed.
    ///
    /// ```
    /// use whose_store::{Queries, Query, Reader};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// # let _store = whose_store::init(&path)?;
    /// whose::session("s-1").in_scope(|| whose::score("helpful", 0.5).record());
    /// whose::session("s-2").in_scope(|| whose::score("helpful", 0.25).record());
    /// whose::flush(std::time::Duration::from_secs(5));
    ///
    /// let reader = Reader::open(&path)?;
    /// let worst = reader.score_sessions("helpful", &Query::new())?.next().ok_or("no session")??;
    /// assert_eq!((&*worst.session, worst.mean), ("s-2", 0.25));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Any error of SQLite.
    fn score_sessions(
        &self,
        name: &str,
        query: &Query,
    ) -> Result<Rows<'_, ScoreSession>, StoreError>;

    /// The share of the records of each call site that have a user and a session, and the reasons
    /// why the others have no user. Ordered by the share without a user, then by their number, then
    /// by the share without a session, highest first.
    ///
    /// Use it to find code that loses the user. Reads every record of the time range before it
    /// returns the first row.
    ///
    /// ```
    /// use whose_store::{Queries, Query, Reader};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// # let _store = whose_store::init(&path)?;
    /// std::thread::spawn(|| tracing::info!("without its scope")).join().unwrap();
    /// whose::flush(std::time::Duration::from_secs(5));
    ///
    /// let reader = Reader::open(&path)?;
    /// let site = reader.coverage(&Query::new())?.next().ok_or("no call site")??;
    /// assert_eq!((site.records, site.without_user), (1, 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Any error of SQLite.
    fn coverage(&self, query: &Query) -> Result<Rows<'_, CoverageRow>, StoreError>;

    /// The records without a user that no link attributes to one, newest first.
    ///
    /// Use it to inspect records that lost their user. [`coverage`](Self::coverage) counts them by
    /// call site.
    ///
    /// ```
    /// use whose_store::{Queries, Query, Reader, UnattributedFilter};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// # let _store = whose_store::init(&path)?;
    /// std::thread::spawn(|| tracing::info!("without its scope")).join().unwrap();
    /// whose::flush(std::time::Duration::from_secs(5));
    ///
    /// let reader = Reader::open(&path)?;
    /// let mut records = reader.unattributed(&UnattributedFilter::new(), &Query::new())?;
    /// let record = records.next().ok_or("no record")??;
    /// assert_eq!(record.message.as_deref(), Some("without its scope"));
    /// assert_eq!(record.unattributed.as_deref(), Some("no_scope"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Any error of SQLite.
    fn unattributed(
        &self,
        filter: &UnattributedFilter,
        query: &Query,
    ) -> Result<Rows<'_, RecordRow>, StoreError>;

    /// The lost records of the time range, oldest first.
    ///
    /// Use it with every other query: the rows of a query are complete if this list is empty. The
    /// limit of the query counts rows; one row covers many records.
    ///
    /// ```
    /// use whose_store::{Queries, Query, Reader};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// # drop(whose_store::Store::open(&path)?);
    /// let reader = Reader::open(&path)?;
    /// for lost in reader.losses(&Query::new())? {
    ///     eprintln!("{} records from {} to {}: {}", lost.records, lost.from, lost.to, lost.reason);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Any error of SQLite.
    fn losses(&self, query: &Query) -> Result<Vec<LostRecords>, StoreError>;

    /// The records that were written last, the last one first, at most `max_rows`.
    ///
    /// Use it to follow a store: pass [`newest`](LatestRecords::newest) as
    /// [`after`](LatestFilter::after) to get the records that were written since. The order is that of
    /// writing, so a span comes when it has closed. One query looks at no more than the last 100,000
    /// records.
    ///
    /// ```
    /// use whose_store::{LatestFilter, Queries, Reader};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// # let _store = whose_store::init(&path)?;
    /// tracing::info!("first");
    /// tracing::info!("second");
    /// whose::flush(std::time::Duration::from_secs(5));
    /// let reader = Reader::open(&path)?;
    /// let latest = reader.latest(&LatestFilter::new(), 10)?;
    /// assert_eq!(latest.rows[0].message.as_deref(), Some("second"));
    /// let since = LatestFilter::new().after(latest.rows[0].id);
    /// assert!(reader.latest(&since, 10)?.rows.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Any error of SQLite.
    fn latest(&self, filter: &LatestFilter, max_rows: usize) -> Result<LatestRecords, StoreError>;

    /// The state of the store: sizes, time range, lost records, and what processes counted.
    ///
    /// Use it to see whether the answers of other queries are complete.
    ///
    /// ```
    /// use whose_store::{Queries, Reader};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// # drop(whose_store::Store::open(&path)?);
    /// let health = Reader::open(&path)?.health()?;
    /// assert!(health.lost.is_empty() && health.bytes > 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Any error of SQLite.
    fn health(&self) -> Result<StoreHealth, StoreError>;

    /// The rows of the access log that match the filter, newest first: who looked at whom.
    ///
    /// Use it to tell a person who has seen the records of that person. A forgotten user is found by
    /// the id too. The time range is that of the views.
    ///
    /// ```
    /// use whose_store::{Access, AccessFilter, AccessLog, AccessWay, Queries, Query, Reader};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// # let _store = whose_store::init(&path)?;
    /// whose::user("alice").in_scope(|| tracing::info!("asks"));
    /// whose::flush(std::time::Duration::from_secs(5));
    /// let access = Access::new("support-2", AccessWay::Command, "audit", "alice");
    /// AccessLog::open(&path)?.append(&[access])?;
    ///
    /// let reader = Reader::open(&path)?;
    /// let row = reader.accesses(&AccessFilter::new(), &Query::new())?.next().unwrap()?;
    /// assert_eq!((&*row.viewer, row.user.as_deref()), ("support-2", Some("alice")));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`UnknownUser`](StoreError::UnknownUser) if the filter has a user that neither the store nor the
    /// log knows; any error of SQLite.
    fn accesses(
        &self,
        filter: &AccessFilter,
        query: &Query,
    ) -> Result<Rows<'_, AccessRow>, StoreError>;

    /// Checks the access log: whether each row is as it was written, and none is missing.
    ///
    /// Use it before the log is trusted. Reads every row of the log.
    ///
    /// ```
    /// use whose_store::{Queries, Reader};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// # drop(whose_store::Store::open(&path)?);
    /// let chain = Reader::open(&path)?.access_chain()?;
    /// assert_eq!((chain.rows, chain.fault), (0, None));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Any error of SQLite. A log that was changed is no error, but a
    /// [fault](AccessChain::fault).
    fn access_chain(&self) -> Result<AccessChain, StoreError>;

    /// The statements that the engine executes while `run` runs, in order, with their values.
    ///
    /// Use it to show how an answer was found, and to ask the same of the file in a shell.
    ///
    /// ```
    /// use whose_store::{Queries, Query, Reader};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// # drop(whose_store::Store::open(&path)?);
    /// let mut reader = Reader::open(&path)?;
    /// let mut users = None;
    /// let statements = reader.statements_of(&mut |store| {
    ///     users = Some(store.users(&Query::new()).map(Iterator::count));
    /// });
    /// assert!(statements.iter().any(|sql| sql.contains("FROM records")), "{statements:?}");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    fn statements_of(&mut self, run: &mut dyn FnMut(&dyn Queries)) -> Vec<String>;
}
