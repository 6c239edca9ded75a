//! The record that is current at a moment.

use whose_store::{RecordRow, Timestamp};

use crate::record_text::end_of;

/// The index of the record that is current at that time: the innermost span, or the last record before
/// where no span is open. The first record if none began yet.
pub(super) fn current_at(records: &[RecordRow], time: Timestamp) -> Option<usize> {
    let begun = |record: &RecordRow| record.time <= time;
    let is_open = |record: &RecordRow| {
        record.time == time || end_of(record) >= time.as_nanos() && record.duration_ns.is_some()
    };
    let open = records.iter().rposition(|it| begun(it) && is_open(it));
    open.or_else(|| records.iter().rposition(begun))
        .or((!records.is_empty()).then_some(0))
}
