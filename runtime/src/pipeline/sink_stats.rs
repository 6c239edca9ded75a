//! The losses of each sink.

use std::panic::{catch_unwind, AssertUnwindSafe};

use crate::diagnostics::stats;
use crate::pipeline::pipeline::Pipeline;
use crate::record::RecordSink;

/// The state of one sink; see [`sinks`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SinkStats {
    /// [`RecordSink::name`]. Sinks of one type share the name, unless the type overrides it.
    pub name: String,
    /// [`RecordSink::dropped`].
    pub dropped: u64,
    /// [`RecordSink::left_out`].
    pub left_out: u64,
}

/// The sinks of every layer of the process, with the number of records that each sink has
/// dropped or left out.
///
/// A sink that was added to two layers appears twice.
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

/// The state of a sink; `None` where the sink panics.
fn of(sink: &dyn RecordSink) -> Option<SinkStats> {
    let ask = || SinkStats {
        name: sink.name().to_owned(),
        dropped: sink.dropped(),
        left_out: sink.left_out(),
    };
    catch_unwind(AssertUnwindSafe(ask))
        .inspect_err(|_| stats::sink_panic())
        .ok()
}
