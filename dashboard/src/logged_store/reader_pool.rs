//! Readers of the store, for queries beside each other.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;
use whose_store::{Prices, Queries, Reader, StoreError};

use super::file_identity::{FileIdentity, file_identity};
use crate::pages::PageError;

/// The most queries at once. Each reader caches up to 8 MiB.
const READERS: usize = 4;

/// A bounded number of readers of one file, opened when they are needed. They share the sums of records
/// that a reader keeps.
#[derive(Debug)]
pub(super) struct ReaderPool {
    path: PathBuf,
    prices: Prices,
    readers: Mutex<Readers>,
    permits: Arc<Semaphore>,
}

#[derive(Debug)]
struct Readers {
    /// The file that the readers have open.
    file: Option<FileIdentity>,
    /// A reader that opens the others.
    first: Reader,
    idle: Vec<Reader>,
}

/// A reader that a query uses, and its file.
struct BusyReader {
    reader: Reader,
    file: Option<FileIdentity>,
}

impl ReaderPool {
    pub(super) fn open(path: &Path, prices: Prices) -> Result<Self, StoreError> {
        Ok(Self {
            path: path.to_owned(),
            readers: Mutex::new(Readers::open(path, &prices)?),
            prices,
            permits: Arc::new(Semaphore::new(READERS)),
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
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
            let mut reader = pool.take()?;
            let answer = query(&mut reader.reader);
            pool.put_back(reader);
            answer
        });
        task.await.unwrap_or(Err(PageError::Stopped))
    }

    /// An idle reader of the file that the path names now, or a new one.
    fn take(&self) -> Result<BusyReader, StoreError> {
        let file = file_identity(&self.path);
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        // A reader of a replaced file would show a file that no longer exists.
        if readers.file != file {
            *readers = Readers::open(&self.path, &self.prices)?;
        }
        let file = readers.file;
        let reader = match readers.idle.pop() {
            Some(reader) => reader,
            None => readers.first.reopen()?,
        };
        Ok(BusyReader { reader, file })
    }

    fn put_back(&self, busy: BusyReader) {
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if readers.file == busy.file {
            readers.idle.push(busy.reader);
        }
    }
}

impl Readers {
    fn open(path: &Path, prices: &Prices) -> Result<Self, StoreError> {
        Ok(Self {
            file: file_identity(path),
            first: Reader::open(path)?.with_prices(prices.clone()),
            idle: Vec::new(),
        })
    }
}
