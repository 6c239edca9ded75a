//! The bounded queue between those who make records and the one thread that writes them.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What happens to a record when the queue is full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum WhenFull {
    /// The record is dropped and counted in [`StoreStats::dropped`](crate::StoreStats::dropped):
    /// the application never waits for the disk.
    #[default]
    Drop,
    /// Whoever makes the record waits for room, also in async code: no record is lost, and a slow
    /// disk slows the application down.
    Block,
}

/// What the writer is to do next.
pub(crate) enum Work {
    /// Write the records; where `sync`, make them and all before them safe on disk.
    Write { sync: bool },
    /// Nothing is left, and nothing will come.
    Stop,
}

/// Numbers every item that it takes; a number is *settled* once the item is on disk or lost.
pub(crate) struct Queue<T> {
    state: Mutex<State<T>>,
    /// Tells the writer of work.
    work: Condvar,
    /// Tells those who wait in `push` of room.
    room: Condvar,
    /// Tells those who wait in `flush` of settled items.
    settled: Condvar,
    capacity: usize,
    /// How many waiting items make the writer start at once.
    eager: usize,
    when_full: WhenFull,
}

struct State<T> {
    items: VecDeque<T>,
    /// How many items were ever taken in; the number of the newest one.
    taken: u64,
    dropped: u64,
    /// The number up to which a flush wants the items on disk.
    wanted: u64,
    /// The number up to which the writer has made them safe, or knows that they are lost.
    done: u64,
    /// How often the writer failed to make items safe.
    failures: u64,
    /// The number of the newest item that was given up.
    lost: u64,
    /// The number up to which a loss has been reported by a flush.
    reported: u64,
    closed: bool,
}

/// At most how many waiting items make the writer start before its linger is over.
const EAGER: usize = 2_048;
/// The longest single wait, where there is no deadline.
const LONG: Duration = Duration::from_secs(24 * 60 * 60);
/// How long the writer gathers items before it starts on a batch.
const LINGER: Duration = Duration::from_millis(50);

impl<T> Queue<T> {
    pub(crate) fn new(capacity: usize, when_full: WhenFull) -> Self {
        let state = State {
            items: VecDeque::new(),
            taken: 0,
            dropped: 0,
            wanted: 0,
            done: 0,
            failures: 0,
            lost: 0,
            reported: 0,
            closed: false,
        };
        let (work, room, settled) = (Condvar::new(), Condvar::new(), Condvar::new());
        let capacity = capacity.max(1);
        // Half a small queue: a producer that waits for room must not wait for the linger too.
        let eager = EAGER.min(capacity.div_ceil(2));
        Self {
            state: Mutex::new(state),
            work,
            room,
            settled,
            capacity,
            eager,
            when_full,
        }
    }

    /// Takes an item in; past the capacity it is dropped and counted, or waits for room.
    pub(crate) fn push(&self, item: T) {
        let mut state = self.lock();
        if state.items.len() >= self.capacity && self.when_full == WhenFull::Block {
            state = wait_while(&self.room, state, |s| {
                s.items.len() >= self.capacity && !s.closed
            });
        }
        if state.closed || state.items.len() >= self.capacity {
            state.dropped += 1;
            return;
        }
        state.items.push_back(item);
        state.taken += 1;
        let waiting = state.items.len();
        drop(state);
        // In between the writer knows of the batch already and gathers.
        if waiting == 1 || waiting == self.eager {
            self.work.notify_one();
        }
    }

    /// How many items were dropped because there was no room.
    pub(crate) fn dropped(&self) -> u64 {
        self.lock().dropped
    }

    /// Waits until every item taken in so far is on disk; `false` if one is not, or not in time.
    ///
    /// A loss before this flush counts unless an earlier flush has reported it.
    pub(crate) fn flush(&self, timeout: Duration) -> bool {
        let deadline = Instant::now().checked_add(timeout);
        let mut state = self.lock();
        let (from, to, failures) = (state.reported, state.taken, state.failures);
        state.wanted = state.wanted.max(to);
        self.work.notify_one();
        while state.done < to && state.failures == failures {
            let left = match deadline {
                Some(deadline) => deadline.saturating_duration_since(Instant::now()),
                None => LONG,
            };
            if left.is_zero() {
                return false;
            }
            state = self
                .settled
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        state.reported = state.reported.max(to);
        state.done >= to && state.lost <= from
    }

    /// Takes no more items; what is in is still written.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.work.notify_all();
        self.room.notify_all();
    }

