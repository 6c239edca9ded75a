use std::sync::Arc;
use std::time::Duration;

use super::Record;
use crate::catch::catch;
use crate::stats;

/// Takes finished records: a store, an exporter, a log, a test.
///
/// A sink is called on the thread that finished the record, so it queues and returns. What it logs
/// itself meanwhile is not recorded, and counted in
/// [`Stats::records_of_sinks`](crate::Stats). A sink that panics loses that record alone, which is counted in [`Stats::sink_panics`](crate::Stats).
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

    /// Waits, at most that long, until what was taken is safe; says whether it is.
    fn flush(&self, timeout: Duration) -> bool {
        let _ = timeout;
        true
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

    fn flush(&self, timeout: Duration) -> bool {
        S::flush(self, timeout)
    }

    fn dropped(&self) -> u64 {
        S::dropped(self)
    }

    fn name(&self) -> &str {
        S::name(self)
    }
}

/// Hands a record to a sink; the application never pays for a sink that panics.
pub(crate) fn deliver(sink: &dyn RecordSink, record: &Arc<Record>) {
    if catch(|| sink.record(record)).is_none() {
        stats::sink_panic();
    }
}

/// Flushes a sink; one that panics has not made safe what it took.
pub(crate) fn flush(sink: &dyn RecordSink, timeout: Duration) -> bool {
    catch(|| sink.flush(timeout)).unwrap_or_else(|| {
        stats::sink_panic();
        false
    })
}
