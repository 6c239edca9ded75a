//! Reports of dropped items, for the thread that warns about them.

use std::sync::PoisonError;
use std::time::Duration;

use super::bounded::{Queue, wait_while};
use super::item::QueueItem;
use super::state::{DISK_TOO_SLOW, State, queue_full};

/// Dropped items that no warning has reported.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct DropReport {
    pub(crate) records: u64,
    pub(crate) reason: String,
}

impl<T: QueueItem> Queue<T> {
    /// Waits for dropped items that no warning has reported, then for `collect_time`, so that one
    /// report covers many items. Returns `None` after the writer has ended.
    pub(crate) fn next_drop_report(&self, collect_time: Duration) -> Option<DropReport> {
        let nothing_to_report = |s: &mut State<T>| s.dropped == s.dropped_warned && !s.ended;
        let state = wait_while(&self.drops, self.lock(), nothing_to_report);
        let waited = self
            .drops
            .wait_timeout_while(state, collect_time, |s| !s.ended);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner).0;
        let records = state.dropped - state.dropped_warned;
        if records == 0 {
            return None;
        }
        state.dropped_warned = state.dropped;
        let reason = match &state.blocked_by {
            Some(reason) if state.closed => {
                format!("the store was closed before the file could be written: {reason}")
            }
            None if state.closed => "the store is closed".to_owned(),
            Some(reason) => queue_full(reason),
            None => queue_full(DISK_TOO_SLOW),
        };
        Some(DropReport { records, reason })
    }

    /// Waits for `time`, or until the writer has ended.
    pub(crate) fn wait_until_ended(&self, time: Duration) {
        let waited = self
            .drops
            .wait_timeout_while(self.lock(), time, |s| !s.ended);
        drop(waited);
    }
}
