//! Inserts the records of one batch.

use std::time::{Duration, SystemTime};

use rusqlite::{CachedStatement, Connection};
use whose::{Record, RecordType, ScopeId, Timestamp};

use super::check_in;
use super::error_details;
use super::id_cache::StoredUser;
use super::json;
use super::links::{self, ForgottenScope};
use super::loss::Loss;
use super::model_usage;
use super::partition_times::PartitionTimes;
use super::record_row::{
    INSERT_MANY, INSERT_ONE, ROWS_PER_STATEMENT, Row, bind_changes, bind_rows,
};
use super::rollup::{BatchRollup, WrittenRecord};
use super::score;
use super::writer_cache::WriterCache;

/// The greatest row id that any record had: row ids are never reused.
const LAST_RECORD_ID: &str =
    "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'records'";

/// Inserts the records of one transaction.
pub(super) struct BatchInsert<'a> {
    connection: &'a Connection,
    cache: &'a mut WriterCache,
    one: CachedStatement<'a>,
    many: CachedStatement<'a>,
    /// Whether `many` has the values of `WriterCache::bound_rows`.
    has_bound: bool,
    /// How many of the buffered rows wait for a statement.
    pending: usize,
    /// The row id of the newest record.
    last_id: i64,
    /// How many records were rejected because their users were forgotten.
    forgotten: u64,
    forgotten_scopes: Vec<ForgottenScope>,
    partition_times: PartitionTimes,
    rollup: BatchRollup,
    previous: Option<PreviousRecord<'a>>,
    /// The records and their time range.
    added: Option<Loss>,
}

/// What a batch has written.
pub(super) struct WrittenBatch {
    /// How many records were rejected because their users were forgotten.
    pub(super) forgotten: u64,
    /// All records and their time range: what is lost if the file is lost. `None` if the batch was empty.
    pub(super) records: Option<Loss>,
}

/// The record that was added last. The records of one request follow each other, so most have the user
/// and the session of the one before.
#[derive(Clone, Copy)]
struct PreviousRecord<'a> {
    record: &'a Record,
    user: Option<StoredUser>,
    session: Option<i64>,
}

/// Who a record belongs to.
struct Owner {
    user: Option<i64>,
    /// The isolated scope, if the record has no user.
    isolated: Option<i64>,
}

impl<'a> BatchInsert<'a> {
    pub(super) fn new(
        connection: &'a Connection,
        cache: &'a mut WriterCache,
    ) -> rusqlite::Result<Self> {
        cache.rows.resize_with(ROWS_PER_STATEMENT, Row::default);
        cache
            .bound_rows
            .resize_with(ROWS_PER_STATEMENT, Row::default);
        cache.refresh(connection)?;
        // A batch that failed has left its sums.
        cache.rollup.clear();
        cache.texts.begin_transaction(connection)?;
        Ok(Self {
            connection,
            cache,
            one: connection.prepare_cached(&INSERT_ONE)?,
            many: connection.prepare_cached(&INSERT_MANY)?,
            has_bound: false,
            pending: 0,
            last_id: connection
                .prepare_cached(LAST_RECORD_ID)?
                .query_row((), |row| row.get(0))?,
            forgotten: 0,
            forgotten_scopes: Vec::new(),
            partition_times: PartitionTimes::default(),
            rollup: BatchRollup::default(),
            previous: None,
            added: None,
        })
    }

