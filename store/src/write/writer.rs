//! The thread that owns the file.

use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;
use whose::Record;

use super::losses::Loss;
use super::open_file::OpenFile;
use super::progress::{Progress, Settings};
use super::queue::{Item, Work};
use super::trouble::{LOCKED, Trouble};
use super::watch::{Repeated, warn};
use crate::error::StoreError;

/// The most records of one transaction: about 2 MiB of log.
const BATCH: usize = 8_192;
/// How long the writer waits between two attempts where the file takes nothing.
const PAUSE: Duration = Duration::from_millis(500);

pub(crate) struct Writer {
    file: OpenFile,
    progress: Arc<Progress>,
    obstacle: Repeated,
    refusal: Repeated,
}

impl Writer {
    pub(crate) fn new(
        connection: Connection,
        progress: Arc<Progress>,
        settings: Settings,
    ) -> Result<Self, StoreError> {
        let file = OpenFile::new(connection, Arc::clone(&progress), settings)?;
        Ok(Self {
            file,
            progress,
            obstacle: Repeated::default(),
            refusal: Repeated::default(),
        })
    }

    /// Writes until the queue is closed and empty, then closes the file.
    pub(crate) fn run(mut self) {
        let mut ending = Ending {
            progress: Arc::clone(&self.progress),
            end: End::Panic,
        };
        let mut batch = Vec::new();
        while let Work::Write { sync } = self.progress.queue.next(&mut batch, BATCH) {
            if let Some(loss) = self.progress.queue.take_loss() {
                self.file.losses.add(loss);
            }
            if !self.write(&batch, sync) {
                ending.end = End::GaveUp;
                return;
            }
            self.progress.queue.settle(sync);
            batch.clear();
        }
        self.file.close();
        ending.end = End::Finished;
    }

    /// Writes a batch; `false` where the time to do so is over.
    ///
    /// A batch with a record that is refused is written in parts, so that the record alone is lost.
    fn write(&mut self, batch: &[Arc<Record>], sync: bool) -> bool {
        let mut parts = vec![batch];
        while let Some(part) = parts.pop() {
            let sync = sync && parts.is_empty();
            match self.file.write(part, sync) {
                Ok(forgotten) => self.progress.wrote(part.len(), forgotten),
                Err(Trouble::Record(reason)) if part.len() > 1 => {
                    let (first, second) = part.split_at(part.len() / 2);
                    parts.extend([second, first]);
                    self.progress.note(&reason);
                }
                Err(Trouble::Record(reason)) => {
                    self.lose(part, &reason);
                    // What was written before is to be made safe nevertheless.
                    if sync && !part.is_empty() {
                        parts.push(&[]);
                    }
                }
                Err(Trouble::Reopened) => parts.push(part),
                Err(trouble) => {
                    if !self.wait_for_the_file(&trouble) {
                        let left: usize = parts.iter().map(|part| part.len()).sum();
                        self.progress.failed(left + part.len());
                        return false;
                    }
                    parts.push(part);
                }
            }
        }
        true
    }

    /// Reports why the file takes nothing, and waits; `false` where there is no time left.
    fn wait_for_the_file(&mut self, trouble: &Trouble) -> bool {
        let (queue, path) = (&self.progress.queue, &self.progress.path);
        let (reason, is_locked) = match trouble {
            Trouble::File(reason) => (reason.as_str(), false),
            _ => (LOCKED, true),
        };
        self.progress.note(reason);
        // A lock is held for a moment as a rule: flushes go on waiting for its end.
        queue.obstruct(reason, !is_locked);
        self.obstacle.warn(
            path,
            &format!(
                "the file cannot be written: {reason}. {} records wait in memory, and are written \
                 as soon as the file can be",
                queue.waiting()
            ),
        );
        if queue.gives_up() {
            return false;
        }
        if !is_locked {
            queue.pause(PAUSE);
        }
        true
    }

    /// Gives up a record that the file refuses.
    fn lose(&mut self, refused: &[Arc<Record>], reason: &str) {
        self.progress.note(reason);
        self.progress.failed(refused.len());
        self.progress.queue.lose();
        let message = format!("a record was refused and is lost: {reason}");
        self.refusal.warn(&self.progress.path, &message);
        for record in refused {
            let reason = format!("the file refused the record: {reason}");
            self.file.losses.add(Loss::of(record.times(), reason));
        }
    }
}

/// How the writer ended.
enum End {
    Finished,
    /// The file could not be written, and the time to wait for it was over.
    GaveUp,
    Panic,
}

/// Lets go of whoever waits for the writer, also when it panics.
struct Ending {
    progress: Arc<Progress>,
    end: End,
}

impl Drop for Ending {
    fn drop(&mut self) {
        let progress = &self.progress;
        match self.end {
            End::Finished => {}
            End::GaveUp => warn(
                &progress.path,
                "the file could not be written until the end: the records that waited are lost",
            ),
            End::Panic => {
                progress.note("the writer's thread has panicked");
                warn(
                    &progress.path,
                    "the writer's thread has panicked: no record is written any more",
                );
            }
        }
        progress.queue.abandon(matches!(self.end, End::Finished));
    }
}
