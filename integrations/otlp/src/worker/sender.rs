//! Sending batch after batch.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use whose::Service;

use crate::config::SignalSettings;
use crate::encode::{Envelope, Resource};
use crate::queue::{Batch, Work};
use crate::transport::{Reply, Transport};
use crate::worker::backoff::Backoff;
use crate::worker::exporting::mark_exporting;
use crate::worker::shared::Shared;
use crate::worker::warnings::{LimitedWarning, warn};

/// How long an idle sender waits until it looks at the dropped records.
const IDLE: Duration = Duration::from_secs(1);
/// The failed attempts in a row before a warning: a connection that was idle may be closed.
const WARN_AT: u32 = 2;
/// The shortest time for an attempt while the sink shuts down.
const LAST_ATTEMPT: Duration = Duration::from_millis(50);

/// Sends the batches of one signal.
#[derive(Debug)]
pub(crate) struct Sender {
    transport: Transport,
    settings: SignalSettings,
    shared: Arc<Shared>,
    resource: Resource,
    /// The service of the newest batch, and the envelope of its requests.
    envelope: Option<(Option<Service>, Envelope)>,
    warnings: Warnings,
}

#[derive(Debug, Default)]
struct Warnings {
    blocked: LimitedWarning,
    refused: LimitedWarning,
    rejected: LimitedWarning,
    dropped: LimitedWarning,
    dropped_before: u64,
}

impl Sender {
    /// Starts the thread of the signal.
    ///
    /// # Errors
    /// Why nothing can be sent.
    pub(crate) fn start(
        settings: SignalSettings,
        resource: Resource,
        shared: Arc<Shared>,
    ) -> Result<(), String> {
        let transport = Transport::new(settings.clone())?;
        let sender = Self {
            transport,
            settings,
            shared,
            resource,
            envelope: None,
            warnings: Warnings::default(),
        };
        let name = sender.settings.signal.thread().to_owned();
        thread::Builder::new()
            .name(name)
            .spawn(|| sender.run())
            .map(drop)
            .map_err(|error| format!("no thread for the sender: {error}"))
    }

    fn run(mut self) {
        mark_exporting();
        let _ended = EndGuard(Arc::clone(&self.shared));
        loop {
            self.warn_about_drops();
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

    /// Sends a batch until the receiver takes or refuses it. Returns `false` if the time is over.
    fn deliver(&mut self, batch: Batch) -> bool {
        let Batch {
            number,
            service,
            records,
            count,
        } = batch;
        let request = self.envelope(service).request(&records);
        drop(records);
        let request = self.transport.prepare(request);
        let mut backoff = Backoff::new();
        for attempt in 1.. {
            let reply = self.transport.send(&request, self.attempt_timeout());
            let (reason, after, is_reached) = match reply {
                Reply::Accepted { rejected, message } => {
                    self.accepted(number, count, rejected, &message);
                    return true;
                }
                Reply::Refused { reason } => {
                    self.refused(number, count, &reason);
                    return true;
                }
                Reply::Retry { reason, after } => (reason, after, true),
                Reply::Unreachable { reason } => (reason, None, false),
            };
            if !is_reached {
                self.shared.queue.note_unreachable();
            }
            if attempt >= WARN_AT {
                self.warn_blocked(&reason);
            }
            let pause = after.unwrap_or_else(|| backoff.pause());
            if !self.pause(pause, after.is_none()) {
                self.warn_blocked(&reason);
                return false;
            }
            self.shared.counters.retried.fetch_add(1, Ordering::Relaxed);
        }
        false
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

    /// The time for one attempt: the timeout of the settings, or what is left of a shutdown.
    fn attempt_timeout(&self) -> Duration {
        let left = self.shared.queue.time_left();
        let timeout = self.settings.timeout;
        left.map_or(timeout, |left| timeout.min(left.max(LAST_ATTEMPT)))
    }

    /// Pauses between two attempts. Returns `false` if the time is over.
    fn pause(&self, pause: Duration, ends_at_flush: bool) -> bool {
        let queue = &self.shared.queue;
        let end = Instant::now() + pause;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            queue.wait_before_retry(left, ends_at_flush);
            if queue.time_left().is_some_and(|left| left.is_zero()) {
                return false;
            }
            // A receiver that asked for the pause gets all of it.
            if ends_at_flush || Instant::now() >= end {
                return true;
            }
        }
    }

    fn accepted(&mut self, number: u64, count: u64, rejected: u64, message: &str) {
        let rejected = rejected.min(count);
        let counters = &self.shared.counters;
        counters.sent.fetch_add(count - rejected, Ordering::Relaxed);
        counters.rejected.fetch_add(rejected, Ordering::Relaxed);
        self.shared.queue.settle(number, rejected > 0);
        if rejected > 0 {
            let (records, endpoint) = (self.settings.signal.records(), &self.settings.endpoint);
            self.warnings.rejected.emit(|| {
                format!("{endpoint} rejected {rejected} of {count} {records}: {message:?}")
            });
        }
    }

    fn refused(&mut self, number: u64, count: u64, reason: &str) {
        self.shared.queue.drop_in_flight();
        self.shared.queue.settle(number, true);
        // This warning covers the records.
        self.warnings.dropped_before += count;
        let (records, endpoint) = (self.settings.signal.records(), &self.settings.endpoint);
        self.warnings
            .refused
            .emit(|| format!("{count} {records} for {endpoint} are lost: {reason}"));
    }

    fn warn_blocked(&mut self, reason: &str) {
        let (records, endpoint) = (self.settings.signal.records(), &self.settings.endpoint);
        self.warnings.blocked.emit(|| {
            format!(
                "{records} cannot be sent to {endpoint}: {reason}. They wait in memory, and are sent \
                 as soon as the receiver takes them"
            )
        });
    }

    fn warn_about_drops(&mut self) {
        let dropped = self.shared.queue.dropped();
        let new = dropped.saturating_sub(self.warnings.dropped_before);
        if new > 0 {
            self.warnings.dropped_before = dropped;
            let (records, endpoint) = (self.settings.signal.records(), &self.settings.endpoint);
            self.warnings.dropped.emit(|| {
                format!("{new} {records} for {endpoint} were dropped: the queue was full")
            });
        }
    }
}

/// Ends the queue with the sender, also by a panic.
struct EndGuard(Arc<Shared>);

impl Drop for EndGuard {
    fn drop(&mut self) {
        let lost = self.0.queue.sender_ended();
        if lost > 0 {
            warn(&format!(
                "{lost} records were not sent before the end, and are lost"
            ));
        }
    }
}
