//! The bounded queue between the threads that make records and the one thread that writes them.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use whose::FlushOutcome;

use super::losses::Loss;

/// What happens to a record when the queue is full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum WhenFull {
    /// The record is dropped and counted in [`StoreStats::dropped`](crate::StoreStats::dropped):
    /// the application never waits for the disk.
    #[default]
    Drop,
    /// The thread that makes the record waits for room, also in async code: no record is lost, and
    /// a slow disk slows the application down.
    Block,
}

/// An item of a queue.
pub(crate) trait Item {
    /// About how many bytes of memory the item holds.
    fn bytes(&self) -> usize;
    /// When the item began and ended, in nanoseconds since 1970.
    fn times(&self) -> (i64, i64);
}

/// How much waits in a queue at most.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Capacity {
    pub(crate) items: usize,
    /// Of the items that wait and of those that are being written.
    pub(crate) bytes: usize,
}

/// What the writer is to do next.
pub(crate) enum Work {
    /// Write the items; where `sync`, make them and all before them safe on disk.
    Write { sync: bool },
    /// Nothing is left, and nothing will come.
    Stop,
}

/// Numbers every item that it takes; a number is *settled* once the item is on disk or lost.
pub(crate) struct Queue<T> {
    state: Mutex<State<T>>,
    /// Wakes the writer.
    work: Condvar,
    /// Wakes the threads that wait in `push` for room.
    room: Condvar,
    /// Wakes the threads that wait in `flush` and `shutdown`.
    settled: Condvar,
    /// Wakes the thread that warns of dropped items.
    alarm: Condvar,
    capacity: Capacity,
    /// How many waiting items make the writer start at once.
    eager: usize,
    when_full: WhenFull,
}

struct State<T> {
    /// Each with the bytes that it holds.
    items: VecDeque<(T, usize)>,
    /// The bytes of the items that wait and of those that are being written.
    bytes: usize,
    /// The bytes of the items that are being written.
    writing: usize,
    /// How many items are being written.
    writing_items: usize,
    /// How many items were ever taken in; the number of the newest one.
    taken: u64,
    dropped: u64,
    /// How many dropped items a flush has reported.
    dropped_reported: u64,
    /// How many dropped items a warning has named.
    dropped_warned: u64,
    /// The dropped items of which the file does not know yet.
    loss: Option<Loss>,
    /// Why the writer cannot write at the moment.
    obstacle: Option<String>,
    /// Whether the file has to be looked at, though nothing waits.
    suspect: bool,
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
    /// How often the file was gone, and what it held with it.
    files_lost: u64,
    /// How many of these times a flush has reported.
    files_reported: u64,
    closed: bool,
    /// When a writer that cannot write gives up, once the queue is closed.
    give_up_at: Option<Instant>,
    /// Whether the writer has ended.
    ended: bool,
}

/// At most how many waiting items make the writer start before its linger is over.
const EAGER: usize = 2_048;
/// At most how many bytes one batch has, unless a single item has more.
const BATCH_BYTES: usize = 16 << 20;
/// The longest single wait, where there is no deadline.
const LONG: Duration = Duration::from_secs(24 * 60 * 60);
/// How long the writer gathers items before it starts on a batch.
const LINGER: Duration = Duration::from_millis(50);
/// Why items are dropped while nothing keeps the writer from writing.
const SLOW: &str = "records came faster than the disk takes them";

impl<T: Item> Queue<T> {
    pub(crate) fn new(capacity: Capacity, when_full: WhenFull) -> Self {
        let state = State {
            items: VecDeque::new(),
            bytes: 0,
            writing: 0,
            writing_items: 0,
            taken: 0,
            dropped: 0,
            dropped_reported: 0,
            dropped_warned: 0,
            loss: None,
            obstacle: None,
            suspect: false,
            wanted: 0,
            done: 0,
            failures: 0,
            lost: 0,
            reported: 0,
            files_lost: 0,
            files_reported: 0,
            closed: false,
            give_up_at: None,
            ended: false,
        };
        let items = capacity.items.max(1);
        Self {
            state: Mutex::new(state),
            work: Condvar::new(),
            room: Condvar::new(),
            settled: Condvar::new(),
            alarm: Condvar::new(),
            capacity: Capacity { items, ..capacity },
            // Half a small queue: a producer that waits for room must not wait for the linger too.
            eager: EAGER.min(items.div_ceil(2)),
            when_full,
        }
    }

