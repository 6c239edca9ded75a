use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use whose::{FlushOutcome, Record, RecordSink};

use crate::erase::{Eraser, Forgotten, Keep, Kept};
use crate::error::StoreError;
use crate::schema;
use crate::write::{self, Capacity, Progress, Queue, Settings, WhenFileGone, WhenFull, Writer};

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
pub struct Store(Arc<Open>);

struct Open {
    progress: Arc<Progress>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// How many records wait in memory at most, unless [`StoreBuilder::queue`] says otherwise.
const QUEUE: usize = 65_536;
/// How many bytes of records wait in memory at most, unless [`StoreBuilder::queue_bytes`] says
/// otherwise.
const QUEUE_BYTES: usize = 64 << 20;
/// How many bytes the log has at most, unless [`StoreBuilder::log`] says otherwise.
const LOG: u64 = 1 << 30;
/// How long the drop of the last handle waits for a file that cannot be written.
const LAST_WRITE: Duration = Duration::from_secs(5);

impl Store {
    /// Opens the store in that file, which is made if it is not there.
    ///
    /// # Errors
    /// [`NotAPath`](StoreError::NotAPath), [`NotAStore`](StoreError::NotAStore),
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
                items: QUEUE,
                bytes: QUEUE_BYTES,
            },
            when_full: WhenFull::default(),
            settings: Settings {
                when_file_gone: WhenFileGone::default(),
                log: LOG,
            },
        }
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0.progress.path
    }

    /// How many records were written, and how many were not.
    #[must_use]
    pub fn stats(&self) -> StoreStats {
        let progress = &self.0.progress;
        let last_error = progress
            .last_error
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        StoreStats {
            written: progress.written.load(Ordering::Relaxed),
            dropped: progress.queue.dropped(),
            failed: progress.failed.load(Ordering::Relaxed),
            waiting: progress.queue.waiting(),
            forgotten: progress.forgotten.load(Ordering::Relaxed),
            last_error: last_error.clone(),
        }
    }
}

impl Store {
    /// Erases a user, also what is queued; see [`Eraser::forget`].
    ///
    /// # Errors
    /// As [`Eraser::open`] and [`Eraser::forget`].
    pub fn forget(&self, user_id: &str) -> Result<Forgotten, StoreError> {
        Eraser::open(self.path())?.forget(user_id)
    }

    /// Erases what is too old, or too much; see [`Eraser::keep`].
    ///
    /// # Errors
    /// As [`Eraser::open`] and [`Eraser::keep`].
    pub fn keep(&self, keep: &Keep) -> Result<Kept, StoreError> {
        Eraser::open(self.path())?.keep(keep)
    }
}

impl RecordSink for Store {
    fn record(&self, record: &Arc<Record>) {
        self.0.progress.queue.push(Arc::clone(record));
    }

    /// Waits until every record taken so far is on disk, safe also from a loss of power.
    ///
    /// The outcome is unsafe if that is not so in time, if a record was lost to a write error since
    /// the last flush, or if the file was deleted, replaced or truncated since. A record that was
    /// dropped because the queue was full was not taken, and the outcome counts it as such.
    fn flush(&self, timeout: Duration) -> FlushOutcome {
        let progress = &self.0.progress;
        if !progress.is_file_present() {
            progress.queue.suspect();
        }
        progress.queue.flush(timeout)
    }

    /// Writes what was taken, makes one file of the file and its log, and closes it.
    fn shutdown(&self, timeout: Duration) -> FlushOutcome {
        self.0.progress.queue.shutdown(timeout)
    }

    /// Those that the queue had no room for, and those that could not be written.
    fn dropped(&self) -> u64 {
        let progress = &self.0.progress;
        progress.queue.dropped() + progress.failed.load(Ordering::Relaxed)
    }

    fn name(&self) -> &str {
        "store"
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("path", &self.0.progress.path)
            .field("stats", &self.stats())
            .finish()
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.progress.queue.close(LAST_WRITE);
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
/// let store = Store::builder(&path).queue(10_000).when_full(WhenFull::Block).open()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a store is opened by `.open()`"]
pub struct StoreBuilder {
    path: PathBuf,
    queue: Capacity,
    when_full: WhenFull,
    settings: Settings,
}

impl StoreBuilder {
    /// How many records wait in memory at most; 65,536 unless set, and at least one.
    pub fn queue(mut self, records: usize) -> Self {
        self.queue.items = records;
        self
    }

    /// How many bytes of records wait in memory at most, those that are being written included;
    /// 64 MiB unless set. The size of a record is [`Record::memory_size`].
    pub fn queue_bytes(mut self, bytes: usize) -> Self {
        self.queue.bytes = bytes;
        self
    }

    /// What the writer does where the file at the path is not the one that it has open any more;
    /// it opens the path anew unless set.
    pub fn when_file_gone(mut self, when_file_gone: WhenFileGone) -> Self {
        self.settings.when_file_gone = when_file_gone;
        self
    }

    /// How many bytes the log beside the file has at most; 1 GiB unless set.
    ///
    /// The log is emptied all the time, but not while a connection reads from the store, as a shell
    /// with an open transaction does. At the bound the writer waits for that connection, and records
    /// wait in the queue.
    pub fn log(mut self, bytes: u64) -> Self {
        self.settings.log = bytes;
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
        let progress = Arc::new(Progress {
            path: self.path,
            queue: Queue::new(self.queue, self.when_full),
            written: 0.into(),
            failed: 0.into(),
            forgotten: 0.into(),
            last_error: Mutex::new(None),
            identity: Mutex::new(None),
        });
        let writer = Writer::new(connection, Arc::clone(&progress), self.settings)?;
        let watched = Arc::clone(&progress);
        let warns = move || write::warn_of_drops(&watched.queue, &watched.path);
        let store = Store(Arc::new(Open {
            progress,
            threads: Mutex::new(Vec::new()),
        }));
        store.0.spawn("whose-store", move || writer.run())?;
        store.0.spawn("whose-store-warn", warns)?;
        Ok(store)
    }
}

impl Open {
    fn spawn(&self, name: &str, run: impl FnOnce() + Send + 'static) -> Result<(), StoreError> {
        let thread = thread::Builder::new().name(name.into());
        let thread = thread.spawn(run).map_err(StoreError::Thread)?;
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
