//! The thread that writes the lines.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use whose::Record;

use crate::file::RotatingFile;
use crate::queue::{Queue, Work};
use crate::warning::LimitedWarning;

/// How long the writer waits after a failed write.
const RETRY_AFTER: Duration = Duration::from_millis(200);

/// Writes the records of a queue.
pub(crate) struct Writer {
    queue: Arc<Queue>,
    file: RotatingFile,
    /// The lines of the batch, and the end of each line.
    lines: Vec<u8>,
    ends: Vec<usize>,
    drops: LimitedWarning,
    errors: LimitedWarning,
    gone: LimitedWarning,
}

/// Reports the end of the writer, also where the writer panics.
struct EndGuard(Arc<Queue>);

impl Drop for EndGuard {
    fn drop(&mut self) {
        self.0.writer_ended();
    }
}

impl Writer {
    pub(crate) fn new(queue: Arc<Queue>, file: RotatingFile) -> Self {
        Self {
            queue,
            file,
            lines: Vec::new(),
            ends: Vec::new(),
            drops: LimitedWarning::default(),
            errors: LimitedWarning::default(),
            gone: LimitedWarning::default(),
        }
    }

    /// Writes until the queue is closed and empty.
    pub(crate) fn run(mut self) {
        let end = EndGuard(Arc::clone(&self.queue));
        let mut batch = Vec::new();
        while let Work::Write { sync } = self.queue.next_batch(&mut batch) {
            let records = batch.len();
            let failed = self.format(&batch) + self.write();
            Record::recycle(batch.drain(..));
            let is_synced = sync && self.sync();
            self.queue.complete(records, failed, is_synced);
            self.warn_about_drops();
            if sync && !is_synced && !self.queue.failed_attempt(RETRY_AFTER) {
                break;
            }
        }
        self.warn_about_drops();
        drop(end);
    }

    /// Formats the records as lines. Returns how many have no JSON form.
    fn format(&mut self, batch: &[Arc<Record>]) -> u64 {
        self.lines.clear();
        self.ends.clear();
        let mut failed = 0;
        for record in batch {
            let begin = self.lines.len();
            match serde_json::to_writer(&mut self.lines, &**record) {
                Ok(()) => {
                    self.lines.push(b'\n');
                    self.ends.push(self.lines.len());
                }
                Err(error) => {
                    self.lines.truncate(begin);
                    failed += 1;
                    self.warn(&io::Error::from(error));
                }
            }
        }
        failed
    }

    /// Writes the lines, and tries again until it is time to give up. Returns how many lines were
    /// not written.
    fn write(&mut self) -> u64 {
        let mut begin = 0;
        while begin < self.lines.len() {
            let (written, error) = match self.write_once(begin) {
                Ok(()) => break,
                Err(failed) => failed,
            };
            let whole = self.ends.partition_point(|end| *end <= begin + written);
            begin = match whole {
                0 => 0,
                whole => self.ends[whole - 1],
            };
            self.warn(&error);
            self.warn_about_drops();
            if !self.queue.failed_attempt(RETRY_AFTER) {
                return (self.ends.len() - whole) as u64;
            }
        }
        0
    }

    fn write_once(&mut self, begin: usize) -> Result<(), (usize, io::Error)> {
        if self.file.prepare().map_err(|error| (0, error))? {
            let message = "the file was deleted or moved, and is created again: lines of the last \
                           second may be missing";
            self.gone.warn(self.file.path(), message);
        }
        self.file.write(&self.lines[begin..])
    }

    fn sync(&mut self) -> bool {
        let synced = self.file.prepare().and_then(|_| self.file.sync());
        synced.inspect_err(|error| self.warn(error)).is_ok()
    }

    fn warn(&mut self, error: &io::Error) {
        let message = format!(
            "cannot write ({error}): records wait in memory until the file can be written, and are \
             dropped and counted once the queue is full or the program ends"
        );
        self.errors.warn(self.file.path(), &message);
    }

    fn warn_about_drops(&mut self) {
        if self.drops.is_due() {
            let dropped = self.queue.take_unwarned_drops();
            if dropped > 0 {
                let message = format!(
                    "{dropped} records were dropped, because records are made faster than they \
                     are written and the queue is full"
                );
                self.drops.warn(self.file.path(), &message);
            }
        }
    }
}
