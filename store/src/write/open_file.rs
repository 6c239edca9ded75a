//! The open file: writes batches, and detects that the file was deleted, replaced or truncated.

use std::sync::{Arc, PoisonError};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, TransactionBehavior};
use whose::Record;

use super::connection;
use super::counter_log::CounterLog;
use super::damage;
use super::insert::{BatchInsert, WrittenBatch};
use super::log_limit::LogLimit;
use super::loss::{Loss, PendingLosses};
use super::status::{WriterOptions, WriterStatus};
use super::watched_file::{FileState, WatchedFile};
use super::write_error::{WhenFileGone, WriteError};
use super::writer_cache::WriterCache;
use crate::error::{StoreError, WithPath};
use crate::log::checkpoint;
use crate::side_files::SideFiles;
use crate::stderr::warn;

/// The file that the writer writes to.
pub(super) struct OpenFile {
    connection: Connection,
    cache: WriterCache,
    status: Arc<WriterStatus>,
    when_file_gone: WhenFileGone,
    log_limit: LogLimit,
    watched: WatchedFile,
    side_files: SideFiles,
    pub(super) losses: PendingLosses,
    counters: CounterLog,
    /// The records that this process has written into the file.
    written: Option<Loss>,
}

impl OpenFile {
    pub(super) fn new(
        connection: Connection,
        status: Arc<WriterStatus>,
        options: WriterOptions,
    ) -> Result<Self, StoreError> {
        connection::configure(&connection).with_path(&status.path)?;
        let watched = watch(&status)?;
        let side_files = SideFiles::of(&status.path);
        let counters = CounterLog::new(&connection).with_path(&status.path)?;
        Ok(Self {
            connection,
            cache: WriterCache::new(),
            status,
            when_file_gone: options.when_file_gone,
            log_limit: LogLimit::new(options.max_log_bytes),
            watched,
            side_files,
            losses: PendingLosses::default(),
            counters,
            written: None,
        })
    }

    /// Writes a batch in one transaction. With `sync`, the batch and all batches before it are
    /// durable afterwards. Returns how many records were rejected because their users were
    /// forgotten.
    pub(super) fn write(&mut self, batch: &[Arc<Record>], sync: bool) -> Result<u64, WriteError> {
        self.check_file()?;
        self.log_limit.check(&self.connection, &self.status.path)?;
        let result = self.write_synced(batch, sync);
        if result.is_err() {
            // The transaction has rolled cached rows back.
            self.cache.clear();
        }
        let WrittenBatch { forgotten, records } = result?;
        // A batch that went into the wrong file is written again.
        self.check_file()?;
        match (&mut self.written, records) {
            (Some(written), Some(records)) => written.merge(&records),
            (None, records) => self.written = records,
            (Some(_), None) => {}
        }
        Ok(forgotten)
    }

    /// In WAL mode, `synchronous = NORMAL` leaves a commit to the operating system: the commit
    /// survives the end of the process, but not a loss of power. `FULL` syncs the log, which
    /// includes the commits before. A checkpoint is no alternative, since a reader can block it.
    fn write_synced(
        &mut self,
        batch: &[Arc<Record>],
        sync: bool,
    ) -> rusqlite::Result<WrittenBatch> {
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

    fn commit(&mut self, batch: &[Arc<Record>], sync: bool) -> rusqlite::Result<WrittenBatch> {
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
        let written = insert.finish()?;
        let last_loss = self.losses.write(&transaction)?;
        let counts = self.counters.write(&transaction, sync)?;
        transaction.commit()?;
        self.losses.committed(last_loss);
        self.counters.committed(counts);
        Ok(written)
    }

    /// Checks that the path still names the open file, and applies the `WhenFileGone` policy if
    /// not.
    fn check_file(&mut self) -> Result<(), WriteError> {
        let what = match self.watched.check()? {
            FileState::Present => return Ok(()),
            FileState::Shrunk if damage::is_intact(&self.status.path, self.watched.size()) => {
                return Ok(());
            }
            FileState::Missing => "was deleted or moved",
            FileState::Replaced => "was replaced by another file",
            FileState::Emptied => "was truncated to zero bytes",
            FileState::Shrunk => "was truncated",
        };
        let message = format!("the file {what} while the store was open");
        match self.when_file_gone {
            WhenFileGone::Fail => Err(WriteError::File(message)),
            WhenFileGone::Reopen => self.reopen(&message),
        }
    }

    /// Closes the old file, opens the path again, and reports what is missing there.
    fn reopen(&mut self, message: &str) -> Result<(), WriteError> {
        self.release()?;
        self.connection = connection::open(&self.status.path)
            .map_err(|error| WriteError::File(format!("{message}, and {error}")))?;
        self.cache.clear();
        self.losses.forget_last_row();
        self.counters.forget();
        self.watched = watch(&self.status).map_err(|error| WriteError::File(error.to_string()))?;
        self.side_files = SideFiles::of(&self.status.path);
        self.report_missing_records(message);
        Err(WriteError::Reopened)
    }

    /// Closes the file that was open, and moves a damaged file out of the way.
    fn release(&mut self) -> Result<(), WriteError> {
        let state = self.watched.check()?;
        if matches!(state, FileState::Missing | FileState::Replaced) {
            // Checkpoints into the file that was moved, so that no old log remains beside the new
            // file.
            let _ = checkpoint(&self.connection);
            if !self.side_files.remove(&self.status.path) {
                damage::move_log_aside(&self.status.path)?;
                self.side_files.remove(&self.status.path);
            }
        }
        // Closing would delete the log of the file that is at the path now.
        let _ = self
            .connection
            .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
        if matches!(state, FileState::Present | FileState::Shrunk) {
            damage::move_aside(&self.status.path)?;
        }
        // The same file must be closed before it is opened. Nothing is written until the path is
        // open again.
        self.connection = Connection::open_in_memory()?;
        Ok(())
    }

    /// Reports the records that are in the old file, and adds them to the losses.
    fn report_missing_records(&mut self, message: &str) {
        self.status.queue.mark_file_lost();
        let mut records = 0;
        if let Some(written) = self.written.take() {
            records = written.records;
            let reason = message.to_owned();
            self.losses.add(Loss { reason, ..written });
        }
        self.status.set_last_error(message);
        warn(
            &self.status.path,
            &format!(
                "{message}: {records} records that this process has written are missing from the \
                 file at this path. The store has opened the path again and continues"
            ),
        );
    }

    /// Writes what was counted last, checkpoints the log into the file, and closes the file.
    pub(super) fn close(mut self) {
        // The records are in the file already, and a failure loses no more than the counts.
        if self.counters.has_changed() && self.check_file().is_ok() {
            let _ = self.commit(&[], true);
        }
        connection::merge_log(&self.connection, &self.status.path);
    }
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
