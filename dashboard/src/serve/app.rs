//! What every request shares.

use std::sync::Arc;

use tokio::sync::{Semaphore, watch};

use super::reader_pool::ReaderPool;
use super::shared_log::SharedLog;
use crate::access::AccessPolicy;

/// What every request shares.
#[derive(Clone, Debug)]
pub(super) struct App {
    pub(super) readers: Arc<ReaderPool>,
    /// One for each page that may follow the store at once.
    pub(super) live_permits: Arc<Semaphore>,
    /// Becomes true when the server stops.
    pub(super) stop: watch::Receiver<bool>,
    pub(super) log: Arc<SharedLog>,
    pub(super) policy: Arc<AccessPolicy>,
}