    /// Whether no more items are taken.
    pub(crate) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// For the writer: waits for work and takes up to `most` items into `batch`.
    pub(crate) fn next(&self, batch: &mut Vec<T>, most: usize) -> Work {
        let idle = |s: &mut State<T>| s.items.is_empty() && s.wanted <= s.done && !s.closed;
        let mut state = wait_while(&self.work, self.lock(), idle);
        if state.items.len() < self.eager && state.wanted <= state.done && !state.closed {
            state = self
                .work
                .wait_timeout_while(state, LINGER, |s| {
                    s.items.len() < self.eager && s.wanted <= s.done && !s.closed
                })
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        if state.items.is_empty() && state.wanted <= state.done {
            return Work::Stop;
        }
        let count = state.items.len().min(most);
        batch.extend(state.items.drain(..count));
        let reaches = state.taken - state.items.len() as u64;
        let sync = state.wanted > state.done && reaches >= state.wanted;
        drop(state);
        self.room.notify_all();
        Work::Write { sync }
    }

    /// For the writer: how the last batch ended; `sync` as [`next`](Self::next) asked for.
    pub(crate) fn settle(&self, written: bool, sync: bool) {
        let mut state = self.lock();
        let reached = state.taken - state.items.len() as u64;
        match (written, sync) {
            (true, true) => state.done = reached,
            (true, false) => return,
            (false, sync) => {
                state.lost = reached;
                if sync {
                    // Those who wait are told; the next flush tries again.
                    state.failures += 1;
                    state.wanted = state.done;
                }
            }
        }
        drop(state);
        self.settled.notify_all();
    }

    /// For the writer, when it ends: whoever waits goes on.
    ///
    /// Where it did not get to the end of its work, what is not on disk counts as lost.
    pub(crate) fn abandon(&self, finished: bool) {
        let mut state = self.lock();
        state.closed = true;
        if !finished {
            state.lost = state.taken;
            state.dropped += state.items.len() as u64;
            state.items.clear();
        }
        state.done = state.taken;
        drop(state);
        self.room.notify_all();
        self.settled.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // The state is whole between any two statements that can panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn wait_while<'a, T>(
    condition: &Condvar,
    state: MutexGuard<'a, State<T>>,
    wait: impl FnMut(&mut State<T>) -> bool,
) -> MutexGuard<'a, State<T>> {
    condition
        .wait_while(state, wait)
        .unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(queue: &Queue<u32>) -> Option<(Vec<u32>, bool)> {
        let mut batch = Vec::new();
        match queue.next(&mut batch, 2) {
            Work::Write { sync } => Some((batch, sync)),
            Work::Stop => None,
        }
    }

    #[test]
    fn only_the_last_batch_of_a_flush_is_synced_and_confirms_it() {
        let queue = Queue::new(10, WhenFull::Drop);
        (0..3).for_each(|item| queue.push(item));
        std::thread::scope(|scope| {
            let flush = scope.spawn(|| queue.flush(LONG));
            while queue.lock().wanted == 0 {
                std::thread::yield_now();
            }
            assert_eq!(next(&queue), Some((vec![0, 1], false)));
            queue.settle(true, false);
            assert_eq!(next(&queue), Some((vec![2], true)));
            queue.settle(true, true);
            assert!(flush.join().unwrap());
        });
    }

    #[test]
    fn what_was_lost_before_a_flush_is_told_by_it_and_by_no_later_one() {
        let queue = Queue::new(10, WhenFull::Drop);
        queue.push(0);
        assert_eq!(next(&queue), Some((vec![0], false)));
        queue.settle(false, false);
        std::thread::scope(|scope| {
            let flush = scope.spawn(|| queue.flush(LONG));
            assert_eq!(
                next(&queue),
                Some((vec![], true)),
                "what was written before needs a sync"
            );
            queue.settle(true, true);
            assert!(!flush.join().unwrap());
        });
        assert!(queue.flush(LONG));
    }

    #[test]
    fn a_writer_that_ends_early_lets_everyone_go() {
        let queue = Queue::new(1, WhenFull::Block);
        queue.push(0);
        std::thread::scope(|scope| {
            let (flush, push) = (
                scope.spawn(|| queue.flush(LONG)),
                scope.spawn(|| queue.push(1)),
            );
            while queue.lock().wanted == 0 {
                std::thread::yield_now();
            }
            queue.abandon(false);
            assert!(!flush.join().unwrap());
            push.join().unwrap();
        });
        assert_eq!(next(&queue), None);
        assert_eq!(queue.dropped(), 2);
    }
}
