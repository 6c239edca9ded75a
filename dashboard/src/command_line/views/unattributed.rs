//! The table of records without a user.

use whose_store::RecordRow;

use super::coverage::reason_text;
use crate::command_line::call_site::format_call_site;
use crate::command_line::table::Table;
use crate::record_text::{service, summary};
use crate::values::{format_time, or_dash};

pub(crate) fn unattributed() -> Table<RecordRow> {
    let reason = |record: &RecordRow| match &record.unattributed {
        Some(reason) => reason_text(reason),
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

/// The note where no record is listed. Records without the reason that was asked for may exist.
pub(crate) fn no_unattributed(reason: Option<&str>) -> String {
    match reason {
        Some(reason) => format!(
            "no record without a user has the reason {}",
            reason_text(reason)
        ),
        None => "every record has a user or is anonymous".to_owned(),
    }
}
