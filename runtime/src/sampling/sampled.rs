use std::sync::Arc;
use std::time::Duration;

use crate::record::{FlushOutcome, Record, RecordSink};
use crate::sampling::sampler::Sampler;
use crate::sampling::stats::{Counters, SampleStats};

/// A sink that receives the records that a [`Sampler`] keeps; made by [`Sampler::sample`].
///
/// [`sinks`](crate::sinks) has the number of records that were left out, and [`stats`](Self::stats)
/// has more. Where a record passes two samplers, both decide alike about its trace, so the weight is
/// that of the lower rate. Two decisions about a record without a trace are independent, and their
/// weights multiply.
///
/// ```
/// # use std::sync::Arc;
/// use whose::{RecordSink, Sampler};
/// # struct MySink;
/// # impl whose::RecordSink for MySink { fn record(&self, _: &Arc<whose::Record>) {} }
/// use tracing_subscriber::prelude::*;
///
/// let sampled = Arc::new(Sampler::new().rate(0.0).keep_errors().sample(MySink));
/// let subscriber = tracing_subscriber::registry().with(whose::layer().with_sink(sampled.clone()));
/// tracing::subscriber::with_default(subscriber, || {
///     tracing::info!("left out");
///     whose::capture_message("kept");
/// });
/// assert_eq!((sampled.stats().left_out_events, sampled.stats().kept_always), (1, 1));
/// ```
#[derive(Debug)]
pub struct Sampled<S> {
    sampler: Sampler,
    sink: S,
    counters: Counters,
}

impl Sampler {
    /// A sink that passes on the records that the sampler keeps.
    pub fn sample<S: RecordSink>(self, sink: S) -> Sampled<S> {
        Sampled {
            sampler: self,
            sink,
            counters: Counters::default(),
        }
    }
}

impl<S> Sampled<S> {
    /// The sink behind the sampler.
    #[must_use]
    pub fn sink(&self) -> &S {
        &self.sink
    }

    /// The numbers of records that were passed on and left out so far.
    #[must_use]
    pub fn stats(&self) -> SampleStats {
        self.counters.read()
    }
}

impl<S: RecordSink> RecordSink for Sampled<S> {
    fn record(&self, record: &Arc<Record>) {
        let rate = self.sampler.rate_of(record);
        if !rate.keeps(record.trace_id()) {
            self.counters.left_out(record.record_type());
            return;
        }
        let weight = rate.weight();
        let is_weighted = weight > 1.0;
        self.counters.kept(is_weighted);
        match is_weighted {
            true => self.sink.record(&record.weighted(weight)),
            false => self.sink.record(record),
        }
    }

    fn flush(&self, timeout: Duration) -> FlushOutcome {
        self.sink.flush(timeout)
    }

    fn shutdown(&self, timeout: Duration) -> FlushOutcome {
        self.sink.shutdown(timeout)
    }

    fn dropped(&self) -> u64 {
        self.sink.dropped()
    }

    fn left_out(&self) -> u64 {
        self.stats().left_out() + self.sink.left_out()
    }

    fn name(&self) -> &str {
        self.sink.name()
    }
}
