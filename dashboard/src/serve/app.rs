//! What every request shares.

use std::sync::Arc;

use tokio::sync::{Semaphore, watch};

use super::reader_pool::ReaderPool;
use crate::access::AccessPolicy;

/// What every request shares.
#[derive(Clone, Debug)]
pub(super) struct App {
    pub(super) readers: Arc<ReaderPool>,
    /// One for each page that may follow the store at once.
    pub(super) live_permits: Arc<Semaphore>,
    /// Becomes true when the server stops.
    pub(super) stop: watch::Receiver<bool>,
    pub(super) policy: Arc<AccessPolicy>,
}

impl App {
    /// Why the file cannot be written at the moment, for the top of a page.
    pub(super) async fn write_failure(&self) -> Option<String> {
        let log = Arc::clone(self.readers.log());
        let checked = tokio::task::spawn_blocking(move || log.failure());
        checked.await.ok().flatten()
    }
}
