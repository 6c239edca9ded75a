use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use whose::{Record, RecordSink};

use crate::error::{At, StoreError};
use crate::schema;
use crate::write::{Progress, Queue, WhenFull, Writer};

/// Writes records into one SQLite file, from a thread of its own.
///
/// A clone is another handle of the same store. When the last one is dropped, what is queued is
/// written and the file is closed; a `tracing` subscriber that is set for the whole process is
/// never dropped, so [`flush`](RecordSink::flush) before the process ends, or keep the guard of
/// [`init`](crate::init()).
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
/// assert!(store.flush(Duration::from_secs(5)));
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
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// How many records wait in memory at most, unless [`StoreBuilder::queue`] says otherwise.
const QUEUE: usize = 65_536;

impl Store {
    /// Opens the store in that file, which is made if it is not there.
    ///
    /// # Errors
    /// [`NotAStore`](StoreError::NotAStore), [`NewerSchema`](StoreError::NewerSchema) and
    /// [`ReadOnly`](StoreError::ReadOnly), each before anything is changed; other errors of SQLite.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::builder(path).open()
    }

    /// A store in that file, to be set up and opened.
    pub fn builder(path: impl AsRef<Path>) -> StoreBuilder {
        StoreBuilder {
            path: path.as_ref().to_path_buf(),
            queue: QUEUE,
            when_full: WhenFull::default(),
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
            last_error: last_error.clone(),
        }
    }
}

impl RecordSink for Store {
    fn record(&self, record: &Arc<Record>) {
        self.0.progress.queue.push(Arc::clone(record));
    }

    /// Waits until every record taken so far is on disk, safe also from a loss of power.
    ///
    /// `false` if that is not so in time, or if a record was lost to a write error since the last
    /// flush. A record that was dropped because the queue was full was not taken: see
    /// [`Store::stats`].
    fn flush(&self, timeout: Duration) -> bool {
        self.0.progress.queue.flush(timeout)
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
        self.progress.queue.close();
        let thread = self
            .thread
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(thread) = thread {
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
    queue: usize,
    when_full: WhenFull,
}

impl StoreBuilder {
    /// How many records wait in memory at most; 65,536 unless set, and at least one.
    pub fn queue(mut self, records: usize) -> Self {
        self.queue = records;
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
            last_error: Mutex::new(None),
        });
        let writer = Writer::new(connection, Arc::clone(&progress)).at(&progress.path)?;
        let thread = thread::Builder::new()
            .name("whose-store".into())
            .spawn(move || writer.run())
            .map_err(StoreError::Thread)?;
        Ok(Store(Arc::new(Open {
            progress,
            thread: Mutex::new(Some(thread)),
        })))
    }
}

/// What became of the records that a store was given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoreStats {
    /// Records in the file.
    pub written: u64,
    /// Records that were dropped because the queue was full, or the store closed.
    pub dropped: u64,
    /// Records that were lost because the file could not be written.
    pub failed: u64,
    /// The last error of writing.
    pub last_error: Option<String>,
}
