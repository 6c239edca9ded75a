//! The records without a user.

use whose_store::RecordRow;

use super::what::{service, what};
use crate::site::site;
use crate::table::Table;
use crate::text::{or_none, shown, time};

pub(crate) fn unattributed() -> Table<RecordRow> {
    let reason = |record: &RecordRow| match &record.unattributed {
        Some(reason) => shown(reason).replace('_', " "),
        None => or_none(None),
    };
    Table::new()
        .text("time", |record: &RecordRow| time(record.time))
        .text("type", |record| record.record_type.clone())
        .text("service", service)
        .unless_same()
        .message("what", what)
        .text("why no user", reason)
        .id("call site", |record| {
            site(record.file.as_deref(), record.line)
        })
}
