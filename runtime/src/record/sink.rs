use std::sync::Arc;
use std::time::Duration;

use crate::record::flush_outcome::FlushOutcome;
use crate::record::record::Record;

/// Takes finished records: a store, an exporter, a log, a test.
///
/// A sink is called on the thread that finished the record, so it queues and returns. What it logs
/// itself meanwhile is not recorded, and counted in
/// [`Stats::sink_emitted_records`](crate::Stats). A sink that panics loses that record alone, which is counted in [`Stats::sink_panics`](crate::Stats).
///
/// ```
/// use std::sync::{Arc, atomic::{AtomicU64, Ordering}};
/// use whose::{Record, RecordSink};
///
/// #[derive(Default)]
/// struct Count(AtomicU64);
///
/// impl RecordSink for Count {
///     fn record(&self, _record: &Arc<Record>) {
///         self.0.fetch_add(1, Ordering::Relaxed);
///     }
/// }
/// # let _layer = whose::layer().with_sink(Count::default());
/// ```
pub trait RecordSink: Send + Sync + 'static {
    /// Takes one record; clone the `Arc` to keep it.
    fn record(&self, record: &Arc<Record>);

    /// Waits, at most that long, until every record that the sink took is safe.
    fn flush(&self, timeout: Duration) -> FlushOutcome {
        let _ = timeout;
        FlushOutcome::SAFE
    }

    /// Makes safe what the sink took, as [`flush`](Self::flush) does, and ends: the program is about
    /// to. A record that comes later is dropped and counted.
    fn shutdown(&self, timeout: Duration) -> FlushOutcome {
        self.flush(timeout)
    }

    /// How many of the records that it was given it has dropped, because there was no room or they
    /// could not be written; told by [`sinks`](crate::sinks).
    fn dropped(&self) -> u64 {
        0
    }

    /// What the sink is called in figures; its type, unless it says so.
    fn name(&self) -> &str {
        std::any::type_name::<Self>()
    }
}

impl<S: RecordSink + ?Sized> RecordSink for Arc<S> {
    fn record(&self, record: &Arc<Record>) {
        S::record(self, record);
    }

    fn flush(&self, timeout: Duration) -> FlushOutcome {
        S::flush(self, timeout)
    }

    fn shutdown(&self, timeout: Duration) -> FlushOutcome {
        S::shutdown(self, timeout)
    }

    fn dropped(&self) -> u64 {
        S::dropped(self)
    }

    fn name(&self) -> &str {
        S::name(self)
    }
}
