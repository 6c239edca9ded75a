use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use whose::{FlushOutcome, Record, RecordSink};

use crate::erase::{Eraser, ForgetReport, Retention, RetentionReport};
use crate::error::StoreError;
use crate::schema;
use crate::write::{
    self, Capacity, Queue, WhenFileGone, WhenFull, Writer, WriterOptions, WriterStatus,
};

/// A [`RecordSink`] that writes records into one SQLite file, on its own thread.
///
/// A clone is another handle of the same store. Dropping the last handle, or a
/// [`shutdown`](RecordSink::shutdown), writes the queued records and closes the file; one file then
/// contains everything. A global `tracing` subscriber is never dropped, so keep a
/// [`whose::shutdown_guard`], or the guard of [`init`](crate::init()), in `main`.
///
/// # Warnings
/// The store prints warnings on stderr, at most one a minute of each kind: dropped records, a file
/// that cannot be written, a file that was deleted, replaced or truncated, a log that a reader
/// keeps large. Lost records are also written into the file as *gap records*: time range, number
/// and reason.
///
/// ```
/// use std::time::Duration;
/// use tracing_subscriber::prelude::*;
/// use whose::RecordSink;
/// use whose_store::{Query, Reader, Store};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("whose.db");
/// let store = Store::open(&path)?;
/// let subscriber = tracing_subscriber::registry().with(whose::layer().with_sink(store.clone()));
/// tracing::subscriber::with_default(subscriber, || {
///     whose::user("alice").in_scope(|| tracing::info!("hello"));
/// });
/// assert!(store.flush(Duration::from_secs(5)).is_complete());
///
/// let reader = Reader::open(&path)?;
/// let user = reader.users(&Query::new())?.next().unwrap()?;
/// assert_eq!(user.id.as_deref(), Some("alice"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    status: Arc<WriterStatus>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// The default of [`StoreBuilder::max_queued_records`].
const DEFAULT_QUEUE_RECORDS: usize = 65_536;
/// The default of [`StoreBuilder::max_queued_bytes`].
const DEFAULT_QUEUE_BYTES: usize = 64 << 20;
/// The default of [`StoreBuilder::max_log_bytes`].
const DEFAULT_LOG_BYTES: u64 = 1 << 30;
/// How long dropping the last handle waits for a file that cannot be written.
const DROP_TIMEOUT: Duration = Duration::from_secs(5);

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

    /// The path of the file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0.status.path
    }

    /// Counts the written and the lost records.
    ///
    /// Use it to monitor a running store.
    ///
    /// ```
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// let store = whose_store::Store::open(&path)?;
    /// let stats = store.stats();
    /// assert_eq!((stats.written, stats.dropped, stats.failed), (0, 0, 0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn stats(&self) -> StoreStats {
        let status = &self.0.status;
        let last_error = status
            .last_error
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        StoreStats {
            written: status.written.load(Ordering::Relaxed),
            dropped: status.queue.dropped(),
            failed: status.failed.load(Ordering::Relaxed),
            waiting: status.queue.waiting(),
            forgotten: status.forgotten.load(Ordering::Relaxed),
            last_error: last_error.clone(),
        }
    }
}

impl Store {
    /// Erases a user, including queued records; see [`Eraser::forget`].
    ///
    /// # Errors
    /// Those of [`Eraser::open`] and [`Eraser::forget`].
    pub fn forget(&self, user_id: &str) -> Result<ForgetReport, StoreError> {
        Eraser::open(self.path())?.forget(user_id)
    }

    /// Erases records by age and size; see [`Eraser::keep`].
    ///
    /// # Errors
    /// Those of [`Eraser::open`] and [`Eraser::keep`].
    pub fn keep(&self, keep: &Retention) -> Result<RetentionReport, StoreError> {
        Eraser::open(self.path())?.keep(keep)
    }
}

impl RecordSink for Store {
    fn record(&self, record: &Arc<Record>) {
        self.0.status.queue.push(Arc::clone(record));
    }

    /// Waits until every accepted record is on disk and survives a loss of power.
    ///
    /// The outcome is unsafe after a timeout, and if a record was lost to a write error, or the
    /// file was deleted, replaced or truncated, since the last flush. Records that a full queue
    /// dropped were not accepted; the outcome counts them.
    fn flush(&self, timeout: Duration) -> FlushOutcome {
        let status = &self.0.status;
        if !status.is_file_present() {
            status.queue.request_file_check();
        }
        status.queue.flush(timeout)
    }

    /// Writes the queued records, merges the log into the file, and closes the file.
    fn shutdown(&self, timeout: Duration) -> FlushOutcome {
        self.0.status.queue.shutdown(timeout)
    }

    /// Records that the full queue dropped, and records that could not be written.
    fn dropped(&self) -> u64 {
        let status = &self.0.status;
        status.queue.dropped() + status.failed.load(Ordering::Relaxed)
    }

    fn name(&self) -> &str {
        "store"
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("path", &self.0.status.path)
            .field("stats", &self.stats())
            .finish()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.status.queue.close(DROP_TIMEOUT);
        let threads = self
            .threads
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        for thread in threads.drain(..) {
            // The drop of `EndGuard` has reported a panic of the writer.
            let _ = thread.join();
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
    /// of a record is [`Record::memory_size`].
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
        let status = Arc::new(WriterStatus {
            path: self.path,
            queue: Queue::new(self.queue, self.when_full),
            written: 0.into(),
            failed: 0.into(),
            forgotten: 0.into(),
            last_error: Mutex::new(None),
            identity: Mutex::new(None),
        });
        let writer = Writer::new(connection, Arc::clone(&status), self.options)?;
        let watched_status = Arc::clone(&status);
        let warn = move || write::warn_about_drops(&watched_status.queue, &watched_status.path);
        let store = Store(Arc::new(Inner {
            status,
            threads: Mutex::new(Vec::new()),
        }));
        store.0.spawn("whose-store", move || writer.run())?;
        store.0.spawn("whose-store-warn", warn)?;
        Ok(store)
    }
}

impl Inner {
    fn spawn(&self, name: &str, run: impl FnOnce() + Send + 'static) -> Result<(), StoreError> {
        let thread = thread::Builder::new().name(name.into());
        let thread = thread.spawn(run).map_err(StoreError::SpawnThread)?;
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        threads.push(thread);
        Ok(())
    }
}

/// The numbers of written and lost records of a [`Store`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoreStats {
    /// Written records.
    pub written: u64,
    /// Records that were dropped because the queue was full or the store was closed.
    pub dropped: u64,
    /// Accepted records that could not be written until the end, or that SQLite rejected.
    pub failed: u64,
    /// Records that were rejected because they began before their user was
    /// [forgotten](Store::forget).
    pub forgotten: u64,
    /// Records that wait in memory or are being written.
    pub waiting: u64,
    /// The last write error, including errors after which the records were written.
    pub last_error: Option<String>,
}