    pub(super) fn add(&mut self, record: &'a Record) -> rusqlite::Result<()> {
        let (start, duration) = time_columns(record.start(), record.duration());
        self.count(start, duration);
        let scope = record.scope_id();
        if let Some(scope) = scope.filter(|_| record.record_type() == RecordType::Link) {
            return self.add_link(record, scope);
        }
        // Checked first: nothing of a record of a forgotten user is written.
        let user = self.resolve_user(record, start)?;
        let Some(Owner {
            user: owner,
            isolated,
        }) = self.owner(record, user, start)?
        else {
            self.forgotten += 1;
            return Ok(());
        };
        let session = self.session_id(record)?;
        self.previous = Some(PreviousRecord {
            record,
            user,
            session,
        });
        let id = self.next_id()?;
        self.partition_times.record_start(id, start);
        self.fill_row(record, (owner, session), (start, duration))?;
        let connection = self.connection;
        // The fields tell a model call, a score and a check-in, and each of them asks for many fields.
        let has_fields = record.fields().next().is_some();
        let call = match has_fields {
            true => model_usage::insert(connection, &mut self.cache.ids, id, record)?,
            false => None,
        };
        let written = WrittenRecord {
            id,
            record,
            row: &self.cache.rows[self.pending],
            call,
            is_isolated: isolated.is_some(),
        };
        let sums = &mut self.cache.rollup;
        self.rollup.add(connection, sums, written)?;
        if has_fields {
            score::insert(connection, id, record)?;
            check_in::insert(connection, id, record)?;
        }
        error_details::insert(connection, id, record)?;
        if let Some(isolated) = isolated {
            links::insert_gap(connection, id, isolated)?;
        }
        self.pending += 1;
        if self.pending == ROWS_PER_STATEMENT {
            self.insert_buffered_rows(id)?;
        }
        Ok(())
    }

    /// Counts a record. Reading the records again after the batch would be slow: they left the cache of
    /// the processor by then.
    fn count(&mut self, start: i64, duration: Option<i64>) {
        let range = (start, start.saturating_add(duration.unwrap_or_default()));
        match &mut self.added {
            Some(added) => added.add(range),
            None => self.added = Some(Loss::new(range, String::new())),
        }
    }

    fn add_link(&mut self, record: &Record, scope: ScopeId) -> rusqlite::Result<()> {
        let link = links::insert_link(self.connection, &mut self.cache.ids, record, scope)?;
        self.forgotten_scopes.extend(link);
        // The link may have written other details of the same user.
        self.previous = None;
        Ok(())
    }

    /// Resolves the user of a record that began at `start`.
    fn resolve_user(
        &mut self,
        record: &Record,
        start: i64,
    ) -> rusqlite::Result<Option<StoredUser>> {
        let Some(user) = record.user() else {
            return Ok(None);
        };
        // Equal users without an id can have different identities: a detail `0.0` equals `-0.0`.
        if let Some(previous) = &self.previous
            && let Some(stored) = previous.user
            && user.id().is_some()
            && previous.record.user() == Some(user)
        {
            return Ok(Some(stored.at(start)));
        }
        let ids = &mut self.cache.ids;
        ids.resolve_user(self.connection, user, start).map(Some)
    }

    /// Resolves the owner of a record that began at `start`; `None` if the user was forgotten.
    fn owner(
        &self,
        record: &Record,
        user: Option<StoredUser>,
        start: i64,
    ) -> rusqlite::Result<Option<Owner>> {
        let (user, isolated) = match (user, record.scope_id()) {
            (Some(user), _) => match user.id {
                Some(user) => (Some(user), None),
                None => return Ok(None),
            },
            (None, Some(scope)) => {
                let isolated = links::scope_bits(scope);
                let ids = &self.cache.ids;
                if ids.is_of_forgotten_scope(self.connection, isolated, start)? {
                    return Ok(None);
                }
                (None, Some(isolated))
            }
            (None, None) => (None, None),
        };
        Ok(Some(Owner { user, isolated }))
    }

    /// The row id of the session of a record.
    fn session_id(&mut self, record: &Record) -> rusqlite::Result<Option<i64>> {
        let Some(session) = record.session_id() else {
            return Ok(None);
        };
        let continued = record.previous_session_id();
        if let Some(previous) = &self.previous
            && previous.record.session_id() == Some(session)
            && previous.record.previous_session_id() == continued
        {
            return Ok(previous.session);
        }
        let ids = &mut self.cache.ids;
        ids.session_id(self.connection, session, continued)
            .map(Some)
    }

    /// The row id of the next record.
    fn next_id(&mut self) -> rusqlite::Result<i64> {
        // A forged file can contain the greatest possible row id.
        let next = self.last_id.checked_add(1);
        self.last_id = next.ok_or(rusqlite::Error::IntegralValueOutOfRange(0, self.last_id))?;
        Ok(self.last_id)
    }

