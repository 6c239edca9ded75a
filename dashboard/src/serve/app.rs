//! What every request shares.

use std::sync::Arc;

use tokio::sync::{Semaphore, watch};

use crate::access::AccessPolicy;
use crate::logged_store::LoggedStore;

/// What every request shares.
#[derive(Clone, Debug)]
pub(super) struct App {
    pub(super) store: LoggedStore,
    /// One for each page that may follow the store at once.
    pub(super) live_permits: Arc<Semaphore>,
    /// Becomes true when the server stops.
    pub(super) stop: watch::Receiver<bool>,
    pub(super) policy: Arc<AccessPolicy>,
}
