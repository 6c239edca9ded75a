//! The thread that moves the records of one signal from memory into the spool.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use whose_store::{OutboxItem, OutboxPushed};

use crate::config::SignalSettings;
use crate::queue::{Batch, Work};
use crate::spool::context::context_of;
use crate::spool::queue::SpoolQueue;
use crate::worker::{DropWarning, EndGuard, LimitedWarning, Shared, mark_exporting, warn};

/// How long an idle writer waits until it looks at the dropped records.
const IDLE: Duration = Duration::from_secs(1);
/// The pause between two attempts to write.
const PAUSE: Duration = Duration::from_millis(500);

/// Moves the records of one signal from memory into the spool.
#[derive(Debug)]
pub(super) struct Writer {
    shared: Shared,
    spool: SpoolQueue,
    settings: SignalSettings,
    drops: DropWarning,
    blocked: LimitedWarning,
    full: LimitedWarning,
}

impl Writer {
    pub(super) fn new(shared: Shared, spool: SpoolQueue, settings: SignalSettings) -> Self {
        Self {
            shared,
            spool,
            settings,
            drops: DropWarning::default(),
            blocked: LimitedWarning::default(),
            full: LimitedWarning::default(),
        }
    }

    pub(super) fn run(mut self) {
        mark_exporting();
        let _ended = EndGuard(Arc::clone(&self.shared.queue));
        loop {
            self.drops.look(&self.shared.queue, &self.settings);
            match self.shared.queue.next_batch(Some(IDLE)) {
                Work::Send(batch) => {
                    if !self.store(&batch) {
                        return;
                    }
                    // The sender counts a record from the moment it is safe.
                    self.shared.queue.settle(batch.number, false);
                }
                Work::Idle => self.check_file(),
                Work::Stop => return,
            }
        }
    }

    /// Stores a batch. Returns `false` if the time is over.
    fn store(&mut self, batch: &Batch) -> bool {
        let context = context_of(batch.service.as_ref());
        let mut start = 0;
        let items: Vec<_> = batch
            .owners
            .iter()
            .map(|(end, owner)| {
                let payload = &batch.records[start..*end];
                start = *end;
                OutboxItem {
                    owner,
                    context: &context,
                    payload,
                }
            })
            .collect();
        loop {
            match self.spool.outbox.push(self.spool.channel, &items) {
                Ok(pushed) => {
                    self.stored(pushed);
                    self.check_file();
                    return true;
                }
                Err(error) => {
                    let records = self.settings.signal.records();
                    self.blocked.emit(|| {
                        format!(
                            "{records} cannot be written to the spool: {error}. They wait in memory"
                        )
                    });
                }
            }
            if self.shared.queue.should_give_up() {
                return false;
            }
            self.shared.queue.wait_before_retry(PAUSE, true);
        }
    }

    /// Checks that the next process will find the file. The records of a deleted file are still sent, as
    /// if they waited in memory.
    fn check_file(&self) {
        let outbox = &self.spool.outbox;
        if outbox.is_file_replaced() && self.spool.queue.lose_file() {
            let (records, path) = (self.settings.signal.records(), outbox.path());
            warn(&format!(
                "the spool {path:?} was deleted or replaced: {records} wait in this process alone until \
                 the service is started again"
            ));
        }
    }

    fn stored(&mut self, pushed: OutboxPushed) {
        self.spool.queue.push_stored(pushed.stored);
        let counters = &self.shared.counters;
        counters
            .dropped
            .fetch_add(pushed.dropped, Ordering::Relaxed);
        if pushed.dropped > 0 {
            let path = self.spool.outbox.path();
            self.full.emit(|| {
                let dropped = pushed.dropped;
                format!("{dropped} records were dropped: the spool {path:?} is full")
            });
        }
    }
}
