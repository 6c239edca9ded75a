//! The thread that owns the file.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};
use whose::Record;

use super::insert::{Insert, Memory};
use super::queue::{Queue, Work};

/// The most records of one transaction: what a failed write can lose, and about 2 MiB of log.
const BATCH: usize = 8_192;

/// More than there are statements: each is prepared once.
const STATEMENTS: usize = 64;

/// How long one attempt to write waits for another process that is writing.
const ATTEMPT: Duration = Duration::from_secs(1);

/// How far the writing has come, seen from outside.
pub(crate) struct Progress {
    pub(crate) path: PathBuf,
    pub(crate) queue: Queue<Arc<Record>>,
    pub(crate) written: AtomicU64,
    pub(crate) failed: AtomicU64,
    pub(crate) forgotten: AtomicU64,
    pub(crate) last_error: Mutex<Option<String>>,
}

impl Progress {
    /// Counts a batch, of which some records are not in the file: their users were forgotten.
    fn wrote(&self, records: usize, forgotten: u64) {
        let written = (records as u64).saturating_sub(forgotten);
        self.written.fetch_add(written, Ordering::Relaxed);
        self.forgotten.fetch_add(forgotten, Ordering::Relaxed);
    }

    fn failed(&self, records: usize, error: String) {
        self.failed.fetch_add(records as u64, Ordering::Relaxed);
        *self
            .last_error
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(error);
    }
}

pub(crate) struct Writer {
    connection: Connection,
    memory: Memory,
    progress: Arc<Progress>,
    /// Whether the last batch failed: only the first failure of a row of them is printed.
    failing: bool,
}

impl Writer {
    pub(crate) fn new(connection: Connection, progress: Arc<Progress>) -> rusqlite::Result<Self> {
        connection.busy_timeout(ATTEMPT)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        Ok(Self {
            connection,
            memory: Memory::new(),
            progress,
            failing: false,
        })
    }

    /// Writes until the queue is closed and empty, then closes the file.
    pub(crate) fn run(mut self) {
        let mut ending = Ending {
            progress: Arc::clone(&self.progress),
            finished: false,
        };
        let mut batch = Vec::new();
        while let Work::Write { sync } = self.progress.queue.next(&mut batch, BATCH) {
            let result = self.write_when_free(&batch, sync);
            match &result {
                Ok(forgotten) => self.progress.wrote(batch.len(), *forgotten),
                Err(error) => self.report(error, batch.len()),
            }
            self.failing = result.is_err();
            self.progress.queue.settle(result.is_ok(), sync);
            batch.clear();
        }
        // The last connection to close brings the log into the file and removes it.
        drop(self.connection);
        ending.finished = true;
    }

    /// Writes a batch, as soon as no other process holds the file; at the end without waiting long.
    fn write_when_free(&mut self, batch: &[Arc<Record>], sync: bool) -> rusqlite::Result<u64> {
        loop {
            let result = self.write(batch, sync);
            let busy = result.as_ref().is_err_and(|error| {
                error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy)
            });
            // What is made meanwhile waits in the queue, which is bounded.
            if !busy || self.progress.queue.is_closed() {
                return result;
            }
        }
    }

    /// Writes a batch as one transaction; with `sync`, it and all before it are on disk after.
    ///
    /// In WAL mode, `synchronous = NORMAL` leaves a commit to the operating system: it survives
    /// the end of the process, not a loss of power. `FULL` makes the commit sync the log, which
    /// holds the commits before it too; a checkpoint would not do, for a reader can hold it up.
    fn write(&mut self, batch: &[Arc<Record>], sync: bool) -> rusqlite::Result<u64> {
        if sync {
            // Not possible inside the transaction.
            self.connection.pragma_update(None, "synchronous", "full")?;
        }
        let result = self.commit(batch, sync);
        if result.is_err() {
            // The transaction took back the rows that these numbers stand for.
            self.memory.forget();
        }
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
        let mut insert = Insert::new(&transaction, &mut self.memory)?;
        for record in batch {
            insert.record(record)?;
        }
        let forgotten = insert.finish()?;
        transaction.commit()?;
        Ok(forgotten)
    }

    fn report(&self, error: &rusqlite::Error, records: usize) {
        let path = &self.progress.path;
        if !self.failing {
            // Not through `tracing`: that would make records, which cannot be written either.
            eprintln!("whose-store: {path:?} cannot be written, records are lost: {error}");
        }
        self.progress.failed(records, error.to_string());
    }
}

/// Lets go of whoever waits for the writer, also when it panics.
struct Ending {
    progress: Arc<Progress>,
    finished: bool,
}

impl Drop for Ending {
    fn drop(&mut self) {
        if !self.finished {
            self.progress
                .failed(0, "the writer's thread has panicked".to_owned());
        }
        self.progress.queue.abandon(self.finished);
    }
}
