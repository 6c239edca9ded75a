//! The sink.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use whose::{FlushOutcome, Record, RecordSink};

use crate::encode::{Dialects, encode, signal_of};
use crate::queue::{Owner, Queue};
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
/// the batches. No call waits for the receiver, except `flush` and `shutdown`. The drop of the last handle
/// sends what waits, for at most 2 seconds.
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
    Sent(Shared),
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
                    stats.spooled += shared.on_disk().map_or(0, Queue::waiting);
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

    fn senders(&self) -> impl Iterator<Item = &Shared> {
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
            shared
                .queue
                .push(&buffer, record.service(), owner_of(shared, record));
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
        shared
            .queue
            .push(&buffer, record.service(), owner_of(shared, record));
    }

    fn flush(&self, timeout: Duration) -> FlushOutcome {
        let deadline = Instant::now().checked_add(timeout);
        let in_memory = self.senders().map(|shared| &*shared.queue);
        let outcome = flush_all(in_memory, deadline);
        outcome.and(flush_all(
            self.senders().filter_map(Shared::on_disk),
            deadline,
        ))
    }

    fn shutdown(&self, timeout: Duration) -> FlushOutcome {
        let deadline = Instant::now().checked_add(timeout);
        // The last quarter is left to the sender, to report what became of the records.
        let grace = timeout * 3 / 4;
        let in_memory = self.senders().map(|shared| &*shared.queue);
        let outcome = end_all(in_memory, grace, deadline);
        let on_disk = self.senders().filter_map(Shared::on_disk);
        outcome.and(end_all(on_disk, grace, deadline))
    }
}

/// Flushes queues at the same time.
fn flush_all<'a>(
    queues: impl Iterator<Item = &'a Queue>,
    deadline: Option<Instant>,
) -> FlushOutcome {
    let flushes: Vec<_> = queues.map(|queue| (queue, queue.request_flush())).collect();
    let outcomes = flushes
        .iter()
        .map(|(queue, flush)| queue.wait_flushed(flush, deadline));
    outcomes.fold(FlushOutcome::SAFE, FlushOutcome::and)
}

/// Ends queues at the same time.
fn end_all<'a>(
    queues: impl Iterator<Item = &'a Queue>,
    grace: Duration,
    deadline: Option<Instant>,
) -> FlushOutcome {
    let queues: Vec<_> = queues.inspect(|queue| queue.close(grace)).collect();
    let outcomes = queues.iter().map(|queue| queue.wait_ended(deadline));
    outcomes.fold(FlushOutcome::SAFE, FlushOutcome::and)
}

/// Whose record it is, for the spool.
fn owner_of(shared: &Shared, record: &Record) -> Option<Owner> {
    #[cfg(feature = "spool")]
    let owner = shared.spool.is_some().then(|| Owner::of(record));
    #[cfg(not(feature = "spool"))]
    let (owner, _) = (None, (shared, record));
    owner
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
        self.inner.flush(timeout)
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
        let is_running = self.senders().any(|shared| {
            !shared.queue.has_ended() || shared.on_disk().is_some_and(|queue| !queue.has_ended())
        });
        if is_running {
            let _ = self.shutdown(DROP_TIMEOUT);
        }
    }
}
