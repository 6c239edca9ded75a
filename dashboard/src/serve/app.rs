//! What every request shares.

use std::sync::Arc;

use tokio::sync::{Semaphore, watch};

use crate::access::AccessPolicy;
#[cfg(feature = "ingest")]
use crate::ingest::Receiver;
use crate::logged_store::LoggedStore;
use crate::pages::{ServerState, View};

/// What every request shares.
#[derive(Clone, Debug)]
pub(super) struct App {
    pub(super) store: LoggedStore,
    /// One for each page that may follow the store at once.
    pub(super) live_permits: Arc<Semaphore>,
    /// Becomes true when the server stops.
    pub(super) stop: watch::Receiver<bool>,
    pub(super) policy: Arc<AccessPolicy>,
    #[cfg(feature = "ingest")]
    pub(super) receiver: Option<Arc<Receiver>>,
}

impl App {
    /// Adds to the data of a view what the server knows beside its store.
    pub(super) fn with_state<V: View>(&self) -> impl FnOnce(V::Data) -> V::Data + Send + 'static {
        #[cfg(feature = "ingest")]
        let received = self.receiver.as_ref().map(|receiver| receiver.counts());
        #[cfg(not(feature = "ingest"))]
        let received = None;
        let state = ServerState {
            wrong_tokens: self.policy.wrong_tokens(),
            received,
        };
        move |mut data| {
            V::add_server_state(&mut data, &state);
            data
        }
    }
}
