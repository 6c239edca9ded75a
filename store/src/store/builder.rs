use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::handle::Store;
use crate::error::StoreError;
use crate::schema;
use crate::write::{Capacity, Queue, WhenFileGone, WhenFull, Writer, WriterOptions, WriterStatus};

/// The default of [`StoreBuilder::max_queued_records`].
const DEFAULT_QUEUE_RECORDS: usize = 65_536;
/// The default of [`StoreBuilder::max_queued_bytes`].
const DEFAULT_QUEUE_BYTES: usize = 64 << 20;
/// The default of [`StoreBuilder::max_log_bytes`].
const DEFAULT_LOG_BYTES: u64 = 1 << 30;

impl Store {
    /// Opens the store at `path`, and creates the file if there is none.
    ///
    /// Use [`builder`](Self::builder) to change the defaults.
    ///
    /// # Errors
    /// [`InvalidPath`](StoreError::InvalidPath), [`NotAStore`](StoreError::NotAStore),
    /// [`NewerSchema`](StoreError::NewerSchema), [`OlderSchema`](StoreError::OlderSchema) and
    /// [`ReadOnly`](StoreError::ReadOnly), each before anything is changed; any other error of
    /// SQLite.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::builder(path).open()
    }

    /// Returns a builder for a store at `path`.
    pub fn builder(path: impl AsRef<Path>) -> StoreBuilder {
        StoreBuilder {
            path: path.as_ref().to_path_buf(),
            queue: Capacity {
                items: DEFAULT_QUEUE_RECORDS,
                bytes: DEFAULT_QUEUE_BYTES,
            },
            when_full: WhenFull::default(),
            options: WriterOptions {
                when_file_gone: WhenFileGone::default(),
                max_log_bytes: DEFAULT_LOG_BYTES,
            },
        }
    }
}

/// Configures and opens a [`Store`].
///
/// ```
/// use whose_store::{Store, WhenFull};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("whose.db");
/// let store = Store::builder(&path).max_queued_records(10_000).when_full(WhenFull::Block).open()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a store is opened by `.open()`"]
pub struct StoreBuilder {
    path: PathBuf,
    queue: Capacity,
    when_full: WhenFull,
    options: WriterOptions,
}

impl StoreBuilder {
    /// Sets the most records that wait in memory: 65,536 by default, at least one.
    pub fn max_queued_records(mut self, records: usize) -> Self {
        self.queue.items = records;
        self
    }

    /// Sets the most bytes of records that wait or are being written: 64 MiB by default. The size
    /// of a record is [`Record::memory_size`](whose::Record::memory_size).
    pub fn max_queued_bytes(mut self, bytes: usize) -> Self {
        self.queue.bytes = bytes;
        self
    }

    /// Sets what the writer does when the path no longer names the open file. By default, the
    /// writer opens the path again.
    pub fn when_file_gone(mut self, when_file_gone: WhenFileGone) -> Self {
        self.options.when_file_gone = when_file_gone;
        self
    }

    /// Sets the most bytes of the log: 1 GiB by default.
    ///
    /// SQLite resets the log after each checkpoint, but not while a connection reads from the
    /// store, for example a shell with an open transaction. At the limit, the writer waits for that
    /// connection, and records wait in the queue.
    pub fn max_log_bytes(mut self, bytes: u64) -> Self {
        self.options.max_log_bytes = bytes;
        self
    }

    /// Sets what happens to a record when the queue is full. By default, the record is dropped and
    /// counted.
    pub fn when_full(mut self, when_full: WhenFull) -> Self {
        self.when_full = when_full;
        self
    }

    /// Opens the store, and creates the file if there is none.
    ///
    /// # Errors
    /// Those of [`Store::open`].
    pub fn open(self) -> Result<Store, StoreError> {
        let connection = schema::open_for_writing(&self.path)?;
        let queue = Queue::new(self.queue, self.when_full);
        let status = Arc::new(WriterStatus::new(self.path, queue));
        let writer = Writer::new(connection, Arc::clone(&status), self.options)?;
        Store::start(status, writer)
    }
}
