//! The open file: writes batches, and detects that the file was deleted, replaced or truncated.

use std::fs;
use std::path::Path;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, TransactionBehavior};
use whose::Record;

use super::insert::BatchInsert;
use super::loss::{Loss, PendingLosses};
use super::queue::QueueItem;
use super::status::{WriterOptions, WriterStatus};
use super::warning::{LimitedWarning, warn};
use super::watched_file::{FileState, WatchedFile, log_path, log_size};
use super::write_error::{WhenFileGone, WriteError};
use super::writer_cache::WriterCache;
use crate::error::{StoreError, WithPath};
use crate::schema;

/// The size of the statement cache. Larger than the number of statements, so that each is prepared
/// once.
const STATEMENT_CACHE: usize = 64;
/// How long one attempt to write waits for the lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(1);
/// The log size, in bytes, from which on the writer warns. Automatic checkpoints keep the log at
/// half of this.
const LARGE_LOG: u64 = 64 << 20;
/// How long `close` waits for readers that block the last checkpoint.
const CHECKPOINT_TIMEOUT: Duration = Duration::from_secs(5);
/// The result of an integrity check without findings.
const INTACT: &str = "ok";

/// The file that the writer writes to.
pub(super) struct OpenFile {
    connection: Connection,
    cache: WriterCache,
    status: Arc<WriterStatus>,
    options: WriterOptions,
    watched: WatchedFile,
    pub(super) losses: PendingLosses,
    /// The records that this process has written into the file.
    written: Option<Loss>,
    large_log: LimitedWarning,
}

impl OpenFile {
    pub(super) fn new(
        connection: Connection,
        status: Arc<WriterStatus>,
        options: WriterOptions,
    ) -> Result<Self, StoreError> {
        configure(&connection).with_path(&status.path)?;
        let watched = watch(&status)?;
        Ok(Self {
            connection,
            cache: WriterCache::new(),
            status,
            options,
            watched,
            losses: PendingLosses::default(),
            written: None,
            large_log: LimitedWarning::default(),
        })
    }

    /// Writes a batch in one transaction. With `sync`, the batch and all batches before it are
    /// durable afterwards. Returns how many records were rejected because their users were
    /// forgotten.
    pub(super) fn write(&mut self, batch: &[Arc<Record>], sync: bool) -> Result<u64, WriteError> {
        self.check_file()?;
        self.limit_log()?;
        let result = self.write_synced(batch, sync);
        if result.is_err() {
            // The transaction has rolled cached rows back.
            self.cache.clear();
        }
        let forgotten = result?;
        // A batch that went into the wrong file is written again.
        self.check_file()?;
        self.count_written(batch);
        Ok(forgotten)
    }

    /// In WAL mode, `synchronous = NORMAL` leaves a commit to the operating system: the commit
    /// survives the end of the process, but not a loss of power. `FULL` syncs the log, which
    /// includes the commits before. A checkpoint is no alternative, since a reader can block it.
    fn write_synced(&mut self, batch: &[Arc<Record>], sync: bool) -> rusqlite::Result<u64> {
        if sync {
            // SQLite ignores this pragma inside a transaction.
            self.connection.pragma_update(None, "synchronous", "full")?;
        }
        let result = self.commit(batch, sync);
        if sync {
            self.connection
                .pragma_update(None, "synchronous", "normal")?;
        }
        result
    }

