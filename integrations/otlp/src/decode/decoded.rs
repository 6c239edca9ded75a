//! The records of a request.

use std::sync::Arc;

use whose::Record;

use crate::decode::resend_key::ResendKey;

/// The records of a request.
#[derive(Debug, Default)]
pub struct Decoded {
    /// The records that were taken.
    pub items: Vec<ReceivedItem>,
    /// How many spans or log records were not taken.
    pub rejected: u64,
    /// Why the first of them was not taken; empty where all were.
    pub reason: &'static str,
}

/// One span or log record.
#[derive(Debug)]
pub struct ReceivedItem {
    /// What tells the record from a repetition; `None` for a log record without an id.
    pub key: Option<ResendKey>,
    /// The record.
    pub record: Arc<Record>,
    /// The events of a span, each as a record of its own.
    pub events: Vec<Arc<Record>>,
}

impl Decoded {
    pub(super) fn reject(&mut self, reason: &'static str) {
        if self.rejected == 0 {
            self.reason = reason;
        }
        self.rejected += 1;
    }
}
