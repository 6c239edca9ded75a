//! The reader of a store.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OptionalExtension, Transaction};

use super::partitions::Partitions;
use super::query::Query;
use super::schema_check;
use super::step_limit::StepLimit;
use super::summary_cache::SummaryCache;
use crate::error::{StoreError, WithPath};
use crate::file_identity::{ExpectedFile, FileIdentity};
use crate::log::log_path;
use crate::prices::Prices;
use crate::schema;
use crate::side_files::SideFiles;

/// The size of the statement cache: more than the statements of one query.
const STATEMENTS: usize = 32;

/// Runs queries on a store, without changing the file.
///
/// Use it while a process writes to the file, or after a process was killed. Every query takes a
/// [`Query`] with a limit and a time range, and returns [`Rows`](super::Rows), which are read on
/// demand: memory is bounded, and a slow consumer does not block the writer.
///
/// Costs are computed at query time from the tokens and the current [prices](Self::with_prices), so
/// a price that is added later applies to earlier calls. Costs are list prices, before discounts
/// for cached input, batches and contracts.
///
/// ```
/// use whose_store::{GroupBy, Queries, Query, Reader};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("whose.db");
/// # drop(whose_store::Store::open(&path)?);
/// let reader = Reader::open(&path)?;
/// for user in reader.users(&Query::new())? {
///     let user = user?;
///     println!("{:?}: {} spans, last seen {}", user.id, user.counts.spans, user.last_seen);
/// }
/// for row in reader.cost(&GroupBy::Model, &Query::new())?.rows {
///     let row = row?;
///     println!("{:?}: {} calls", row.key, row.usage.calls);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Reader {
    connection: Connection,
    path: PathBuf,
    /// The file that the connection has open.
    file: Option<FileIdentity>,
    side_files: SideFiles,
    prices: Prices,
    steps: StepLimit,
    summaries: Arc<SummaryCache>,
}

