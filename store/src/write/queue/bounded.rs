//! The queue itself, as the threads that make records use it.

use std::ops::RangeInclusive;
use std::sync::PoisonError;
use std::time::Duration;

use super::config::{Capacity, WhenFull};
use super::item::QueueItem;
use super::state::State;
use super::sync::{Condvar, Mutex, MutexGuard};

/// The most items that wait before the writer starts without lingering.
const MAX_WAKE_ITEMS: usize = 2_048;
/// The most bytes of one batch, unless a single item is larger.
pub(super) const MAX_BATCH_BYTES: usize = 16 << 20;
/// The timeout of a wait without a deadline.
pub(super) const NO_DEADLINE: Duration = Duration::from_secs(24 * 60 * 60);

/// A bounded queue of many producers and one consumer, the writer.
///
/// The queue numbers each item that it accepts. [`flush`](Self::flush) waits until the writer has
/// synced the newest number.
pub(crate) struct Queue<T> {
    state: Mutex<State<T>>,
    /// Wakes the writer.
    pub(super) work: Condvar,
    /// Wakes the threads that wait for space in `push`.
    pub(super) space: Condvar,
    /// Wakes the threads that wait in `flush` and `shutdown`.
    pub(super) progress: Condvar,
    /// Wakes the thread that warns about dropped items.
    pub(super) drops: Condvar,
    capacity: Capacity,
    /// How many waiting items make the writer start at once.
    pub(super) wake_items: usize,
    when_full: WhenFull,
}

impl<T: QueueItem> Queue<T> {
    /// An open, empty queue.
    pub(crate) fn new(capacity: Capacity, when_full: WhenFull) -> Self {
        let items = capacity.items.max(1);
        Self {
            state: Mutex::default(),
            work: Condvar::new(),
            space: Condvar::new(),
            progress: Condvar::new(),
            drops: Condvar::new(),
            capacity: Capacity { items, ..capacity },
            // Half of a small queue: a blocked producer must not wait for the linger too.
            wake_items: MAX_WAKE_ITEMS.min(items.div_ceil(2)),
            when_full,
        }
    }

    /// Adds an item. A full queue drops and counts the item, or blocks until there is space.
    pub(crate) fn push(&self, item: T) {
        let bytes = item.size();
        let mut state = self.lock();
        if self.is_full(&state, bytes) && self.when_full == WhenFull::Block {
            state = wait_while(&self.space, state, |s| self.is_full(s, bytes) && !s.closed);
        }
        if state.closed || self.is_full(&state, bytes) {
            state.count_dropped(&item);
            drop(state);
            self.drops.notify_one();
            return;
        }
        let before = state.bytes;
        state.items.push_back((item, bytes));
        state.bytes += bytes;
        state.accepted += 1;
        let (waiting, after) = (state.items.len(), state.bytes);
        drop(state);
        // Between these thresholds the writer is awake already and lingers.
        let is_heavy = |bytes| bytes >= self.wake_bytes();
        if waiting == 1 || waiting == self.wake_items || (is_heavy(after) && !is_heavy(before)) {
            self.work.notify_one();
        }
    }

    /// Adds all items, or none of them where the queue has no space for all or is closed. Never blocks.
    /// Nothing counts as dropped: the caller keeps what is not taken.
    ///
    /// Returns the first and the last sequence number of the items. Without an item, the last number is
    /// that of the newest accepted one, and the first one is the next.
    pub(crate) fn push_all(&self, items: Vec<T>) -> Option<RangeInclusive<u64>> {
        let sized: Vec<_> = items.into_iter().map(|item| (item.size(), item)).collect();
        let bytes: usize = sized.iter().map(|(bytes, _)| bytes).sum();
        let mut state = self.lock();
        let has_space = state.items.is_empty()
            || state.items.len().saturating_add(sized.len()) <= self.capacity.items;
        let has_bytes =
            state.bytes == 0 || state.bytes.saturating_add(bytes) <= self.capacity.bytes;
        if state.closed || !(has_space && has_bytes || sized.is_empty()) {
            return None;
        }
        let first = state.accepted + 1;
        state.bytes += bytes;
        state.accepted += sized.len() as u64;
        let items = sized.into_iter().map(|(bytes, item)| (item, bytes));
        state.items.extend(items);
        // The caller waits for the disk, so the writer does not wait for more items.
        let last = state.accepted;
        state.sync_requested = state.sync_requested.max(last);
        drop(state);
        self.work.notify_one();
        Some(first..=last)
    }

    /// Whether an item of that size has no space. An item of any size fits an empty queue.
    fn is_full(&self, state: &State<T>, bytes: usize) -> bool {
        state.items.len() >= self.capacity.items
            || (state.bytes > 0 && state.bytes.saturating_add(bytes) > self.capacity.bytes)
    }

    /// How many waiting bytes make the writer start at once.
    pub(super) fn wake_bytes(&self) -> usize {
        MAX_BATCH_BYTES.min(self.capacity.bytes / 2)
    }

    /// How many items were dropped.
    pub(crate) fn dropped(&self) -> u64 {
        self.lock().dropped
    }

    /// How many items wait or are being written.
    pub(crate) fn waiting(&self) -> u64 {
        let state = self.lock();
        (state.items.len() + state.in_flight_items) as u64
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State<T>> {
        // No statement that can panic leaves the state half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits while `condition` holds.
pub(super) fn wait_while<'a, T>(
    condvar: &Condvar,
    state: MutexGuard<'a, State<T>>,
    condition: impl FnMut(&mut State<T>) -> bool,
) -> MutexGuard<'a, State<T>> {
    condvar
        .wait_while(state, condition)
        .unwrap_or_else(PoisonError::into_inner)
}
