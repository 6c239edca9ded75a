//! The open file: writes batches into it, and notices when it is not the right one any more.

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

/// More than there are statements: each is prepared once.
const STATEMENT_CACHE: usize = 64;
/// How long one attempt to write waits for another process that is writing.
const BUSY_TIMEOUT: Duration = Duration::from_secs(1);
/// From how many bytes on the log is warned of. An automatic checkpoint keeps it at half of that.
const LARGE_LOG: u64 = 64 << 20;
/// How long the end waits for readers that keep the log from being emptied.
const CHECKPOINT_TIMEOUT: Duration = Duration::from_secs(5);
/// The result of a check that found nothing.
const INTACT: &str = "ok";

pub(super) struct OpenFile {
    connection: Connection,
    cache: WriterCache,
    status: Arc<WriterStatus>,
    options: WriterOptions,
    watched: WatchedFile,
    pub(super) losses: PendingLosses,
    /// The records that this process has written into the file: when, and how many.
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

    /// Writes a batch as one transaction; with `sync`, it and all before it are on disk after. Gives
    /// the number of records that were not stored, for their users were forgotten.
    pub(super) fn write(&mut self, batch: &[Arc<Record>], sync: bool) -> Result<u64, WriteError> {
        self.check_file()?;
        self.limit_log()?;
        let result = self.write_synced(batch, sync);
        if result.is_err() {
            // The transaction took back the rows that these numbers stand for.
            self.cache.clear();
        }
        let forgotten = result?;
        // What was written into a file that is not the right one is written again.
        self.check_file()?;
        self.count_written(batch);
        Ok(forgotten)
    }

    /// In WAL mode, `synchronous = NORMAL` leaves a commit to the operating system: it survives
    /// the end of the process, not a loss of power. `FULL` makes the commit sync the log, which
    /// holds the commits before it too; a checkpoint would not do, for a reader can hold it up.
    fn write_synced(&mut self, batch: &[Arc<Record>], sync: bool) -> rusqlite::Result<u64> {
        if sync {
            // Not possible inside the transaction.
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
            // A commit that changes nothing writes, and syncs, nothing.
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

    /// Finds out whether the file at the path is still the open one, and does what is set if not.
    fn check_file(&mut self) -> Result<(), WriteError> {
        let what = match self.watched.check()? {
            FileState::Present => return Ok(()),
            FileState::Shrunk if self.is_intact() => return Ok(()),
            FileState::Missing => "was deleted or moved",
            FileState::Replaced => "was replaced by another file",
            FileState::Emptied => "was truncated to nothing",
            FileState::Shrunk => "was truncated",
        };
        let message = format!("the file {what} while the store was open");
        match self.options.when_file_gone {
            WhenFileGone::Fail => Err(WriteError::File(message)),
            WhenFileGone::Reopen => self.reopen(&message),
        }
    }

    /// Whether a file that has become shorter is one that was made smaller, and not damaged.
    fn is_intact(&self) -> bool {
        // A connection of its own: this one may have the pages in memory.
        let Ok(fresh) = schema::open_for_reading(&self.status.path) else {
            return false;
        };
        let pragma = |name| {
            let value = fresh.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
            value.map_or(u64::MAX, i64::unsigned_abs)
        };
        // The pages that are not in the file may still be in the log: then the pages are read.
        let length = pragma("page_count").saturating_mul(pragma("page_size"));
        let check = || fresh.query_row("PRAGMA quick_check(1)", (), |row| row.get::<_, String>(0));
        length <= self.watched.size() || check().is_ok_and(|found| found == INTACT)
    }

    fn reopen(&mut self, message: &str) -> Result<(), WriteError> {
        let path = self.status.path.clone();
        let state = self.watched.check()?;
        if matches!(state, FileState::Missing | FileState::Replaced) {
            // Brings the log into the file that was moved, and leaves none beside the new one.
            let _ = checkpoint(&self.connection);
        }
        // Closing would remove the log of the file that stands at the path now.
        let _ = self
            .connection
            .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
        if matches!(state, FileState::Present | FileState::Shrunk) {
            move_aside(&path)?;
        }
        // A file that is the same one must be closed first. Nothing is written before the file at
        // the path is open again.
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
                "{message}: {records} records that this process had written are not in the file at \
                 this path. The store has opened the path anew and goes on"
            ),
        );
        Err(WriteError::Reopened)
    }

    /// Warns of a log that grows because something reads for long, and stops at the bound.
    fn limit_log(&mut self) -> Result<(), WriteError> {
        let path = &self.status.path;
        let length = log_size(path);
        if length < LARGE_LOG.min(self.options.max_log_bytes) {
            return Ok(());
        }
        // The automatic checkpoints have not emptied the log: a reader is in the way. The records
        // that wait must not wait for that reader too.
        self.connection.busy_timeout(Duration::ZERO)?;
        let is_empty = checkpoint(&self.connection);
        self.connection.busy_timeout(BUSY_TIMEOUT)?;
        if is_empty? {
            return Ok(());
        }
        let reason = format!(
            "{:?} has grown to {} MB, because another connection has been reading from the store \
             for long: end it",
            log_path(path),
            length >> 20
        );
        if length >= self.options.max_log_bytes {
            return Err(WriteError::File(format!(
                "{reason}. That is the bound set by `StoreBuilder::max_log_bytes`"
            )));
        }
        self.large_log.warn(path, &reason);
        Ok(())
    }

    /// Brings the log into the file, so that the file alone holds everything, and closes it.
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
                        "another connection reads from the store: keep {log:?} with the file, the \
                         newest records are there until that connection ends"
                    );
                    warn(path, &message);
                    break;
                }
                Err(error) => {
                    warn(
                        path,
                        &format!("the log cannot be brought into the file: {error}"),
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

/// Remembers which file is open now.
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

/// Brings the log into the file and empties it; `false` where a reader or a writer is in the way.
fn checkpoint(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |row| {
        row.get::<_, i64>(0).map(|busy| busy == 0)
    })
}

/// Moves a damaged file and its log to a name of their own, so that nothing of them is lost.
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
