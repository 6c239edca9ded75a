//! The sink.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use whose::{FlushOutcome, Record, RecordSink};

use crate::encode::{Dialects, encode, signal_of};
use crate::signal::Signal;
use crate::stats::OtlpStats;
use crate::worker::{Shared, is_exporting};

/// How long the drop of the last handle waits for the records that are left.
const DROP_TIMEOUT: Duration = Duration::from_secs(2);

/// A sink that sends records by OTLP: spans as traces; events, errors and links as logs.
///
/// Make a sink with [`sink`](crate::sink()), or with [`builder`](crate::builder()). Clones share the
/// queues, so keep a clone to read the [`stats`](Self::stats).
///
/// The sink encodes each record on the thread that finished the record, and a thread of its own sends
/// the batches. No call waits for the receiver, except `flush` and `shutdown`.
///
/// ```
/// use tracing_subscriber::prelude::*;
///
/// let sink = whose_otlp::sink();
/// let layer = whose::layer().with_sink(sink.clone());
/// let _subscriber = tracing_subscriber::registry().with(layer);
/// assert_eq!(sink.stats().dropped, 0);
/// ```
#[derive(Clone, Debug)]
pub struct OtlpSink {
    inner: Arc<Inner>,
}

/// What becomes of the records of a signal.
#[derive(Debug)]
pub(crate) enum Route {
    Sent(Arc<Shared>),
    /// Nobody wants them.
    Off,
    /// They cannot be sent: they are counted.
    Dropped(AtomicU64),
}

#[derive(Debug)]
struct Inner {
    traces: Route,
    logs: Route,
    dialects: Dialects,
}

thread_local! {
    /// The bytes of the record that is being encoded.
    static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// The most bytes of a buffer that a thread keeps.
const KEPT_BUFFER: usize = 64 << 10;

impl OtlpSink {
    pub(crate) fn new(traces: Route, logs: Route, dialects: Dialects) -> Self {
        let inner = Inner {
            traces,
            logs,
            dialects,
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// The numbers of both signals since the sink was built.
    #[must_use]
    pub fn stats(&self) -> OtlpStats {
        let mut stats = OtlpStats::default();
        for route in self.inner.routes() {
            match route {
                Route::Sent(shared) => {
                    shared.counters.add_to(&mut stats);
                    stats.dropped += shared.queue.dropped();
                    stats.waiting += shared.queue.waiting();
                }
                Route::Off => {}
                Route::Dropped(count) => stats.dropped += count.load(Ordering::Relaxed),
            }
        }
        stats
    }
}

impl Inner {
    fn routes(&self) -> [&Route; 2] {
        [&self.traces, &self.logs]
    }

    fn senders(&self) -> impl Iterator<Item = &Arc<Shared>> {
        self.routes().into_iter().filter_map(|route| match route {
            Route::Sent(shared) => Some(shared),
            Route::Off | Route::Dropped(_) => None,
        })
    }

    fn push(&self, shared: &Shared, record: &Record) {
        let encoded = BUFFER.try_with(|buffer| {
            let mut buffer = buffer.try_borrow_mut().ok()?;
            buffer.clear();
            encode(&mut buffer, record, self.dialects);
            shared.queue.push(&buffer, record.service());
            if buffer.capacity() > KEPT_BUFFER {
                *buffer = Vec::new();
            }
            Some(())
        });
        if let Ok(Some(())) = encoded {
            return;
        }
        // The thread is ending.
        let mut buffer = Vec::new();
        encode(&mut buffer, record, self.dialects);
        shared.queue.push(&buffer, record.service());
    }

    fn shutdown(&self, timeout: Duration) -> FlushOutcome {
        let deadline = Instant::now().checked_add(timeout);
        // The last quarter is left to the sender, to report what became of the records.
        for shared in self.senders() {
            shared.queue.close(timeout * 3 / 4);
        }
        let outcomes = self
            .senders()
            .map(|shared| shared.queue.wait_ended(deadline));
        outcomes.fold(FlushOutcome::SAFE, FlushOutcome::and)
    }
}

impl RecordSink for OtlpSink {
    fn record(&self, record: &Arc<Record>) {
        if is_exporting() {
            return;
        }
        let route = match signal_of(record) {
            Signal::Traces => &self.inner.traces,
            Signal::Logs => &self.inner.logs,
        };
        match route {
            Route::Sent(shared) => self.inner.push(shared, record),
            Route::Off => {}
            Route::Dropped(count) => {
                count.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    fn flush(&self, timeout: Duration) -> FlushOutcome {
        let deadline = Instant::now().checked_add(timeout);
        let senders: Vec<_> = self.inner.senders().collect();
        let flushes: Vec<_> = senders
            .iter()
            .map(|shared| shared.queue.request_flush())
            .collect();
        let outcomes = senders
            .iter()
            .zip(&flushes)
            .map(|(shared, flush)| shared.queue.wait_flushed(flush, deadline));
        outcomes.fold(FlushOutcome::SAFE, FlushOutcome::and)
    }

    fn shutdown(&self, timeout: Duration) -> FlushOutcome {
        self.inner.shutdown(timeout)
    }

    /// All lost records: [`OtlpStats::dropped`] and [`OtlpStats::rejected`].
    fn dropped(&self) -> u64 {
        let stats = self.stats();
        stats.dropped + stats.rejected
    }

    fn name(&self) -> &str {
        "whose_otlp"
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let is_running = self.senders().any(|shared| !shared.queue.has_ended());
        if is_running {
            let _ = self.shutdown(DROP_TIMEOUT);
        }
    }
}
