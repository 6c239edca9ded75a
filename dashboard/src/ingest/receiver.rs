//! From a request to records in the store.

use std::collections::HashSet;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::response::Response;
use tokio::sync::{Semaphore, SemaphorePermit};
use whose::{Record, RecordSink};
use whose_otlp::{Decoded, Decoder, ResendKey};
use whose_store::{Store, StoreError, WriteState};

use super::answer::{self, Refusal};
use super::body::RequestBody;
use super::counts::Counts;
use super::recent_keys::RecentKeys;
use super::write::Write;
use crate::pages::ReceivedCounts;

/// The most requests at once. Each holds its body in memory.
const REQUESTS: usize = 16;
/// How long a request waits for its turn.
const TURN: Duration = Duration::from_secs(5);
/// How long a request waits for the disk. Senders wait 10 seconds for an answer by default.
const DISK: Duration = Duration::from_secs(4);
/// How long the end of the server waits for the disk.
const SHUTDOWN: Duration = Duration::from_secs(10);

/// A signal of OTLP.
#[derive(Clone, Copy, Debug)]
pub(super) enum Signal {
    Traces,
    Logs,
}

/// Writes the records that other programs send into a store.
#[derive(Debug)]
pub(crate) struct Receiver {
    store: Store,
    decoder: Decoder,
    recent: Mutex<RecentKeys>,
    turns: Semaphore,
    pub(super) counts: Counts,
}

impl Receiver {
    /// Opens the store for writing, beside other processes that write.
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        Ok(Self {
            store: Store::open(path)?,
            decoder: Decoder::new(),
            recent: Mutex::default(),
            turns: Semaphore::new(REQUESTS),
            counts: Counts::default(),
        })
    }

    /// What became of the records so far.
    pub(crate) fn counts(&self) -> ReceivedCounts {
        let stats = self.store.stats();
        ReceivedCounts {
            forgotten: stats.forgotten,
            lost: stats.failed,
            ..self.counts.read()
        }
    }

    /// Closes the store. Every record that was confirmed is on disk already.
    pub(crate) fn close(&self) {
        let _ = self.store.shutdown(SHUTDOWN);
    }

    /// Waits for the turn of a request.
    pub(super) async fn turn(&self) -> Result<SemaphorePermit<'_>, Refusal> {
        match tokio::time::timeout(TURN, self.turns.acquire()).await {
            Ok(Ok(permit)) => Ok(permit),
            _ => Err(Refusal::Busy),
        }
    }

    /// Decodes a request, and waits until its records are on disk. Blocks the thread.
    pub(super) fn take(&self, signal: Signal, body: RequestBody) -> Result<Response, Refusal> {
        let message = body.into_message()?;
        let decoded = match signal {
            Signal::Traces => self.decoder.traces(&message),
            Signal::Logs => self.decoder.logs(&message),
        };
        drop(message);
        let decoded = decoded.map_err(Refusal::Decode)?;
        let (rejected, reason) = (decoded.rejected, decoded.reason);
        let sent = decoded.items.len();
        let (writes, taken) = self.write(decoded).ok_or(Refusal::QueueFull)?;
        self.counts.accepted(taken, sent - taken);
        wait_for(&writes)?;
        self.counts.confirmed(rejected);
        Ok(answer::taken(rejected, reason))
    }

    /// Hands the records to the store that were not sent before. Returns the writes that have the records
    /// of the request, and how many records are new. `None` where the queue of the store is full.
    fn write(&self, decoded: Decoded) -> Option<(Vec<Arc<Write>>, usize)> {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let mut keys: HashSet<ResendKey> = HashSet::new();
        let mut records: Vec<Arc<Record>> = Vec::new();
        let mut writes: Vec<Arc<Write>> = Vec::new();
        let mut taken = 0;
        for item in decoded.items {
            if let Some(key) = item.key {
                if let Some(write) = recent.write_of(&key) {
                    // The records of a request that is sent again have the same write.
                    if !writes.last().is_some_and(|last| Arc::ptr_eq(last, write)) {
                        writes.push(Arc::clone(write));
                    }
                    continue;
                }
                if !keys.insert(key) {
                    continue;
                }
            }
            taken += 1;
            records.push(item.record);
            records.extend(item.events);
        }
        if !records.is_empty() {
            let write = Arc::new(Write::new(self.store.try_write(records)?));
            for key in keys {
                recent.add(key, Arc::clone(&write));
            }
            writes.push(write);
        }
        Some((writes, taken))
    }
}

/// Waits until the records of a request are on disk.
fn wait_for(writes: &[Arc<Write>]) -> Result<(), Refusal> {
    let deadline = Instant::now() + DISK;
    for write in writes {
        match write.wait(deadline.saturating_duration_since(Instant::now())) {
            WriteState::OnDisk => {}
            WriteState::Waiting => return Err(Refusal::NotOnDisk),
            _ => return Err(Refusal::Lost),
        }
    }
    Ok(())
}
