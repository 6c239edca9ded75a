//! What a sampler kept and left out.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::record::RecordType;

/// The numbers of records that a [`Sampled`](crate::Sampled) sink passed on and left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SampleStats {
    /// Records that were passed on because a rule keeps every one of them, or because the rate is 1.
    /// Their weight is 1.
    pub kept_always: u64,
    /// Records that were passed on by a rate below 1. They stand for the records that were left
    /// out.
    pub kept_by_rate: u64,
    /// Spans that were left out.
    pub left_out_spans: u64,
    /// Events that were left out.
    pub left_out_events: u64,
    /// Errors that were left out.
    pub left_out_errors: u64,
}

impl SampleStats {
    /// All records that were left out.
    #[must_use]
    pub const fn left_out(&self) -> u64 {
        self.left_out_spans + self.left_out_events + self.left_out_errors
    }

    /// All records that were passed on.
    #[must_use]
    pub const fn kept(&self) -> u64 {
        self.kept_always + self.kept_by_rate
    }
}

/// The counters of one sampler.
#[derive(Debug, Default)]
pub(super) struct Counters {
    kept_always: AtomicU64,
    kept_by_rate: AtomicU64,
    spans: AtomicU64,
    events: AtomicU64,
    errors: AtomicU64,
}

impl Counters {
    pub(super) fn kept(&self, is_weighted: bool) {
        match is_weighted {
            true => self.kept_by_rate.fetch_add(1, Relaxed),
            false => self.kept_always.fetch_add(1, Relaxed),
        };
    }

    pub(super) fn left_out(&self, record_type: RecordType) {
        let counter = match record_type {
            RecordType::Span => &self.spans,
            RecordType::Event | RecordType::Link => &self.events,
            RecordType::Error => &self.errors,
        };
        counter.fetch_add(1, Relaxed);
    }

    pub(super) fn read(&self) -> SampleStats {
        SampleStats {
            kept_always: self.kept_always.load(Relaxed),
            kept_by_rate: self.kept_by_rate.load(Relaxed),
            left_out_spans: self.spans.load(Relaxed),
            left_out_events: self.events.load(Relaxed),
            left_out_errors: self.errors.load(Relaxed),
        }
    }
}