    /// Fills the next buffered row.
    fn fill_row(
        &mut self,
        record: &Record,
        (user, session): (Option<i64>, Option<i64>),
        (start, duration): (i64, Option<i64>),
    ) -> rusqlite::Result<()> {
        let connection = self.connection;
        let WriterCache {
            sites, texts, rows, ..
        } = &mut *self.cache;
        let row = &mut rows[self.pending];
        row.site = sites.site_id(connection, record)?;
        row.traits = sites.traits_id(connection, record)?;
        row.text = texts.text_id(connection, record)?;
        row.scope = texts.scope_id(connection, record)?;
        row.user = user;
        row.session = session;
        row.start = start;
        row.duration = duration;
        row.trace = record.trace_id().map(|id| id.to_bytes());
        row.span = record.span_id().map(|id| i64::from_be_bytes(id.to_bytes()));
        row.parent = record
            .parent_id()
            .map(|id| i64::from_be_bytes(id.to_bytes()));
        row.fields.clear();
        let numbers = record
            .last_fields()
            .filter(|(_, value)| value.as_str().is_none());
        json::write_object(&mut row.fields, numbers);
        Ok(())
    }

    /// Inserts all buffered rows with one statement. `id` is the row id of the last of them.
    fn insert_buffered_rows(&mut self, id: i64) -> rusqlite::Result<()> {
        let WriterCache {
            rows, bound_rows, ..
        } = &mut *self.cache;
        if std::mem::replace(&mut self.has_bound, true) {
            bind_changes(&mut self.many, rows, bound_rows)?;
        } else {
            bind_rows(&mut self.many, rows)?;
        }
        std::mem::swap(rows, bound_rows);
        self.many.raw_execute()?;
        self.pending = 0;
        // SQLite counts up from the greatest row id, which no other connection can change now.
        debug_assert_eq!(self.connection.last_insert_rowid(), id);
        Ok(())
    }

    /// Inserts the buffered rows and indexes the new texts.
    pub(super) fn finish(mut self) -> rusqlite::Result<WrittenBatch> {
        for row in &self.cache.rows[..self.pending] {
            bind_rows(&mut self.one, std::slice::from_ref(row))?;
            self.one.raw_execute()?;
        }
        self.partition_times.write(self.connection)?;
        self.rollup.write(self.connection, &mut self.cache.rollup)?;
        self.cache.texts.index_new_texts(self.connection)?;
        for scope in &self.forgotten_scopes {
            self.forgotten += scope.delete_records(self.connection)?;
        }
        Ok(WrittenBatch {
            forgotten: self.forgotten,
            records: self.added,
        })
    }
}

/// The start and the duration in nanoseconds. Limits the duration so that the end of the record
/// fits an `i64` even if the clock is wrong.
fn time_columns(start: SystemTime, duration: Option<Duration>) -> (i64, Option<i64>) {
    let start = Timestamp::from(start).as_nanos();
    let longest = i64::MAX - start.max(0);
    let duration = duration.map(|duration| i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX));
    (start, duration.map(|duration| duration.min(longest)))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::time_columns;

    #[test]
    fn time_of_wrong_clock_has_valid_end() {
        let year = Duration::from_secs(365 * 24 * 60 * 60);
        let moments = [
            SystemTime::UNIX_EPOCH.checked_sub(year * 1_000),
            SystemTime::UNIX_EPOCH.checked_sub(year * 5),
            SystemTime::UNIX_EPOCH.checked_add(year * 292),
            SystemTime::UNIX_EPOCH.checked_add(year * 100_000),
        ];
        for start in moments.map(Option::unwrap) {
            for duration in [Duration::ZERO, year, Duration::MAX] {
                let (start, duration) = time_columns(start, Some(duration));
                assert!(
                    start.checked_add(duration.unwrap()).is_some(),
                    "{start} {duration:?}"
                );
            }
        }
    }
}
