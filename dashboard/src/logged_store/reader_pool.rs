//! Readers of the store, for queries beside each other.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use tokio::sync::Semaphore;
use whose_store::{Eraser, FileIdentity, Prices, Queries, Reader, StoreError};

use super::shared_log::SharedLog;
use crate::pages::PageError;

/// The most queries at once. Each reader caches up to 8 MiB.
const READERS: usize = 4;

/// A bounded number of readers of one file, opened when they are needed. They share the sums of records
/// that a reader keeps.
///
/// When the path names another file, every connection to the old file is closed before the new file is
/// opened: SQLite finds the log and the shared memory of a file by the path, and a connection to either
/// file would use those of the other.
#[derive(Debug)]
pub(super) struct ReaderPool {
    path: PathBuf,
    prices: Prices,
    /// The access log.
    log: Arc<SharedLog>,
    state: Mutex<PoolState>,
    /// Wakes those who wait for the readers of a replaced file.
    returned: Condvar,
    permits: Arc<Semaphore>,
}

#[derive(Debug)]
struct PoolState {
    open: Option<OpenReaders>,
    /// The readers that queries use.
    busy: usize,
    /// A reader of a file that was replaced, until its log is out of the way.
    left: Option<Reader>,
    /// How many files were open.
    generation: u64,
}

/// The readers of one file.
#[derive(Debug)]
struct OpenReaders {
    /// A reader that opens the others.
    first: Reader,
    idle: Vec<Reader>,
}

/// A reader that a query uses. Goes back to the pool when it is dropped.
struct BusyReader<'p> {
    pool: &'p ReaderPool,
    /// `None` once it is dropped.
    reader: Option<Reader>,
    generation: u64,
}

impl ReaderPool {
    pub(super) fn open(path: &Path, prices: Prices) -> Result<Self, StoreError> {
        let log = Arc::new(SharedLog::new(path.to_owned()));
        let open = OpenReaders::open(path, &prices)?;
        log.follow(open.first.file());
        Ok(Self {
            path: path.to_owned(),
            prices,
            log,
            state: Mutex::new(PoolState {
                open: Some(open),
                busy: 0,
                left: None,
                generation: 0,
            }),
            returned: Condvar::new(),
            permits: Arc::new(Semaphore::new(READERS)),
        })
    }

    /// The access log of the file.
    pub(super) fn log(&self) -> &Arc<SharedLog> {
        &self.log
    }

    #[cfg(feature = "ingest")]
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// How many files were open so far. The number changes when the path names another file.
    pub(super) fn generation(&self) -> u64 {
        self.lock().generation
    }

    /// Runs a query on a thread that may block.
    pub(super) async fn query<T: Send + 'static>(
        self: &Arc<Self>,
        query: impl FnOnce(&mut dyn Queries) -> Result<T, PageError> + Send + 'static,
    ) -> Result<T, PageError> {
        let permit = Arc::clone(&self.permits).acquire_owned().await;
        let pool = Arc::clone(self);
        let task = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let mut busy = pool.take()?;
            match &mut busy.reader {
                Some(reader) => query(reader),
                None => Err(PageError::Stopped),
            }
        });
        task.await.unwrap_or(Err(PageError::Stopped))
    }

    /// Closes the connections to a file that the path no longer names, and opens the path.
    pub(super) fn check_file(&self) -> Result<(), PageError> {
        self.current().map(drop)
    }

    /// Opens the file for erasing.
    pub(super) fn eraser(&self) -> Result<Eraser, PageError> {
        let state = self.current()?;
        let file = state.open.as_ref().and_then(|open| open.first.file());
        drop(state);
        Ok(Eraser::open_same(&self.path, file)?)
    }

    /// An idle reader of the file that the path names now, or a new one.
    fn take(&self) -> Result<BusyReader<'_>, PageError> {
        let mut state = self.current()?;
        let generation = state.generation;
        let Some(open) = &mut state.open else {
            return Err(PageError::FileReplaced);
        };
        let reader = match open.idle.pop() {
            Some(reader) => reader,
            None => open.first.reopen()?,
        };
        state.busy += 1;
        Ok(BusyReader {
            pool: self,
            reader: Some(reader),
            generation,
        })
    }

    /// The state, with readers of the file that the path names now.
    fn current(&self) -> Result<MutexGuard<'_, PoolState>, PageError> {
        let mut state = self.lock();
        loop {
            let file = FileIdentity::of(&self.path);
            match state.open.take_if(|open| open.first.file() != file) {
                Some(replaced) => {
                    state.left = Some(replaced.first);
                    state.generation += 1;
                }
                None if state.open.is_some() => return Ok(state),
                None => {}
            }
            if state.busy > 0 {
                let waited = self.returned.wait(state);
                state = waited.unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            if let Some(left) = &state.left {
                self.log.leave();
                if self.path.exists() {
                    left.leave()?;
                    state.left = None;
                }
            }
            let open = OpenReaders::open(&self.path, &self.prices)?;
            self.log.follow(open.first.file());
            state.open = Some(open);
        }
    }

    fn lock(&self) -> MutexGuard<'_, PoolState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for BusyReader<'_> {
    fn drop(&mut self) {
        let mut state = self.pool.lock();
        state.busy -= 1;
        let is_usable = state.generation == self.generation && !std::thread::panicking();
        // Closed before the next file is opened, which needs the lock.
        let reader = self.reader.take();
        match &mut state.open {
            Some(open) if is_usable => open.idle.extend(reader),
            _ => drop(reader),
        }
        drop(state);
        self.pool.returned.notify_all();
    }
}

impl OpenReaders {
    fn open(path: &Path, prices: &Prices) -> Result<Self, StoreError> {
        Ok(Self {
            first: Reader::open(path)?.with_prices(prices.clone()),
            idle: Vec::new(),
        })
    }
}
