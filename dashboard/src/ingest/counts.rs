//! What became of the records that were sent.

use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use whose_store::Timestamp;

use crate::pages::ReceivedCounts;

/// The counts since the start of the server.
#[derive(Debug, Default)]
pub(super) struct Counts(Mutex<ReceivedCounts>);

impl Counts {
    pub(super) fn read(&self) -> ReceivedCounts {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts the records of a request that the store has accepted.
    pub(super) fn accepted(&self, taken: usize, repeated: usize) {
        self.update(|counts| {
            counts.taken += taken as u64;
            counts.repeated += repeated as u64;
        });
    }

    /// Counts a request whose records are on disk.
    pub(super) fn confirmed(&self, rejected: u64) {
        self.update(|counts| {
            counts.rejected += rejected;
            counts.last = Some(Timestamp::from(SystemTime::now()));
        });
    }

    pub(super) fn refused(&self) {
        self.update(|counts| counts.refused_requests += 1);
    }

    pub(super) fn delayed(&self) {
        self.update(|counts| counts.delayed_requests += 1);
    }

    fn update(&self, update: impl FnOnce(&mut ReceivedCounts)) {
        update(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
