//! One record, as an element of the repeated field that holds the records of a batch.

use whose::{Record, RecordType};

use crate::encode::dialects::Dialects;
use crate::encode::{log, span};
use crate::signal::Signal;
use crate::wire;

/// `ScopeSpans.spans` and `ScopeLogs.log_records`. An element of a repeated field carries its tag and
/// its length, so a batch is its records, one after another.
const RECORDS: u32 = 2;

/// Appends the record to `out`.
pub(crate) fn encode(out: &mut Vec<u8>, record: &Record, dialects: Dialects) {
    wire::message(out, RECORDS, |out| match signal_of(record) {
        Signal::Traces => span::write(out, record, dialects),
        Signal::Logs => log::write(out, record),
    });
}

/// The signal of a record: a span belongs to the traces, and every other record to the logs.
pub(crate) fn signal_of(record: &Record) -> Signal {
    match record.record_type() {
        RecordType::Span => Signal::Traces,
        _ => Signal::Logs,
    }
}
