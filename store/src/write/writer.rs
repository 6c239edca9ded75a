//! The thread that writes the file.

use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;
use whose::Record;

use super::loss::Loss;
use super::open_file::OpenFile;
use super::queue::{QueueItem, Work};
use super::status::{WriterOptions, WriterStatus};
use super::warning::LimitedWarning;
use super::write_error::{LOCKED, WriteError};
use crate::error::StoreError;
use crate::stderr::warn;

/// The most records of one transaction: about 2 MiB of log.
const MAX_BATCH: usize = 8_192;
/// How long the writer waits between two attempts.
const RETRY_PAUSE: Duration = Duration::from_millis(500);

pub(crate) struct Writer {
    file: OpenFile,
    status: Arc<WriterStatus>,
    blocked_warning: LimitedWarning,
    rejected_warning: LimitedWarning,
}

impl Writer {
    pub(crate) fn new(
        connection: Connection,
        status: Arc<WriterStatus>,
        options: WriterOptions,
    ) -> Result<Self, StoreError> {
        let file = OpenFile::new(connection, Arc::clone(&status), options)?;
        Ok(Self {
            file,
            status,
            blocked_warning: LimitedWarning::default(),
            rejected_warning: LimitedWarning::default(),
        })
    }

    /// Writes until the queue is closed and empty, then closes the file.
    pub(crate) fn run(mut self) {
        let mut guard = EndGuard {
            status: Arc::clone(&self.status),
            end: End::Panic,
        };
        let mut batch = Vec::new();
        while let Work::Write { sync } = self.status.queue.next_batch(&mut batch, MAX_BATCH) {
            if let Some(loss) = self.status.queue.take_loss() {
                self.file.losses.add(loss);
            }
            if !self.write(&batch, sync) {
                guard.end = End::GaveUp;
                return;
            }
            self.status.queue.complete_batch(sync);
            Record::recycle(batch.drain(..));
        }
        self.file.close();
        guard.end = End::Finished;
    }

    /// Writes a batch. Returns `false` if the time for it is over.
    ///
    /// A batch with a rejected record is split until the record is alone, so that only that record
    /// is lost.
    fn write(&mut self, batch: &[Arc<Record>], sync: bool) -> bool {
        let mut parts = vec![batch];
        while let Some(part) = parts.pop() {
            let sync = sync && parts.is_empty();
            match self.file.write(part, sync) {
                Ok(forgotten) => self.status.count_written(part.len(), forgotten),
                Err(WriteError::Record(reason)) if part.len() > 1 => {
                    let (first, second) = part.split_at(part.len() / 2);
                    parts.extend([second, first]);
                    self.status.set_last_error(&reason);
                }
                Err(WriteError::Record(reason)) => {
                    self.drop_rejected(part, &reason);
                    // The batches before it still have to be synced.
                    if sync && !part.is_empty() {
                        parts.push(&[]);
                    }
                }
                Err(WriteError::Reopened) => parts.push(part),
                Err(error) => {
                    if !self.report_and_wait(&error) {
                        let left: usize = parts.iter().map(|part| part.len()).sum();
                        self.status.count_failed(left + part.len());
                        return false;
                    }
                    parts.push(part);
                }
            }
        }
        true
    }

    /// Reports why the file cannot be written, and waits. Returns `false` if the time is over.
    fn report_and_wait(&mut self, error: &WriteError) -> bool {
        let (queue, path) = (&self.status.queue, &self.status.path);
        let (reason, is_locked) = match error {
            WriteError::File(reason) => (reason.as_str(), false),
            _ => (LOCKED, true),
        };
        self.status.set_last_error(reason);
        // A lock is usually short, so waiting flushes are not failed.
        queue.set_blocked(reason, !is_locked);
        self.blocked_warning.warn(
            path,
            &format!(
                "the file cannot be written: {reason}. {} records wait in memory, and are written \
                 as soon as the file can be written",
                queue.waiting()
            ),
        );
        if queue.should_give_up() {
            return false;
        }
        if !is_locked {
            queue.wait_before_retry(RETRY_PAUSE);
        }
        true
    }

    /// Drops a record that SQLite rejects.
    fn drop_rejected(&mut self, rejected: &[Arc<Record>], reason: &str) {
        self.status.set_last_error(reason);
        self.status.count_failed(rejected.len());
        self.status.queue.mark_lost();
        let message = format!("a record was rejected and is lost: {reason}");
        self.rejected_warning.warn(&self.status.path, &message);
        for record in rejected {
            let reason = format!("SQLite rejected the record: {reason}");
            self.file.losses.add(Loss::new(record.time_range(), reason));
        }
    }
}

/// How the writer ended.
enum End {
    Finished,
    /// The file could not be written, and the time for it was over.
    GaveUp,
    Panic,
}

/// Wakes every waiting thread when the writer ends, also by a panic.
struct EndGuard {
    status: Arc<WriterStatus>,
    end: End,
}

impl Drop for EndGuard {
    fn drop(&mut self) {
        let status = &self.status;
        match self.end {
            End::Finished => {}
            End::GaveUp => warn(
                &status.path,
                "the file could not be written before the end: the waiting records are lost",
            ),
            End::Panic => {
                status.set_last_error("the writer's thread has panicked");
                warn(
                    &status.path,
                    "the writer's thread has panicked: no more records are written",
                );
            }
        }
        status.queue.writer_ended(matches!(self.end, End::Finished));
    }
}
