//! Inserts the records of one batch.

use std::time::{Duration, SystemTime};

use rusqlite::{CachedStatement, Connection};
use whose::{Record, RecordType, ScopeId, Timestamp};

use super::check_in;
use super::error_details;
use super::json;
use super::links::{self, ForgottenScope};
use super::model_usage;
use super::partition_times::PartitionTimes;
use super::record_row::{INSERT_MANY, INSERT_ONE, ROWS_PER_STATEMENT, Row, bind};
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
    /// How many of the buffered rows wait for a statement.
    pending: usize,
    /// The row id of the newest record.
    last_id: i64,
    /// How many records were rejected because their users were forgotten.
    forgotten: u64,
    forgotten_scopes: Vec<ForgottenScope>,
    partition_times: PartitionTimes,
    rollup: BatchRollup,
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
        cache.refresh(connection)?;
        // A batch that failed has left its sums.
        cache.rollup.clear();
        cache.texts.begin_transaction(connection)?;
        Ok(Self {
            connection,
            cache,
            one: connection.prepare_cached(&INSERT_ONE)?,
            many: connection.prepare_cached(&INSERT_MANY)?,
            pending: 0,
            last_id: connection
                .prepare_cached(LAST_RECORD_ID)?
                .query_row((), |row| row.get(0))?,
            forgotten: 0,
            forgotten_scopes: Vec::new(),
            partition_times: PartitionTimes::default(),
            rollup: BatchRollup::default(),
        })
    }

    pub(super) fn add(&mut self, record: &Record) -> rusqlite::Result<()> {
        let scope = record.scope_id();
        if let Some(scope) = scope.filter(|_| record.record_type() == RecordType::Link) {
            return self.add_link(record, scope);
        }
        let (start, duration) = time_columns(record.start(), record.duration());
        // Checked first: nothing of a record of a forgotten user is written.
        let Some(Owner { user, isolated }) = self.resolve_owner(record, start)? else {
            self.forgotten += 1;
            return Ok(());
        };
        let id = self.next_id()?;
        self.partition_times.record_start(id, start);
        self.fill_row(record, user, start, duration)?;
        let connection = self.connection;
        let call = model_usage::insert(connection, &mut self.cache.ids, id, record)?;
        let written = WrittenRecord {
            id,
            record,
            row: &self.cache.rows[self.pending],
            call,
            is_isolated: isolated.is_some(),
        };
        let sums = &mut self.cache.rollup;
        self.rollup.add(connection, sums, written)?;
        score::insert(connection, id, record)?;
        error_details::insert(connection, id, record)?;
        check_in::insert(connection, id, record)?;
        if let Some(isolated) = isolated {
            links::insert_gap(connection, id, isolated)?;
        }
        self.pending += 1;
        if self.pending == ROWS_PER_STATEMENT {
            self.insert_buffered_rows(id)?;
        }
        Ok(())
    }

    fn add_link(&mut self, record: &Record, scope: ScopeId) -> rusqlite::Result<()> {
        let link = links::insert_link(self.connection, &mut self.cache.ids, record, scope)?;
        self.forgotten_scopes.extend(link);
        Ok(())
    }

    /// Resolves the owner of a record that began at `start`; `None` if the user was forgotten.
    fn resolve_owner(&mut self, record: &Record, start: i64) -> rusqlite::Result<Option<Owner>> {
        let ids = &mut self.cache.ids;
        let (user, isolated) = match (record.user(), record.scope_id()) {
            (Some(user), _) => match ids.resolve_user(self.connection, user, start)?.id {
                Some(user) => (Some(user), None),
                None => return Ok(None),
            },
            (None, Some(scope)) => {
                let isolated = links::scope_bits(scope);
                if ids.is_of_forgotten_scope(self.connection, isolated, start)? {
                    return Ok(None);
                }
                (None, Some(isolated))
            }
            (None, None) => (None, None),
        };
        Ok(Some(Owner { user, isolated }))
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
        user: Option<i64>,
        start: i64,
        duration: Option<i64>,
    ) -> rusqlite::Result<()> {
        let connection = self.connection;
        let WriterCache {
            ids,
            sites,
            texts,
            rows,
            ..
        } = &mut *self.cache;
        let row = &mut rows[self.pending];
        row.site = sites.site_id(connection, record)?;
        row.traits = sites.traits_id(connection, record)?;
        row.text = texts.text_id(connection, record)?;
        row.scope = texts.scope_id(connection, record)?;
        row.user = user;
        row.session = match record.session_id() {
            Some(session) => {
                Some(ids.session_id(connection, session, record.previous_session_id())?)
            }
            None => None,
        };
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
        bind(&mut self.many, &self.cache.rows)?;
        self.many.raw_execute()?;
        self.pending = 0;
        // SQLite counts up from the greatest row id, which no other connection can change now.
        debug_assert_eq!(self.connection.last_insert_rowid(), id);
        Ok(())
    }

    /// Inserts the buffered rows and indexes the new texts. Returns how many records were rejected
    /// because their users were forgotten.
    pub(super) fn finish(mut self) -> rusqlite::Result<u64> {
        for row in &self.cache.rows[..self.pending] {
            bind(&mut self.one, std::slice::from_ref(row))?;
            self.one.raw_execute()?;
        }
        self.partition_times.write(self.connection)?;
        self.rollup.write(self.connection, &mut self.cache.rollup)?;
        self.cache.texts.index_new_texts(self.connection)?;
        for scope in &self.forgotten_scopes {
            self.forgotten += scope.delete_records(self.connection)?;
        }
        Ok(self.forgotten)
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
