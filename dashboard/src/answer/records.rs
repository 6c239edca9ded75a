//! The trail of a user or a session.

use whose_store::RecordRow;

use super::what::{service, what};
use crate::table::Table;
use crate::text::{duration, or_none, time};

/// The columns; whose the records are is in one of them unless it was asked for.
pub(crate) fn trail(of_session: bool) -> Table<RecordRow> {
    let table = Table::new()
        .text("time", |record: &RecordRow| time(record.time))
        .text("type", |record| record.record_type.clone())
        .text("level", |record| record.level.clone())
        .text("kind", |record| or_none(record.kind.as_deref()))
        .unless_empty()
        .text("service", service)
        .unless_same()
        .message("what", what);
    let table = match of_session {
        true => table.id("user", |record| or_none(record.user.as_deref())),
        false => table.id("session", |record| or_none(record.session.as_deref())),
    };
    table
        .unless_empty()
        .text("user from", |record| or_none(record.user_source.as_deref()))
        .number("took", |record| duration(record.duration_ns))
        .id("model", |record| or_none(record.model.as_deref()))
        .unless_empty()
        .amount("cost", |record| record.cost_usd)
        .unless_empty()
}
