//! The state that the writer shares with the handles of the store, and the options of the writer.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use whose::{Record, Timestamp};

use super::queue::{Queue, QueueItem};
use super::watched_file::WatchedFile;
use super::write_error::WhenFileGone;
use crate::file_identity::FileIdentity;

/// The options of the writer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WriterOptions {
    pub(crate) when_file_gone: WhenFileGone,
    /// The most bytes of the log.
    pub(crate) max_log_bytes: u64,
}

/// The counters and the queue of a writer, shared with the handles of the store.
pub(crate) struct WriterStatus {
    pub(crate) path: PathBuf,
    pub(crate) queue: Queue<Arc<Record>>,
    pub(crate) written: AtomicU64,
    pub(crate) failed: AtomicU64,
    pub(crate) forgotten: AtomicU64,
    pub(crate) last_error: Mutex<Option<String>>,
    /// The open file.
    pub(crate) identity: Mutex<Option<FileIdentity>>,
}

impl WriterStatus {
    pub(crate) fn new(path: PathBuf, queue: Queue<Arc<Record>>) -> Self {
        Self {
            path,
            queue,
            written: 0.into(),
            failed: 0.into(),
            forgotten: 0.into(),
            last_error: Mutex::new(None),
            identity: Mutex::new(None),
        }
    }

    /// Whether the path names the open file.
    pub(crate) fn is_file_present(&self) -> bool {
        let identity = *self.identity.lock().unwrap_or_else(PoisonError::into_inner);
        WatchedFile::is_present(&self.path, identity)
    }

    /// Counts a written batch. `forgotten` of its records were rejected because their users were
    /// forgotten.
    pub(super) fn count_written(&self, records: usize, forgotten: u64) {
        let written = (records as u64).saturating_sub(forgotten);
        self.written.fetch_add(written, Ordering::Relaxed);
        self.forgotten.fetch_add(forgotten, Ordering::Relaxed);
    }

    pub(super) fn count_failed(&self, records: usize) {
        self.failed.fetch_add(records as u64, Ordering::Relaxed);
    }

    pub(super) fn set_last_error(&self, error: &str) {
        let mut last = self
            .last_error
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *last = Some(error.to_owned());
    }
}

impl QueueItem for Arc<Record> {
    fn size(&self) -> usize {
        self.memory_size()
    }

    fn time_range(&self) -> (i64, i64) {
        let from = Timestamp::from(self.start()).as_nanos();
        let duration = self.duration().unwrap_or_default().as_nanos();
        let duration = i64::try_from(duration).unwrap_or(i64::MAX);
        (from, from.saturating_add(duration))
    }
}
