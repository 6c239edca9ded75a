//! The queue itself, as the threads that make records use it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use whose::Service;

use crate::queue::batch::Batch;
use crate::queue::limits::QueueLimits;
use crate::queue::owner::Owner;
use crate::queue::state::{OPEN_BATCHES, State};

/// A bounded queue of many producers and one sender. The producers fill the batches.
#[derive(Debug)]
pub(crate) struct Queue {
    state: Mutex<State>,
    /// Wakes the sender.
    pub(super) work: Condvar,
    /// Wakes the threads that wait in `flush` and `shutdown`.
    pub(super) progress: Condvar,
    pub(super) limits: QueueLimits,
    /// Whether the records are on disk, and the queue only counts them: no end loses them.
    is_durable: AtomicBool,
}

impl Queue {
    /// An open, empty queue.
    pub(crate) fn new(limits: QueueLimits) -> Self {
        Self {
            state: Mutex::default(),
            work: Condvar::new(),
            progress: Condvar::new(),
            limits,
            is_durable: AtomicBool::new(false),
        }
    }

    /// An open, empty queue of records that wait on disk.
    #[cfg(feature = "spool")]
    pub(crate) fn durable(limits: QueueLimits) -> Self {
        Self {
            is_durable: AtomicBool::new(true),
            ..Self::new(limits)
        }
    }

    #[inline]
    pub(super) fn is_durable(&self) -> bool {
        self.is_durable.load(Ordering::Relaxed)
    }

    /// Notes that the file of the records is gone: the end of the process loses those that wait. Returns
    /// whether this is new.
    #[cfg(feature = "spool")]
    pub(crate) fn lose_file(&self) -> bool {
        self.is_durable.swap(false, Ordering::Relaxed)
    }

    /// Adds records that wait on disk, also to a closed queue.
    #[cfg(feature = "spool")]
    pub(crate) fn push_stored(&self, count: u64) {
        if count == 0 {
            return;
        }
        let mut state = self.lock();
        if state.batches.is_empty() {
            state.first_at = Some(Instant::now());
        }
        let sealed = state.sealed;
        match state
            .batches
            .back_mut()
            .filter(|batch| batch.number > sealed)
        {
            Some(batch) => batch.count += count,
            None => {
                state.newest += 1;
                let number = state.newest;
                state.batches.push_back(Batch {
                    number,
                    count,
                    ..Batch::default()
                });
            }
        }
        let is_full = state.batches.iter().map(|batch| batch.count).sum::<u64>();
        state.has_full_batch = is_full >= self.limits.batch_records;
        drop(state);
        self.work.notify_one();
    }

    /// Adds an encoded record. A full or closed queue drops and counts the record.
    pub(crate) fn push(&self, record: &[u8], service: Option<&Service>, owner: Option<Owner>) {
        let mut state = self.lock();
        let is_full = state.bytes > 0 && state.bytes + record.len() > self.limits.queue_bytes;
        if state.closed || is_full {
            state.dropped += 1;
            return;
        }
        state.bytes += record.len();
        let (was_empty, was_ready) = (state.batches.is_empty(), state.has_full_batch);
        if was_empty {
            state.first_at = Some(Instant::now());
        }
        match self.open_batch(&mut state, record.len(), service) {
            Some(batch) => {
                batch.append(record, owner);
                if batch.count >= self.limits.batch_records {
                    batch.is_full = true;
                    state.note_full();
                }
            }
            None => self.begin_batch(&mut state, record, service, owner),
        }
        let has_become_ready = state.has_full_batch && !was_ready;
        drop(state);
        // The sender lingers until a batch is full.
        if was_empty || has_become_ready {
            self.work.notify_one();
        }
    }

    /// A batch of that service with room.
    fn open_batch<'a>(
        &self,
        state: &'a mut State,
        bytes: usize,
        service: Option<&Service>,
    ) -> Option<&'a mut Batch> {
        let sealed = state.sealed;
        let newest = state.batches.iter_mut().rev().take(OPEN_BATCHES);
        let mut open = newest.filter(|batch| batch.number > sealed);
        open.find(|batch| {
            !batch.is_full
                && batch.records.len() + bytes <= self.limits.batch_bytes
                && batch.service.as_ref() == service
        })
    }

    fn begin_batch(
        &self,
        state: &mut State,
        record: &[u8],
        service: Option<&Service>,
        owner: Option<Owner>,
    ) {
        let newest = state.batches.iter_mut().rev().take(OPEN_BATCHES);
        for full in newest.filter(|batch| batch.service.as_ref() == service) {
            full.is_full = true;
        }
        state.newest += 1;
        let mut batch = Batch {
            number: state.newest,
            service: service.cloned(),
            records: Vec::with_capacity(state.in_flight.0.max(record.len())),
            ..Batch::default()
        };
        batch.append(record, owner);
        state.batches.push_back(batch);
        state.note_full();
    }

    /// How many records were dropped.
    pub(crate) fn dropped(&self) -> u64 {
        self.lock().dropped
    }

    /// How many records wait or are being sent.
    pub(crate) fn waiting(&self) -> u64 {
        self.lock().waiting()
    }

    /// Whether the sender has ended.
    pub(crate) fn has_ended(&self) -> bool {
        self.lock().ended
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        // No statement that can panic leaves the state half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Batch {
    fn append(&mut self, record: &[u8], owner: Option<Owner>) {
        self.records.extend_from_slice(record);
        if let Some(owner) = owner {
            self.owners.push((self.records.len(), owner));
        }
        self.count += 1;
    }
}
