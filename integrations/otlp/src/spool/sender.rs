//! The thread that sends what waits in the spool.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use whose_store::OutboxEntry;

use crate::encode::{Envelope, Resource};
use crate::queue::{QueueLimits, Work};
use crate::spool::context::service_of;
use crate::spool::queue::SpoolQueue;
use crate::worker::{Courier, Delivery, EndGuard, LimitedWarning, Shared, mark_exporting};

/// The pause after an error of the file.
const PAUSE: Duration = Duration::from_millis(500);

/// Sends what waits in the spool.
#[derive(Debug)]
pub(super) struct SpoolSender {
    pub(super) courier: Courier,
    pub(super) shared: Shared,
    pub(super) spool: SpoolQueue,
    pub(super) resource: Resource,
    pub(super) limits: QueueLimits,
    pub(super) broken: LimitedWarning,
}

/// What became of a part of the spool.
enum Sent {
    /// As many rows were sent, or refused.
    Rows { count: u64, has_loss: bool },
    /// No row is left.
    Nothing,
    /// The time is over.
    GaveUp,
}

impl SpoolSender {
    pub(super) fn run(mut self) {
        mark_exporting();
        let _ended = EndGuard(Arc::clone(&self.spool.queue));
        let queue = Arc::clone(&self.spool.queue);
        while let Work::Send(token) = queue.next_batch(None) {
            let (mut left, mut has_loss) = (token.count, false);
            while left > 0 {
                match self.send_some(left) {
                    Sent::Rows {
                        count,
                        has_loss: lost,
                    } => {
                        left = left.saturating_sub(count);
                        has_loss |= lost;
                    }
                    // An erasure, or the limit of the spool, has removed rows.
                    Sent::Nothing => left = 0,
                    Sent::GaveUp => return,
                }
            }
            queue.settle(token.number, has_loss);
        }
    }

    /// Sends the oldest rows, at most `rows` of them.
    fn send_some(&mut self, rows: u64) -> Sent {
        let rows = usize::try_from(rows.min(self.limits.batch_records)).unwrap_or(usize::MAX);
        let (outbox, channel) = (Arc::clone(&self.spool.outbox), self.spool.channel);
        let read = || outbox.oldest(channel, rows, self.limits.batch_bytes);
        let Some(entries) = try_until_over(&mut self.broken, &self.spool, read) else {
            return Sent::GaveUp;
        };
        if entries.is_empty() {
            return Sent::Nothing;
        }
        let count = entries.len() as u64;
        let request = self.request(&entries);
        let has_loss = match self.courier.deliver(&self.spool.queue, request, count) {
            Delivery::Accepted { rejected } => rejected > 0,
            Delivery::Refused => {
                self.shared.counters.count_dropped(count);
                true
            }
            Delivery::GaveUp => return Sent::GaveUp,
        };
        let ids: Vec<_> = entries.iter().map(|entry| entry.id).collect();
        // The rows stay the oldest ones until they are removed, so nothing else is sent before.
        let remove = || outbox.remove(&ids);
        match try_until_over(&mut self.broken, &self.spool, remove) {
            Some(_) => Sent::Rows { count, has_loss },
            None => Sent::GaveUp,
        }
    }

    /// One request with the rows: beside each other, those of one service share an envelope.
    fn request(&self, entries: &[OutboxEntry]) -> Vec<u8> {
        let mut request = Vec::new();
        for same in entries.chunk_by(|one, other| one.context == other.context) {
            let records: Vec<u8> = same
                .iter()
                .flat_map(|entry| &entry.payload)
                .copied()
                .collect();
            let service = service_of(&same[0].context);
            let envelope = Envelope::new(&self.resource, service.as_ref());
            request.extend_from_slice(&envelope.request(&records));
        }
        request
    }
}

/// Repeats work on the file until it succeeds; `None` if the time is over.
fn try_until_over<T, E: std::fmt::Display>(
    warning: &mut LimitedWarning,
    spool: &SpoolQueue,
    mut work: impl FnMut() -> Result<T, E>,
) -> Option<T> {
    loop {
        match work() {
            Ok(done) => return Some(done),
            Err(error) => warning.emit(|| format!("the spool cannot be read or written: {error}")),
        }
        if spool.queue.should_give_up() {
            return None;
        }
        thread::sleep(PAUSE);
    }
}