    /// Takes an item in; past the capacity it is dropped and counted, or waits for room.
    pub(crate) fn push(&self, item: T) {
        let bytes = item.bytes();
        let mut state = self.lock();
        if self.is_full(&state, bytes) && self.when_full == WhenFull::Block {
            state = wait_while(&self.room, state, |s| self.is_full(s, bytes) && !s.closed);
        }
        if state.closed || self.is_full(&state, bytes) {
            state.drop_one(&item);
            drop(state);
            self.alarm.notify_one();
            return;
        }
        let before = state.bytes;
        state.items.push_back((item, bytes));
        state.bytes += bytes;
        state.taken += 1;
        let (waiting, after) = (state.items.len(), state.bytes);
        drop(state);
        // In between the writer knows of the batch already and gathers.
        let is_heavy = |bytes| bytes >= self.eager_bytes();
        if waiting == 1 || waiting == self.eager || (is_heavy(after) && !is_heavy(before)) {
            self.work.notify_one();
        }
    }

    /// Whether an item of that size has no room; one of any size has, where nothing else waits.
    fn is_full(&self, state: &State<T>, bytes: usize) -> bool {
        state.items.len() >= self.capacity.items
            || (state.bytes > 0 && state.bytes.saturating_add(bytes) > self.capacity.bytes)
    }

    /// How many bytes make the writer start at once.
    fn eager_bytes(&self) -> usize {
        BATCH_BYTES.min(self.capacity.bytes / 2)
    }

    /// How many items were dropped because there was no room.
    pub(crate) fn dropped(&self) -> u64 {
        self.lock().dropped
    }

    /// How many items wait, those that are being written included.
    pub(crate) fn waiting(&self) -> u64 {
        let state = self.lock();
        (state.items.len() + state.writing_items) as u64
    }

    /// Waits until every item taken in so far is on disk.
    ///
    /// A loss before this flush counts unless an earlier flush has reported it.
    pub(crate) fn flush(&self, timeout: Duration) -> FlushOutcome {
        let deadline = Instant::now().checked_add(timeout);
        let mut state = self.lock();
        let (from, to, failures) = (state.reported, state.taken, state.failures);
        let files = state.files_reported;
        state.wanted = state.wanted.max(to);
        self.work.notify_one();
        let waits = |s: &State<T>| (s.done < to || s.suspect) && s.failures == failures;
        let (mut state, in_time) = self.wait_settled(state, deadline, waits);
        let is_done = in_time && state.done >= to;
        let is_safe = is_done && state.lost <= from && state.files_lost == files;
        if is_done {
            state.reported = state.reported.max(to);
            state.files_reported = state.files_lost;
        }
        state.outcome(is_safe)
    }

    /// Closes the queue, and waits until the writer has ended.
    pub(crate) fn shutdown(&self, timeout: Duration) -> FlushOutcome {
        let deadline = Instant::now().checked_add(timeout);
        let before = self.lock();
        let (from, files) = (before.reported, before.files_reported);
        drop(before);
        // The rest is for the writer to say what became of the items.
        self.close(timeout * 3 / 4);
        let (mut state, in_time) = self.wait_settled(self.lock(), deadline, |s| !s.ended);
        let is_safe = in_time && state.lost <= from && state.files_lost == files;
        state.outcome(is_safe)
    }

