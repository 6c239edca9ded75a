//! The check of [`Layer::with_required_user`](crate::Layer::with_required_user).

use crate::diagnostics::{stats, Warning};
use crate::model::UnattributedReason;
use crate::record::Record;

const MISSING_USER: Warning = Warning::warn("missing user");

/// Counts a record without a user, and warns about its call site.
pub(crate) fn check(record: &Record) {
    if let Some(reason) = record.unattributed().filter(|reason| reason.is_gap()) {
        warn(record, reason);
    }
}

#[cold]
fn warn(record: &Record, reason: UnattributedReason) {
    stats::missing_user();
    let record_type = record.record_type.as_str();
    MISSING_USER.emit_deferred(record.origin(), move |origin| {
        let advice = reason.advice();
        format!("a record without a user: {record_type} at {origin}: {advice}")
    });
}
