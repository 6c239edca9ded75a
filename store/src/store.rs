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

/// Writes records into one SQLite file, from a thread of its own.
///
/// A clone is another handle of the same store. When the last one is dropped, or at a
/// [`shutdown`](RecordSink::shutdown), the queued records are written and the file is closed: one
/// file then holds everything. A `tracing` subscriber that is set for the whole process is never
/// dropped, so keep a [`whose::shutdown_guard`], or the guard of [`init`](crate::init()), in `main`.
///
/// # What is seen without asking
/// Warnings on stderr, at most one a minute of each kind: dropped records, a file that cannot be
/// written, a file that was deleted, replaced or truncated, a log that a reader keeps from being
/// emptied. Lost records are also written into the file, as *gap records*: from when to when, how
/// many, and why.
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

/// How many records wait in memory at most, unless [`StoreBuilder::max_queued_records`] says otherwise.
const DEFAULT_QUEUE_RECORDS: usize = 65_536;
/// How many bytes of records wait in memory at most, unless [`StoreBuilder::max_queued_bytes`] says
/// otherwise.
const DEFAULT_QUEUE_BYTES: usize = 64 << 20;
/// How many bytes the log has at most, unless [`StoreBuilder::max_log_bytes`] says otherwise.
const DEFAULT_LOG_BYTES: u64 = 1 << 30;
/// How long the drop of the last handle waits for a file that cannot be written.
const DROP_TIMEOUT: Duration = Duration::from_secs(5);

impl Store {
    /// Opens the store in that file, which is made if it is not there.
    ///
    /// # Errors
    /// [`InvalidPath`](StoreError::InvalidPath), [`NotAStore`](StoreError::NotAStore),
    /// [`NewerSchema`](StoreError::NewerSchema), [`OlderSchema`](StoreError::OlderSchema) and
    /// [`ReadOnly`](StoreError::ReadOnly), each before
    /// anything is changed; other errors of SQLite.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::builder(path).open()
    }

    /// A store in that file, to be set up and opened.
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

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0.status.path
    }

    /// How many records were written, and how many were not.
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
    /// Erases a user, also what is queued; see [`Eraser::forget`].
    ///
    /// # Errors
    /// As [`Eraser::open`] and [`Eraser::forget`].
    pub fn forget(&self, user_id: &str) -> Result<ForgetReport, StoreError> {
        Eraser::open(self.path())?.forget(user_id)
    }

    /// Erases what is too old, or too much; see [`Eraser::keep`].
    ///
    /// # Errors
    /// As [`Eraser::open`] and [`Eraser::keep`].
    pub fn keep(&self, keep: &Retention) -> Result<RetentionReport, StoreError> {
        Eraser::open(self.path())?.keep(keep)
    }
}

impl RecordSink for Store {
    fn record(&self, record: &Arc<Record>) {
        self.0.status.queue.push(Arc::clone(record));
    }

    /// Waits until every record taken so far is on disk, safe also from a loss of power.
    ///
    /// The outcome is unsafe if that is not so in time, if a record was lost to a write error since
    /// the last flush, or if the file was deleted, replaced or truncated since. A record that was
    /// dropped because the queue was full was not taken, and the outcome counts it as such.
    fn flush(&self, timeout: Duration) -> FlushOutcome {
        let status = &self.0.status;
        if !status.is_file_present() {
            status.queue.request_file_check();
        }
        status.queue.flush(timeout)
    }

    /// Writes what was taken, makes one file of the file and its log, and closes it.
    fn shutdown(&self, timeout: Duration) -> FlushOutcome {
        self.0.status.queue.shutdown(timeout)
    }

    /// Those that the queue had no room for, and those that could not be written.
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
            // A panic of the writer has been reported by its own drop.
            let _ = thread.join();
        }
    }
}

/// Sets up a [`Store`].
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
    /// How many records wait in memory at most; 65,536 unless set, and at least one.
    pub fn max_queued_records(mut self, records: usize) -> Self {
        self.queue.items = records;
        self
    }

    /// How many bytes of records wait in memory at most, those that are being written included;
    /// 64 MiB unless set. The size of a record is [`Record::memory_size`].
    pub fn max_queued_bytes(mut self, bytes: usize) -> Self {
        self.queue.bytes = bytes;
        self
    }

    /// What the writer does where the file at the path is not the one that it has open any more;
    /// it opens the path anew unless set.
    pub fn when_file_gone(mut self, when_file_gone: WhenFileGone) -> Self {
        self.options.when_file_gone = when_file_gone;
        self
    }

    /// How many bytes the log beside the file has at most; 1 GiB unless set.
    ///
    /// The log is emptied all the time, but not while a connection reads from the store, as a shell
    /// with an open transaction does. At the bound the writer waits for that connection, and records
    /// wait in the queue.
    pub fn max_log_bytes(mut self, bytes: u64) -> Self {
        self.options.max_log_bytes = bytes;
        self
    }

    /// What happens to a record when that many wait; it is dropped and counted unless set.
    pub fn when_full(mut self, when_full: WhenFull) -> Self {
        self.when_full = when_full;
        self
    }

    /// Opens the store.
    ///
    /// # Errors
    /// As [`Store::open`].
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

/// What became of the records that a store was given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoreStats {
    /// Records that were written.
    pub written: u64,
    /// Records that were dropped because the queue was full, or the store closed.
    pub dropped: u64,
    /// Records that were taken and could not be written until the end, or that the file refused.
    pub failed: u64,
    /// Records that are not in the file because they began before their user was
    /// [forgotten](Store::forget).
    pub forgotten: u64,
    /// Records that wait in memory, or are being written.
    pub waiting: u64,
    /// The last reason why records could not be written, also where they were written later.
    pub last_error: Option<String>,
}
