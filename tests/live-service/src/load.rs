//! One run of the service under load.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use crate::clients::{Clients, RequestKind};
use crate::expectations::{ExpectedRequest, REQUEST_SPAN, SERVER_SPANS};
use crate::observation::ObservationRecorder;
use crate::rendezvous::Rendezvous;
use crate::service::{Forgotten, Service};

/// The requests of a run, and the line that the author of the service forgot.
#[derive(Clone, Debug)]
pub struct Load {
    /// The name of the run, which the ids of the requests begin with.
    pub name: &'static str,
    /// The kinds of the requests, in turn.
    pub kinds: &'static [RequestKind],
    /// The number of requests.
    pub requests: usize,
    /// The forgotten line.
    pub forgotten: Option<Forgotten>,
    /// Whether the requests that open the pooled connections end before the others begin.
    pub opens_connections_first: bool,
}

impl Load {
    /// Starts the service, sends all requests, at most 200 at once, and waits until each span is closed.
    /// Returns the truth about each request, by its id.
    ///
    /// The recorder is a sink of the subscriber of the process.
    ///
    /// # Panics
    /// If the service does not answer, or spans are still open after 30 seconds.
    pub async fn send(&self, recorder: &ObservationRecorder) -> HashMap<String, ExpectedRequest> {
        let rendezvous = Arc::<Rendezvous>::default();
        let service = Service::start(self.forgotten, rendezvous.clone()).await;
        let mut clients = Clients::new(self.name, self.kinds, &service, rendezvous);
        clients.sign_in_all_users().await;
        if self.opens_connections_first {
            clients.open_connections().await;
        }
        clients.send_all(self.requests).await;
        service.close_connections();
        let has_layer = self.forgotten != Some(Forgotten::AttributionLayer);
        let is_done = || {
            let (closed, opened) = (recorder.count(&SERVER_SPANS), clients.spans());
            let recorded = if has_layer { opened } else { 0 };
            closed == opened && recorder.count(&[REQUEST_SPAN]) == recorded && !service.is_busy()
        };
        let done = async {
            while !is_done() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let in_time = tokio::time::timeout(Duration::from_secs(30), done).await;
        let (closed, opened) = (recorder.count(&SERVER_SPANS), clients.spans());
        assert!(in_time.is_ok(), "{closed} of {opened} spans were closed");
        service.stop();
        clients.finish()
    }
}

/// Records panics, and prints only the panics that the service does not make on purpose.
pub fn install_panic_hook() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let print = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let message = info.payload().downcast_ref::<String>();
            if !message.is_some_and(|message| message.contains(": panics in a ")) {
                print(info);
            }
        }));
        whose::panic::install();
    });
}
