//! The table of records without a user.

use whose_store::RecordRow;

use super::summary::{service, summary};
use crate::call_site::format_call_site;
use crate::format::{escape, format_time, or_dash};
use crate::table::Table;

pub(crate) fn unattributed() -> Table<RecordRow> {
    let reason = |record: &RecordRow| match &record.unattributed {
        Some(reason) => escape(reason).replace('_', " "),
        None => or_dash(None),
    };
    Table::new()
        .number("record", |record: &RecordRow| record.id.to_string())
        .if_wide()
        .text("time", |record| format_time(record.time))
        .text("type", |record| record.record_type.clone())
        .text("service", service)
        .unless_same()
        .message("what", summary)
        .text("why no user", reason)
        .id("call site", |record| {
            format_call_site(record.file.as_deref(), record.line)
        })
}