impl Reader {
    /// Opens a store for reading.
    ///
    /// The file must have the tables of this version. A file with a replaced table, for example a
    /// view that never ends, is rejected.
    ///
    /// # Errors
    /// [`NotFound`](StoreError::NotFound) if there is no file; [`NotAStore`](StoreError::NotAStore)
    /// if the file is not a store; [`NewerSchema`](StoreError::NewerSchema) or
    /// [`OlderSchema`](StoreError::OlderSchema) if another version wrote the file;
    /// [`Unreadable`](StoreError::Unreadable) if the file cannot be read; any error of SQLite.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::open_file(path.as_ref(), ExpectedFile::Any)
    }

    fn open_file(path: &Path, expected: ExpectedFile) -> Result<Self, StoreError> {
        let path = path.to_path_buf();
        let file = match expected {
            ExpectedFile::Any => FileIdentity::of(&path),
            ExpectedFile::Same(file) => file,
        };
        let mut connection = schema::open_for_reading(&path, ExpectedFile::Same(file))?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        let steps = StepLimit::install(&mut connection).with_path(&path)?;
        // 8 MiB: a query moves back and forth in an index. Sorting uses as much, then the disk.
        connection
            .pragma_update(None, "cache_size", -8_192)
            .with_path(&path)?;
        // Without this setting, SQLite prepares a query over a partial index again for each bound
        // value, which took most of the time of a list of users. Every query here states its index.
        connection
            .set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)
            .with_path(&path)?;
        // Unsafe functions and virtual tables are not called from the SQL in the file.
        connection
            .pragma_update(None, "trusted_schema", false)
            .with_path(&path)?;
        schema_check::check(&connection, &path)?;
        Ok(Self {
            connection,
            side_files: SideFiles::of(&path),
            path,
            file,
            prices: Prices::builtin(),
            steps,
            summaries: Arc::default(),
        })
    }

    /// Replaces the [builtin](Prices::builtin) prices.
    #[must_use]
    pub fn with_prices(mut self, prices: Prices) -> Self {
        self.prices = prices;
        // The sums have costs.
        self.summaries = Arc::default();
        self
    }

    /// Opens the path again, with the same prices.
    ///
    /// Use `reopen` for queries beside each other. The readers share the sums of records that
    /// [`user_page`](super::Queries::user_page), [`totals`](super::Queries::totals) and
    /// [`cost`](super::Queries::cost) keep between two queries.
    ///
    /// ```
    /// use whose_store::{Queries, Query, Reader};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// # drop(whose_store::Store::open(&path)?);
    /// let one = Reader::open(&path)?;
    /// let other = one.reopen()?;
    /// assert_eq!(one.totals(&Query::new())?, other.totals(&Query::new())?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`FileReplaced`](StoreError::FileReplaced) if the path names another file than before: close
    /// every reader of the old file, and open the new one. The errors of [`open`](Self::open).
    pub fn reopen(&self) -> Result<Self, StoreError> {
        let mut reader = Self::open_file(&self.path, ExpectedFile::Same(self.file))?;
        reader.prices = self.prices.clone();
        reader.summaries = Arc::clone(&self.summaries);
        Ok(reader)
    }

    pub(super) fn summaries(&self) -> &SummaryCache {
        &self.summaries
    }

    /// The prices that costs are computed from.
    #[must_use]
    pub fn prices(&self) -> &Prices {
        &self.prices
    }

    /// The file that the reader has open; `None` on systems that do not let an open file be replaced.
    #[must_use]
    pub fn file(&self) -> Option<FileIdentity> {
        self.file
    }

    /// Prepares the path for another file: removes the empty log and the shared memory of the file that
    /// the reader has open, and that the path no longer names.
    ///
    /// Call this on the last connection of a process to the old file, before any connection is opened to
    /// the new one.
    ///
    /// # Errors
    /// [`LogOfOtherFile`](StoreError::LogOfOtherFile) if the log has records that were not merged into
    /// the old file. A program that writes merges them when it notices the replacement.
    pub fn leave(&self) -> Result<(), StoreError> {
        match self.side_files.remove(&self.path) {
            true => Ok(()),
            false => Err(StoreError::LogOfOtherFile {
                log: log_path(&self.path),
            }),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    pub(super) fn connection_mut(&mut self) -> &mut Connection {
        &mut self.connection
    }

    /// Runs `query` in one short read transaction.
    pub(super) fn read_tx<T>(
        &self,
        query: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        self.steps.reset();
        let read = || {
            let tx = self.connection.unchecked_transaction()?;
            let result = query(&tx)?;
            tx.commit()?;
            Ok(result)
        };
        read().map_err(|error| self.steps.to_store_error(error, &self.path))
    }

    /// Adds the path to an error of SQLite that occurred outside the file.
    pub(super) fn error(&self, source: rusqlite::Error) -> StoreError {
        StoreError::Sqlite {
            path: self.path.clone(),
            source,
        }
    }

    /// The partitions of a snapshot of the file that can contain records of the time range.
    pub(super) fn partitions(&self, query: &Query) -> Result<Partitions, StoreError> {
        self.read_tx(|tx| Partitions::load(tx, query.range()))
    }

    /// The row id of a user, by the id or by the identity of a user without one.
    pub(super) fn user_row_id(&self, id: &str) -> Result<i64, StoreError> {
        self.read_tx(|tx| find_user(tx, id))?
            .ok_or_else(|| StoreError::UnknownUser { id: id.to_owned() })
    }

    pub(super) fn session_row_id(&self, id: &str) -> Result<i64, StoreError> {
        self.find("SELECT id FROM sessions WHERE sid = ?1", id)?
            .ok_or_else(|| StoreError::UnknownSession { id: id.to_owned() })
    }

    /// Fails if no scope has the conversation.
    pub(super) fn check_conversation(&self, id: &str) -> Result<(), StoreError> {
        self.find(&format!("{SCOPES_OF_CONVERSATION} LIMIT 1"), id)?
            .map(drop)
            .ok_or_else(|| StoreError::UnknownConversation { id: id.to_owned() })
    }

    /// Fails if neither a scope nor a link has the actor.
    pub(super) fn check_actor(&self, id: &str) -> Result<(), StoreError> {
        self.find(ANY_OF_ACTOR, id)?
            .map(drop)
            .ok_or_else(|| StoreError::UnknownActor { id: id.to_owned() })
    }

    fn find(&self, sql: &str, id: &str) -> Result<Option<i64>, StoreError> {
        self.read_tx(|tx| tx.query_row(sql, [id], |row| row.get(0)).optional())
    }
}

/// SQL for the scopes of the conversation `?1`.
pub(super) const SCOPES_OF_CONVERSATION: &str = "SELECT scope FROM conversations WHERE cid = ?1";

/// The condition that the chain of a row `a` has the actor `?1`. A forged chain need not be JSON.
macro_rules! has_actor {
    () => {
        "a.aid = ?1 OR (json_valid(a.chain) AND EXISTS
          (SELECT 1 FROM json_each(a.chain) WHERE value ->> 'id' = ?1))"
    };
}

/// SQL for the scopes with the actor `?1`.
pub(super) const SCOPES_OF_ACTOR: &str = concat!("SELECT scope FROM actors a WHERE ", has_actor!());

/// SQL for the isolated scopes whose user was identified later, with the actor `?1`.
pub(super) const LINKS_OF_ACTOR: &str =
    concat!("SELECT isolated FROM links a WHERE ", has_actor!());

/// SQL that finds whether any scope or link has the actor `?1`.
pub(crate) const ANY_OF_ACTOR: &str = concat!(
    "SELECT scope FROM actors a WHERE ",
    has_actor!(),
    " UNION ALL SELECT isolated FROM links a WHERE ",
    has_actor!(),
    " LIMIT 1"
);

/// The prefix of the name of a user whose row was deleted by hand.
const DELETED_USER: &str = "deleted user #";

/// The row id of a user, by the id, by the identity, or by the name of a deleted user.
pub(crate) fn find_user(connection: &Connection, id: &str) -> rusqlite::Result<Option<i64>> {
    const FIND: &str = "SELECT id FROM users WHERE identity IN ('id:' || ?1, 'hash:' || ?1, ?1)
        ORDER BY uid IS NULL LIMIT 1";
    const IS_DELETED: &str = "SELECT ?1 WHERE NOT EXISTS (SELECT 1 FROM users WHERE id = ?1)";
    let user = connection
        .query_row(FIND, [id], |row| row.get(0))
        .optional()?;
    let deleted = id.strip_prefix(DELETED_USER);
    match deleted.and_then(|number| number.parse::<i64>().ok()) {
        Some(number) if user.is_none() => {
            let number = connection.query_row(IS_DELETED, [number], |row| row.get(0));
            number.optional()
        }
        _ => Ok(user),
    }
}
