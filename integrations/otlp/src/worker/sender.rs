//! The thread that sends what waits in memory.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use whose::Service;

use crate::config::SignalSettings;
use crate::encode::{Envelope, Resource};
use crate::queue::{Batch, Work};
use crate::worker::courier::{Courier, Delivery};
use crate::worker::drops::DropWarning;
use crate::worker::end_guard::EndGuard;
use crate::worker::exporting::mark_exporting;
use crate::worker::shared::Shared;

/// How long an idle sender waits until it looks at the dropped records.
const IDLE: Duration = Duration::from_secs(1);

/// Sends the batches of one signal.
#[derive(Debug)]
pub(crate) struct Sender {
    courier: Courier,
    shared: Shared,
    resource: Resource,
    /// The service of the newest batch, and the envelope of its requests.
    envelope: Option<(Option<Service>, Envelope)>,
    drops: DropWarning,
}

impl Sender {
    /// Starts the thread of the signal.
    ///
    /// # Errors
    /// Why nothing can be sent.
    pub(crate) fn start(
        settings: SignalSettings,
        resource: Resource,
        shared: Shared,
    ) -> Result<(), String> {
        let name = settings.signal.thread().to_owned();
        let counters = Arc::clone(&shared.counters);
        let sender = Self {
            courier: Courier::new(settings, counters, "memory".to_owned())?,
            shared,
            resource,
            envelope: None,
            drops: DropWarning::default(),
        };
        let thread = thread::Builder::new().name(name).spawn(|| sender.run());
        thread
            .map(drop)
            .map_err(|error| format!("no thread for the sender: {error}"))
    }

    fn run(mut self) {
        mark_exporting();
        let _ended = EndGuard(Arc::clone(&self.shared.queue));
        loop {
            self.drops.look(&self.shared.queue, self.courier.settings());
            match self.shared.queue.next_batch(Some(IDLE)) {
                Work::Send(batch) => {
                    if !self.deliver(batch) {
                        return;
                    }
                }
                Work::Idle => {}
                Work::Stop => return,
            }
        }
    }

    /// Sends a batch. Returns `false` if the time is over.
    fn deliver(&mut self, batch: Batch) -> bool {
        let (number, count) = (batch.number, batch.count);
        let request = self.envelope(batch.service).request(&batch.records);
        drop(batch.records);
        let queue = &self.shared.queue;
        let has_loss = match self.courier.deliver(queue, request, count) {
            Delivery::Accepted { rejected } => rejected > 0,
            Delivery::Refused => {
                self.shared.counters.count_dropped(count);
                true
            }
            Delivery::GaveUp => return false,
        };
        queue.settle(number, has_loss);
        true
    }

    /// The envelope of the records of that service.
    fn envelope(&mut self, service: Option<Service>) -> &Envelope {
        let known = self.envelope.take();
        let known = known.filter(|(known, _)| *known == service);
        let made = known.unwrap_or_else(|| {
            let envelope = Envelope::new(&self.resource, service.as_ref());
            (service, envelope)
        });
        &self.envelope.insert(made).1
    }
}
