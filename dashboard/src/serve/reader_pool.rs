//! Readers of the store, for queries beside each other.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;
use whose_store::{Prices, Queries, Reader, StoreError};

use super::file_identity::{FileIdentity, file_identity};
use crate::pages::PageError;

/// The most queries at once. Each reader caches up to 8 MiB.
const READERS: usize = 4;

/// A bounded number of readers of one file, opened when they are needed.
#[derive(Debug)]
pub(super) struct ReaderPool {
    path: PathBuf,
    prices: Prices,
    idle: Mutex<Vec<IdleReader>>,
    permits: Arc<Semaphore>,
}

#[derive(Debug)]
struct IdleReader {
    reader: Reader,
    file: Option<FileIdentity>,
}

impl ReaderPool {
    pub(super) fn open(path: &Path, prices: Prices) -> Result<Self, StoreError> {
        let pool = Self {
            path: path.to_owned(),
            prices,
            idle: Mutex::default(),
            permits: Arc::new(Semaphore::new(READERS)),
        };
        let reader = pool.take()?;
        pool.put_back(reader);
        Ok(pool)
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
    fn take(&self) -> Result<IdleReader, StoreError> {
        let file = file_identity(&self.path);
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        // A reader of a replaced file would show a file that no longer exists.
        idle.retain(|reader| reader.file == file);
        if let Some(reader) = idle.pop() {
            return Ok(reader);
        }
        drop(idle);
        let reader = Reader::open(&self.path)?.with_prices(self.prices.clone());
        Ok(IdleReader { reader, file })
    }

    fn put_back(&self, reader: IdleReader) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.push(reader);
    }
}
