//! Delivery of a record to one sink.

use std::sync::Arc;

use crate::diagnostics::stats;
use crate::record::{Record, RecordSink};
use crate::user_code::catch::catch;

/// Delivers a record to a sink. A panic of the sink loses the record for this sink alone, and is
/// counted.
pub(crate) fn deliver(sink: &dyn RecordSink, record: &Arc<Record>) {
    if catch(|| sink.record(record)).is_none() {
        stats::sink_panic();
    }
}
