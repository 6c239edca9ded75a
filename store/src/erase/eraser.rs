//! A connection that deletes, beside a writer and readers.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, Params, Transaction, TransactionBehavior};

use crate::busy_timeout::{BusyTimeout, is_busy};
use crate::error::{StoreError, WithPath};
use crate::file_identity::{ExpectedFile, FileIdentity};
use crate::read::add_missing_rollup;
use crate::schema;

/// The most rows that one transaction deletes, since writers wait for the transaction.
pub(super) const MAX_BATCH: usize = 2_000;
/// How long the connection waits for other writers.
const BUSY_TIMEOUT: Duration = Duration::from_secs(60);
/// The longest pause between two transactions.
const MAX_PAUSE: Duration = Duration::from_millis(100);

/// Erases records from a store, beside writers and readers in any process.
///
/// [`forget`](Self::forget) erases one user on request; [`keep`](Self::keep) erases records by age
/// and size. Use an `Eraser` in a program that has no open store, such as the command `whose`. With
/// an open store, use [`Store::forget`](crate::Store::forget) and
/// [`Store::keep`](crate::Store::keep).
///
/// ```
/// use whose_store::{Eraser, Queries, Query, Reader};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("whose.db");
/// # let _store = whose_store::init(&path)?;
/// whose::user("alice").in_scope(|| tracing::info!("hello"));
/// assert!(whose::flush(std::time::Duration::from_secs(5)).is_complete());
///
/// let eraser = Eraser::open(&path)?;
/// assert_eq!(eraser.preview("alice")?.records, 1);
/// let forgotten = eraser.forget("alice")?;
/// assert_eq!((forgotten.records, forgotten.is_complete()), (1, true));
/// assert_eq!(Reader::open(&path)?.users(&Query::new())?.count(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Eraser {
    connection: Connection,
    path: PathBuf,
    busy_timeout: BusyTimeout,
}

impl Eraser {
    /// Opens an existing store.
    ///
    /// # Errors
    /// [`NotFound`](StoreError::NotFound) if there is no file; those of
    /// [`Store::open`](crate::Store::open).
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::open_file(path.as_ref(), ExpectedFile::Any)
    }

    /// Opens an existing store, unless the path names another file than `file`.
    ///
    /// # Errors
    /// [`FileReplaced`](StoreError::FileReplaced) if it does; the errors of [`open`](Self::open).
    pub fn open_same(
        path: impl AsRef<Path>,
        file: Option<FileIdentity>,
    ) -> Result<Self, StoreError> {
        Self::open_file(path.as_ref(), ExpectedFile::Same(file))
    }

    fn open_file(path: &Path, file: ExpectedFile) -> Result<Self, StoreError> {
        let path = path.to_path_buf();
        let mut connection = schema::open_existing(&path, file)?;
        let busy_timeout = BusyTimeout::install(&mut connection, BUSY_TIMEOUT).with_path(&path)?;
        Ok(Self {
            connection,
            path,
            busy_timeout,
        })
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Runs `work` with another busy timeout.
    pub(super) fn with_busy_timeout<T>(&self, timeout: Duration, work: impl FnOnce() -> T) -> T {
        self.busy_timeout.set(timeout);
        let result = work();
        self.busy_timeout.set(BUSY_TIMEOUT);
        result
    }

    /// The path, for error messages.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Runs `work` in its own transaction, then pauses as long for other writers.
    pub(super) fn write<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        let transaction =
            Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate)?;
        let start = Instant::now();
        let result = work(&transaction)?;
        transaction.commit()?;
        thread::sleep(start.elapsed().min(MAX_PAUSE));
        Ok(result)
    }

    /// Sums the partitions again whose records were deleted, each in a transaction of its own.
    pub(super) fn add_missing_rollups(&self) -> rusqlite::Result<()> {
        while self.write(|transaction| add_missing_rollup(transaction))? {}
        Ok(())
    }

    /// Deletes the records whose row ids the query returns, in short transactions.
    pub(super) fn delete_records(
        &self,
        query: &str,
        parameters: impl Params + Clone,
    ) -> rusqlite::Result<u64> {
        let query = format!("{query} LIMIT {MAX_BATCH}");
        let mut deleted = 0;
        loop {
            let mut statement = self.connection.prepare_cached(&query)?;
            let found = statement.query_map(parameters.clone(), |row| row.get(0))?;
            let found = found.collect::<rusqlite::Result<Vec<i64>>>()?;
            if found.is_empty() {
                return Ok(deleted);
            }
            deleted += self.write(|transaction| delete(transaction, "records", &found, ""))?;
        }
    }
}

/// Deletes the rows with those ids that match `condition`, which is empty or begins with `AND`.
///
/// Uses one statement, since FTS5 flushes its buffer at the end of each statement.
pub(super) fn delete(
    connection: &Connection,
    table: &str,
    ids: &[i64],
    condition: &str,
) -> rusqlite::Result<u64> {
    let sql =
        format!("DELETE FROM {table} WHERE id IN (SELECT value FROM json_each(?1)) {condition}");
    let ids = serde_json::to_string(ids)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
    Ok(connection.prepare_cached(&sql)?.execute([ids])? as u64)
}

/// Adds the path to an error of SQLite, and turns a busy error into `StoreError::Locked`.
pub(super) trait WithPathOrLocked<T> {
    fn with_path_or_locked(self, path: &Path) -> Result<T, StoreError>;
}

impl<T> WithPathOrLocked<T> for rusqlite::Result<T> {
    fn with_path_or_locked(self, path: &Path) -> Result<T, StoreError> {
        match &self {
            Err(error) if is_busy(error) => Err(StoreError::Locked {
                path: path.to_path_buf(),
                waited: BUSY_TIMEOUT,
            }),
            _ => self.with_path(path),
        }
    }
}
