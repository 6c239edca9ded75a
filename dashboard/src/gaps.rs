//! The records without a user as a table.

use whose_store::RecordRow;

use crate::report::what;
use crate::site::site;
use crate::table::Report;
use crate::text::{counted, or_none, shown, time};

/// The first `limit` of the records that were found.
pub(crate) fn gaps(found: &[RecordRow], limit: usize) -> Report {
    let records = &found[..found.len().min(limit)];
    if records.is_empty() {
        return Report::new().note("every record has a user, or has none on purpose");
    }
    let reason = |record: &RecordRow| match &record.unattributed {
        Some(reason) => shown(reason).replace('_', " "),
        None => or_none(None),
    };
    let report = Report::new()
        .texts("time", records.iter().map(|record| time(record.time)))
        .texts(
            "type",
            records.iter().map(|record| record.record_type.clone()),
        )
        .texts("what", records.iter().map(what))
        .texts("why no user", records.iter().map(reason))
        .texts(
            "call site",
            records
                .iter()
                .map(|record| site(record.file.as_deref(), record.line)),
        );
    let count = counted(records.len() as u64, "record");
    match records.last() {
        Some(last) if found.len() > limit => report.note(format!(
            "the newest {count} without a user; older ones: --before {}",
            last.id
        )),
        _ => report.note(format!(
            "{count} without a user; `whose coverage` counts them by call site"
        )),
    }
}