    fn commit(&mut self, batch: &[Arc<Record>], sync: bool) -> rusqlite::Result<u64> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        if batch.is_empty() && sync {
            // SQLite neither writes nor syncs a commit without changes.
            transaction.execute("UPDATE flushes SET count = count + 1", ())?;
        }
        let mut insert = BatchInsert::new(&transaction, &mut self.cache)?;
        for record in batch {
            insert.add(record)?;
        }
        let forgotten = insert.finish()?;
        let last_loss = self.losses.write(&transaction)?;
        transaction.commit()?;
        self.losses.committed(last_loss);
        Ok(forgotten)
    }

    fn count_written(&mut self, batch: &[Arc<Record>]) {
        for record in batch {
            match &mut self.written {
                Some(written) => written.add(record.time_range()),
                None => self.written = Some(Loss::new(record.time_range(), String::new())),
            }
        }
    }

    /// Checks that the path still names the open file, and applies the `WhenFileGone` policy if
    /// not.
    fn check_file(&mut self) -> Result<(), WriteError> {
        let what = match self.watched.check()? {
            FileState::Present => return Ok(()),
            FileState::Shrunk if self.is_intact() => return Ok(()),
            FileState::Missing => "was deleted or moved",
            FileState::Replaced => "was replaced by another file",
            FileState::Emptied => "was truncated to zero bytes",
            FileState::Shrunk => "was truncated",
        };
        let message = format!("the file {what} while the store was open");
        match self.options.when_file_gone {
            WhenFileGone::Fail => Err(WriteError::File(message)),
            WhenFileGone::Reopen => self.reopen(&message),
        }
    }

    /// Whether a file that has shrunk was vacuumed, and not damaged.
    fn is_intact(&self) -> bool {
        // A new connection: this one may have the pages in its cache.
        let Ok(fresh) = schema::open_for_reading(&self.status.path) else {
            return false;
        };
        let pragma = |name| {
            let value = fresh.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
            value.map_or(u64::MAX, i64::unsigned_abs)
        };
        // Pages that are missing from the file may be in the log: `quick_check` reads them.
        let length = pragma("page_count").saturating_mul(pragma("page_size"));
        let check = || fresh.query_row("PRAGMA quick_check(1)", (), |row| row.get::<_, String>(0));
        length <= self.watched.size() || check().is_ok_and(|found| found == INTACT)
    }

    fn reopen(&mut self, message: &str) -> Result<(), WriteError> {
        let path = self.status.path.clone();
        let state = self.watched.check()?;
        if matches!(state, FileState::Missing | FileState::Replaced) {
            // Checkpoints into the file that was moved, so that no old log remains beside the new
            // file.
            let _ = checkpoint(&self.connection);
        }
        // Closing would delete the log of the file that is at the path now.
        let _ = self
            .connection
            .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
        if matches!(state, FileState::Present | FileState::Shrunk) {
            move_aside(&path)?;
        }
        // The same file must be closed before it is opened. Nothing is written until the path is
        // open again.
        self.connection = Connection::open_in_memory()?;
        let connection = schema::open_for_writing(&path)
            .and_then(|connection| configure(&connection).with_path(&path).map(|()| connection))
            .map_err(|error| WriteError::File(format!("{message}, and {error}")))?;
        self.connection = connection;
        self.cache.clear();
        self.losses.forget_last_row();
        self.watched = watch(&self.status).map_err(|error| WriteError::File(error.to_string()))?;
        self.status.queue.mark_file_lost();
        let mut records = 0;
        if let Some(written) = self.written.take() {
            records = written.records;
            let reason = message.to_owned();
            self.losses.add(Loss { reason, ..written });
        }
        self.status.set_last_error(message);
        warn(
            &path,
            &format!(
                "{message}: {records} records that this process has written are missing from the \
                 file at this path. The store has opened the path again and continues"
            ),
        );
        Err(WriteError::Reopened)
    }

    /// Warns about a log that grows because of a long read, and fails at the size limit.
    fn limit_log(&mut self) -> Result<(), WriteError> {
        let path = &self.status.path;
        let length = log_size(path);
        if length < LARGE_LOG.min(self.options.max_log_bytes) {
            return Ok(());
        }
        // Automatic checkpoints did not reset the log, so a reader blocks them. The queued records
        // must not wait for that reader.
        self.connection.busy_timeout(Duration::ZERO)?;
        let is_empty = checkpoint(&self.connection);
        self.connection.busy_timeout(BUSY_TIMEOUT)?;
        if is_empty? {
            return Ok(());
        }
        let reason = format!(
            "{:?} has grown to {} MB because another connection keeps reading from the store: \
             close that connection",
            log_path(path),
            length >> 20
        );
        if length >= self.options.max_log_bytes {
            return Err(WriteError::File(format!(
                "{reason}. That is the limit of `StoreBuilder::max_log_bytes`"
            )));
        }
        self.large_log.warn(path, &reason);
        Ok(())
    }

    /// Checkpoints the log into the file and closes the file.
    pub(super) fn close(self) {
        let path = &self.status.path;
        let deadline = Instant::now() + CHECKPOINT_TIMEOUT;
        loop {
            match checkpoint(&self.connection) {
                Ok(true) => break,
                Ok(false) if Instant::now() < deadline => {}
                Ok(false) => {
                    let log = log_path(path);
                    let message = format!(
                        "another connection reads from the store: keep {log:?} beside the file, \
                         it contains the newest records until that connection closes"
                    );
                    warn(path, &message);
                    break;
                }
                Err(error) => {
                    warn(
                        path,
                        &format!("the log cannot be merged into the file: {error}"),
                    );
                    break;
                }
            }
        }
    }
}

fn configure(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENT_CACHE);
    Ok(())
}

/// Records the identity of the open file.
fn watch(status: &WriterStatus) -> Result<WatchedFile, StoreError> {
    let watched = WatchedFile::new(&status.path).map_err(|error| StoreError::Unreadable {
        path: status.path.clone(),
        reason: error.to_string(),
    })?;
    let mut identity = status
        .identity
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    *identity = watched.identity();
    drop(identity);
    Ok(watched)
}

/// Checkpoints the log into the file and truncates the log. Returns `false` if a reader or a writer
/// blocks the checkpoint.
fn checkpoint(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |row| {
        row.get::<_, i64>(0).map(|busy| busy == 0)
    })
}

/// Renames a damaged file and its log, so that nothing is lost.
fn move_aside(path: &Path) -> Result<(), WriteError> {
    let since = std::time::UNIX_EPOCH.elapsed().unwrap_or_default();
    let mut aside = path.as_os_str().to_owned();
    aside.push(format!(".damaged-{}", since.as_secs()));
    let aside = Path::new(&aside);
    fs::rename(path, aside)?;
    if log_path(path).exists() {
        fs::rename(log_path(path), log_path(aside))?;
    }
    warn(path, &format!("the damaged file is kept as {aside:?}"));
    Ok(())
}
