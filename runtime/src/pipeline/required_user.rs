//! What [`Layer::with_required_user`](super::Layer::with_required_user) does with a record.

use crate::diagnostics::{stats, warnings, Once};
use crate::model::UnattributedReason;
use crate::record::Record;

/// Counts a record that has no user where somebody was meant to be, and names its call site.
pub(crate) fn check(record: &Record) {
    if let Some(why) = record.unattributed().filter(|why| why.is_gap()) {
        missing(record, why);
    }
}

#[cold]
fn missing(record: &Record, why: UnattributedReason) {
    stats::missing_user();
    warnings::warn_later(Once::MissingUser(record.record_type, why), record);
}