    /// Waits while `waits`; `false` where the deadline came first.
    fn wait_settled<'a>(
        &'a self,
        mut state: MutexGuard<'a, State<T>>,
        deadline: Option<Instant>,
        waits: impl Fn(&State<T>) -> bool,
    ) -> (MutexGuard<'a, State<T>>, bool) {
        while waits(&state) {
            let left = match deadline {
                Some(deadline) => deadline.saturating_duration_since(Instant::now()),
                None => LONG,
            };
            if left.is_zero() {
                return (state, false);
            }
            let waited = self.settled.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        (state, true)
    }

    /// Makes the writer look at the file, and the next flush wait for that.
    pub(crate) fn suspect(&self) {
        let mut state = self.lock();
        state.suspect = !state.ended;
        drop(state);
        self.work.notify_one();
    }

    /// Takes no more items; what is in is still written, for at most `patience` where the file
    /// cannot be written at first.
    pub(crate) fn close(&self, patience: Duration) {
        let mut state = self.lock();
        state.closed = true;
        // The last items are to be safe, also where no flush asked for them.
        state.wanted = state.taken;
        state.give_up_at = Instant::now().checked_add(patience);
        drop(state);
        self.work.notify_all();
        self.room.notify_all();
        self.alarm.notify_all();
    }

    /// For the writer: whether the queue is closed and the time to write what is in it is over.
    pub(crate) fn gives_up(&self) -> bool {
        let state = self.lock();
        state.closed && state.give_up_at.is_none_or(|at| Instant::now() >= at)
    }

    /// For the writer: waits for work and takes up to `most` items into `batch`.
    pub(crate) fn next(&self, batch: &mut Vec<T>, most: usize) -> Work {
        let idle = |s: &mut State<T>| s.items.is_empty() && !s.is_pressed();
        let mut state = wait_while(&self.work, self.lock(), idle);
        let gathers = |s: &State<T>| {
            s.items.len() < self.eager && s.bytes < self.eager_bytes() && !s.is_pressed()
        };
        if gathers(&state) {
            let waited = self.work.wait_timeout_while(state, LINGER, |s| gathers(s));
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        if state.items.is_empty() && !state.has_errand() {
            return Work::Stop;
        }
        let mut bytes = 0;
        while batch.len() < most
            && let Some(&(_, next)) = state.items.front()
            && (bytes == 0 || bytes + next <= BATCH_BYTES)
            && let Some((item, _)) = state.items.pop_front()
        {
            bytes += next;
            batch.push(item);
        }
        state.writing = bytes;
        state.writing_items = batch.len();
        let reaches = state.reached();
        let sync = state.suspect || (state.wanted > state.done && reaches >= state.wanted);
        drop(state);
        self.room.notify_all();
        Work::Write { sync }
    }

    /// For the writer: the dropped items that the file does not know of.
    pub(crate) fn take_loss(&self) -> Option<Loss> {
        self.lock().loss.take()
    }

    /// For the writer: the batch is in the file, or lost; `sync` as [`next`](Self::next) asked for.
    pub(crate) fn settle(&self, sync: bool) {
        let mut state = self.lock();
        state.bytes -= state.writing;
        state.writing = 0;
        state.writing_items = 0;
        state.obstacle = None;
        if sync {
            state.done = state.reached();
            state.suspect = false;
        }
        drop(state);
        self.room.notify_all();
        if sync {
            self.settled.notify_all();
        }
    }

    /// For the writer: something of what was taken up to now is lost; the next flush reports that.
    pub(crate) fn lose(&self) {
        let mut state = self.lock();
        state.lost = state.reached();
    }

    /// For the writer: the file is gone with all that was in it; the next flush reports that.
    pub(crate) fn lose_file(&self) {
        self.lock().files_lost += 1;
    }

    /// For the writer: it cannot write for that reason, and will try again. Where `now`, the flushes
    /// that wait are told at once.
    pub(crate) fn obstruct(&self, reason: &str, now: bool) {
        let mut state = self.lock();
        state.obstacle = Some(reason.to_owned());
        if let Some(loss) = &mut state.loss {
            loss.reason = full(reason);
        }
        if now && (state.wanted > state.done || state.suspect) {
            state.failures += 1;
            state.wanted = state.done;
            state.suspect = false;
            drop(state);
            self.settled.notify_all();
        }
    }

    /// For the writer, between two attempts: waits that long, or until a flush or the end asks for
    /// an attempt.
    pub(crate) fn pause(&self, time: Duration) {
        let state = self.lock();
        let was_closed = state.closed;
        let waits = |s: &mut State<T>| {
            s.wanted <= s.done && !s.suspect && s.closed == was_closed || was_closed
        };
        let left = state.give_up_at.filter(|_| was_closed);
        let left = left.map(|at| at.saturating_duration_since(Instant::now()));
        let time = left.map_or(time, |left| left.min(time));
        drop(self.work.wait_timeout_while(state, time, waits));
    }

    /// For the writer, when it ends: whoever waits goes on.
    ///
    /// Where it did not get to the end of its work, what is not on disk counts as lost.
    pub(crate) fn abandon(&self, finished: bool) {
        let mut state = self.lock();
        state.closed = true;
        state.ended = true;
        if !finished {
            state.lost = state.taken;
            state.dropped += state.items.len() as u64;
            state.items.clear();
            state.writing_items = 0;
        }
        state.done = state.taken;
        state.suspect = false;
        drop(state);
        self.room.notify_all();
        self.settled.notify_all();
        self.alarm.notify_all();
    }

    /// For the thread that warns: waits until items were dropped of which no warning was given, and
    /// then for `gather`, so that one warning names many; `None` at the end.
    pub(crate) fn next_alarm(&self, gather: Duration) -> Option<Alarm> {
        let quiet = |s: &mut State<T>| s.dropped == s.dropped_warned && !s.ended;
        let state = wait_while(&self.alarm, self.lock(), quiet);
        let waited = self.alarm.wait_timeout_while(state, gather, |s| !s.ended);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner).0;
        let records = state.dropped - state.dropped_warned;
        if records == 0 {
            return None;
        }
        state.dropped_warned = state.dropped;
        let reason = match &state.obstacle {
            Some(reason) if state.closed => {
                format!("the store was closed, and could not be written until then: {reason}")
            }
            None if state.closed => "the store is closed".to_owned(),
            Some(reason) => full(reason),
            None => full(SLOW),
        };
        Some(Alarm { records, reason })
    }

    /// For the thread that warns: waits that long, or until the end.
    pub(crate) fn rest(&self, time: Duration) {
        let waited = self
            .alarm
            .wait_timeout_while(self.lock(), time, |s| !s.ended);
        drop(waited);
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // The state is whole between any two statements that can panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Dropped items that are to be warned of.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Alarm {
    pub(crate) records: u64,
    pub(crate) reason: String,
}

impl<T: Item> State<T> {
    /// The number of the newest item that is not waiting any more.
    fn reached(&self) -> u64 {
        self.taken - self.items.len() as u64
    }

    /// Whether the writer has something to do though no item waits.
    fn has_errand(&self) -> bool {
        self.wanted > self.done || self.loss.is_some() || self.suspect
    }

    /// Whether the writer must not wait for more items.
    fn is_pressed(&self) -> bool {
        self.has_errand() || self.closed
    }

    fn drop_one(&mut self, item: &T) {
        self.dropped += 1;
        if self.closed {
            return;
        }
        let times = item.times();
        match &mut self.loss {
            Some(loss) => loss.add(times),
            None => {
                let reason = full(self.obstacle.as_deref().unwrap_or(SLOW));
                self.loss = Some(Loss::of(times, reason));
            }
        }
    }

    /// The outcome of a flush, with the items that no flush has reported as dropped.
    fn outcome(&mut self, is_safe: bool) -> FlushOutcome {
        let not_taken = self.dropped - self.dropped_reported;
        self.dropped_reported = self.dropped;
        let outcome = if is_safe {
            FlushOutcome::SAFE
        } else {
            FlushOutcome::UNSAFE
        };
        outcome.with_not_taken(not_taken)
    }
}

fn full(reason: &str) -> String {
    format!("the queue was full: {reason}")
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
#[path = "queue_tests.rs"]
mod tests;
