use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

/// Points where a client and the service wait for each other, by the id of a request.
#[derive(Debug, Default)]
pub(crate) struct Rendezvous(Mutex<HashMap<String, Arc<Notify>>>);

impl Rendezvous {
    /// Wakes the waiting side, now or when it starts to wait.
    pub(crate) fn arrive(&self, request: &str) {
        self.of(request).notify_one();
    }

    pub(crate) async fn wait(&self, request: &str) {
        self.of(request).notified().await;
    }

    fn of(&self, request: &str) -> Arc<Notify> {
        let mut rendezvous_points = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        rendezvous_points
            .entry(request.to_owned())
            .or_default()
            .clone()
    }
}
