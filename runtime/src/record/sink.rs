use std::sync::Arc;
use std::time::Duration;

use crate::record::flush_outcome::FlushOutcome;
use crate::record::record::Record;

/// A receiver of finished records: a store, an exporter, a log, a test.
///
/// The layer calls a sink on the thread that finished the record, so a sink should queue the record
/// and return. Records that the sink causes during the call are not recorded, and are counted in
/// [`Stats::sink_emitted_records`](crate::Stats). A sink that panics loses that record only, and
/// the panic is counted in [`Stats::sink_panics`](crate::Stats).
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
    /// Receives one record. Clone the `Arc` to keep the record.
    fn record(&self, record: &Arc<Record>);

    /// Waits until every accepted record is safe, for at most `timeout`.
    fn flush(&self, timeout: Duration) -> FlushOutcome {
        let _ = timeout;
        FlushOutcome::SAFE
    }

    /// Flushes as [`flush`](Self::flush) does, and ends the sink, because the program is about to
    /// end. Drops and counts later records.
    fn shutdown(&self, timeout: Duration) -> FlushOutcome {
        self.flush(timeout)
    }

    /// How many records the sink dropped since it began, because its queue was full or a write
    /// failed. [`sinks`](crate::sinks) reports the number.
    fn dropped(&self) -> u64 {
        0
    }

    /// How many records the sink left out on purpose since it began, because a
    /// [`Sampler`](crate::Sampler) did not choose them. [`sinks`](crate::sinks) reports the number.
    fn left_out(&self) -> u64 {
        0
    }

    /// The name of the sink in [`sinks`](crate::sinks). Defaults to the name of its type.
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

    fn left_out(&self) -> u64 {
        S::left_out(self)
    }

    fn name(&self) -> &str {
        S::name(self)
    }
}
