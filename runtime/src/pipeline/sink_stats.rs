//! What became of the records that the sinks were given.

use std::panic::{catch_unwind, AssertUnwindSafe};

use crate::diagnostics::stats;
use crate::pipeline::pipeline::Pipeline;
use crate::record::RecordSink;

/// What one sink says of itself; see [`sinks`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SinkStats {
    /// [`RecordSink::name`]; the sinks of one type that say nothing else share it.
    pub name: String,
    /// [`RecordSink::dropped`].
    pub dropped: u64,
}

/// The sinks of every layer in the process, with how many records each has dropped.
///
/// A sink that was given to two layers is told of twice.
///
/// ```
/// use std::sync::Arc;
///
/// struct Full;
/// impl whose::RecordSink for Full {
///     fn record(&self, _: &Arc<whose::Record>) {}
///     fn dropped(&self) -> u64 { 3 }
///     fn name(&self) -> &str { "full" }
/// }
///
/// let _layer = whose::layer().with_sink(Full);
/// let full = &whose::sinks()[0];
/// assert_eq!((full.name.as_str(), full.dropped), ("full", 3));
/// ```
#[must_use]
pub fn sinks() -> Vec<SinkStats> {
    let told = Pipeline::all_sinks().into_iter().map(|sink| of(&*sink));
    told.flatten().collect()
}

/// A sink that panics says nothing.
fn of(sink: &dyn RecordSink) -> Option<SinkStats> {
    let ask = || SinkStats {
        name: sink.name().to_owned(),
        dropped: sink.dropped(),
    };
    catch_unwind(AssertUnwindSafe(ask))
        .inspect_err(|_| stats::sink_panic())
        .ok()
}
