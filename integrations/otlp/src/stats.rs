//! The numbers of a sink.

use std::sync::atomic::{AtomicU64, Ordering};

/// The numbers of an [`OtlpSink`](crate::OtlpSink) since it was built: see
/// [`OtlpSink::stats`](crate::OtlpSink::stats).
///
/// ```
/// let sink = whose_otlp::builder().without_traces().without_logs().build();
/// assert_eq!(sink.stats(), whose_otlp::OtlpStats::default());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct OtlpStats {
    /// Records that the receiver took, without those that it rejected.
    pub sent: u64,
    /// Records that the receiver rejected in a request that it took (partial success).
    pub rejected: u64,
    /// Records that were lost: the queue was full or closed, the receiver refused the whole request,
    /// or the end of the program came before the receiver answered.
    pub dropped: u64,
    /// Attempts to send that were repeated.
    pub retried: u64,
    /// Records that wait in memory or are being sent from there.
    pub waiting: u64,
    /// Records that wait in the spool.
    pub spooled: u64,
}

/// The counters of one signal.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) sent: AtomicU64,
    pub(crate) rejected: AtomicU64,
    pub(crate) retried: AtomicU64,
    /// Records that the receiver refused, and records that were dropped to make room in the spool.
    pub(crate) dropped: AtomicU64,
}

impl Counters {
    pub(crate) fn count_dropped(&self, records: u64) {
        self.dropped.fetch_add(records, Ordering::Relaxed);
    }

    /// Adds these numbers to `stats`.
    pub(crate) fn add_to(&self, stats: &mut OtlpStats) {
        stats.sent += self.sent.load(Ordering::Relaxed);
        stats.rejected += self.rejected.load(Ordering::Relaxed);
        stats.retried += self.retried.load(Ordering::Relaxed);
        stats.dropped += self.dropped.load(Ordering::Relaxed);
    }
}
