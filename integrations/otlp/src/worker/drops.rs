//! Warning about records that a full queue dropped.

use crate::config::SignalSettings;
use crate::queue::Queue;
use crate::worker::warnings::LimitedWarning;

/// Warns about records that a full queue dropped.
#[derive(Debug, Default)]
pub(crate) struct DropWarning {
    warning: LimitedWarning,
    /// How many drops were known at the last look.
    known: u64,
}

impl DropWarning {
    pub(crate) fn look(&mut self, queue: &Queue, settings: &SignalSettings) {
        let dropped = queue.dropped();
        let new = dropped.saturating_sub(self.known);
        self.known = dropped;
        if new > 0 {
            let (records, endpoint) = (settings.signal.records(), settings.shown_endpoint());
            self.warning.emit(|| {
                format!("{new} {records} for {endpoint} were dropped: the queue was full")
            });
        }
    }
}
