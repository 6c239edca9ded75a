use std::fmt;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use whose::{FlushOutcome, Record, RecordSink};

use super::pending_write::PendingWrite;
use super::stats::StoreStats;
use crate::erase::{Eraser, ForgetReport, Retention, RetentionReport};
use crate::error::StoreError;
use crate::write::{self, Writer, WriterStatus};

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
/// use whose_store::{Queries, Query, Reader, Store};
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

/// How long dropping the last handle waits for a file that cannot be written.
const DROP_TIMEOUT: Duration = Duration::from_secs(5);

impl Store {
    /// Starts the threads of the store.
    pub(super) fn start(status: Arc<WriterStatus>, writer: Writer) -> Result<Self, StoreError> {
        let watched_status = Arc::clone(&status);
        let warn = move || write::warn_about_drops(&watched_status.queue, &watched_status.path);
        let store = Self(Arc::new(Inner {
            status,
            threads: Mutex::new(Vec::new()),
        }));
        store.0.spawn("whose-store", move || writer.run())?;
        store.0.spawn("whose-store-warn", warn)?;
        Ok(store)
    }

    /// The path of the file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0.status.path
    }

    /// Adds records, all or none: `None` where the queue has no space for all of them, or the store is
    /// closed. Such records are not counted as dropped, since the caller still has them.
    ///
    /// Use `try_write` in a receiver, which confirms records only after they are on disk, and can ask the
    /// sender to send them again. Records past the capacity of the queue are taken while it is empty.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::time::{Duration, SystemTime};
    /// use whose::{ReceivedRecord, RecordType};
    /// use whose_store::{Store, WriteState};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("whose.db");
    /// let store = Store::open(&path)?;
    /// let record = ReceivedRecord::new(RecordType::Event, SystemTime::now()).finish();
    /// let pending = store.try_write(vec![Arc::new(record)]).expect("the queue has space");
    /// assert_eq!(pending.wait(Duration::from_secs(10)), WriteState::OnDisk);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use = "the records are confirmed by `wait`"]
    pub fn try_write(&self, records: Vec<Arc<Record>>) -> Option<PendingWrite> {
        let items = self.0.status.queue.push_all(records)?;
        Some(PendingWrite::new(Arc::clone(&self.0.status), items))
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
        StoreStats::of(&self.0.status)
    }

    /// Erases a user, including queued records; see [`Eraser::forget`].
    ///
    /// # Errors
    /// Those of [`Eraser::open`] and [`Eraser::forget`].
    pub fn forget(&self, user_id: &str) -> Result<ForgetReport, StoreError> {
        Eraser::open(self.path())?.forget(user_id)
    }

    /// Keeps the records of a user under a pseudonym, without their content; see
    /// [`Eraser::pseudonymise`].
    ///
    /// # Errors
    /// Those of [`Eraser::open`] and [`Eraser::pseudonymise`].
    pub fn pseudonymise(&self, user_id: &str) -> Result<ForgetReport, StoreError> {
        Eraser::open(self.path())?.pseudonymise(user_id)
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

impl Inner {
    fn spawn(&self, name: &str, run: impl FnOnce() + Send + 'static) -> Result<(), StoreError> {
        let thread = thread::Builder::new().name(name.into());
        let thread = thread.spawn(run).map_err(StoreError::SpawnThread)?;
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        threads.push(thread);
        Ok(())
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
