//! Sending one request until the receiver takes or refuses it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::config::SignalSettings;
use crate::queue::Queue;
use crate::stats::Counters;
use crate::transport::{Reply, Transport};
use crate::worker::backoff::Backoff;
use crate::worker::warnings::LimitedWarning;

/// The failed attempts in a row before a warning: a connection that was idle may be closed.
const WARN_AT: u32 = 2;
/// The shortest time for an attempt while the sink shuts down.
const LAST_ATTEMPT: Duration = Duration::from_millis(50);

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// The receiver took the request, and rejected as many of its records.
    Accepted { rejected: u64 },
    /// The receiver refused the request: its records are lost.
    Refused,
    /// The time is over.
    GaveUp,
}

/// Sends requests of one signal.
#[derive(Debug)]
pub(crate) struct Courier {
    transport: Transport,
    settings: SignalSettings,
    counters: Arc<Counters>,
    /// Where the records wait meanwhile, for a warning.
    wait_in: String,
    blocked: LimitedWarning,
    refused: LimitedWarning,
    rejected: LimitedWarning,
}

impl Courier {
    /// # Errors
    /// Why nothing can be sent.
    pub(crate) fn new(
        settings: SignalSettings,
        counters: Arc<Counters>,
        wait_in: String,
    ) -> Result<Self, String> {
        Ok(Self {
            transport: Transport::new(settings.clone())?,
            settings,
            counters,
            wait_in,
            blocked: LimitedWarning::default(),
            refused: LimitedWarning::default(),
            rejected: LimitedWarning::default(),
        })
    }

    pub(crate) fn settings(&self) -> &SignalSettings {
        &self.settings
    }

    /// Sends a request with that many records.
    pub(crate) fn deliver(&mut self, queue: &Queue, request: Vec<u8>, count: u64) -> Delivery {
        let request = self.transport.prepare(request);
        let mut backoff = Backoff::new();
        let mut attempt = 1;
        loop {
            let (reason, after) = match self.transport.send(&request, self.timeout(queue)) {
                Reply::Accepted { rejected, message } => {
                    return self.accepted(count, rejected, &message);
                }
                Reply::Refused { reason } => {
                    self.warn_refused(count, &reason);
                    return Delivery::Refused;
                }
                Reply::Retry { reason, after } => (reason, after),
                Reply::Unreachable { reason } => {
                    queue.note_unreachable();
                    (reason, None)
                }
            };
            if attempt >= WARN_AT || queue.should_give_up() {
                self.warn_blocked(&reason);
            }
            if !pause(
                queue,
                after.unwrap_or_else(|| backoff.pause()),
                after.is_none(),
            ) {
                self.warn_blocked(&reason);
                return Delivery::GaveUp;
            }
            attempt += 1;
            self.counters.retried.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The time for one attempt: the timeout of the settings, or what is left of a shutdown.
    fn timeout(&self, queue: &Queue) -> Duration {
        let timeout = self.settings.timeout;
        let left = queue.time_left().map(|left| left.max(LAST_ATTEMPT));
        left.map_or(timeout, |left| timeout.min(left))
    }

    fn accepted(&mut self, count: u64, rejected: u64, message: &str) -> Delivery {
        let rejected = rejected.min(count);
        self.counters
            .sent
            .fetch_add(count - rejected, Ordering::Relaxed);
        self.counters
            .rejected
            .fetch_add(rejected, Ordering::Relaxed);
        let (records, endpoint) = (
            self.settings.signal.records(),
            self.settings.shown_endpoint(),
        );
        if rejected > 0 || !message.is_empty() {
            self.rejected.emit(|| {
                format!("{endpoint} rejected {rejected} of {count} {records}: {message:?}")
            });
        }
        Delivery::Accepted { rejected }
    }

    fn warn_refused(&mut self, count: u64, reason: &str) {
        let (records, endpoint) = (
            self.settings.signal.records(),
            self.settings.shown_endpoint(),
        );
        self.refused
            .emit(|| format!("{count} {records} for {endpoint} are lost: {reason}"));
    }

    fn warn_blocked(&mut self, reason: &str) {
        let (records, endpoint) = (
            self.settings.signal.records(),
            self.settings.shown_endpoint(),
        );
        let wait_in = &self.wait_in;
        self.blocked.emit(|| {
            format!(
                "{records} cannot be sent to {endpoint}: {reason}. They wait in {wait_in}, and are \
                 sent as soon as the receiver takes them"
            )
        });
    }
}

/// Pauses between two attempts. Returns `false` if the time is over.
fn pause(queue: &Queue, pause: Duration, ends_at_flush: bool) -> bool {
    let end = Instant::now() + pause;
    loop {
        if queue.should_give_up() {
            return false;
        }
        let left = end.saturating_duration_since(Instant::now());
        queue.wait_before_retry(left, ends_at_flush);
        if queue.should_give_up() {
            return false;
        }
        // A receiver that asked for the pause gets all of it.
        if ends_at_flush || Instant::now() >= end {
            return true;
        }
    }
}
