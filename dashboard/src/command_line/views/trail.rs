//! The table of records of a user, a session, a conversation or an actor.

use whose_store::RecordRow;

use crate::command_line::table::Table;
use crate::record_text::{service, summary};
use crate::values::{format_duration, format_time, or_dash};

/// The columns. A trail of a session, a conversation or an actor has a column for the user
/// (`has_users`), a trail of a user one for the session.
pub(crate) fn trail(has_users: bool) -> Table<RecordRow> {
    let table = Table::new()
        .number("record", |record: &RecordRow| record.id.to_string())
        .if_wide()
        .text("time", |record| format_time(record.time))
        .text("type", |record| record.record_type.clone())
        .text("level", |record| record.level.clone())
        .text("kind", |record| or_dash(record.kind.as_deref()))
        .unless_empty()
        .text("service", service)
        .unless_same()
        .long_message("what", summary);
    let table = match has_users {
        true => table.id("user", |record| or_dash(record.user.as_deref())),
        false => table.id("session", |record| or_dash(record.session.as_deref())),
    };
    table
        .unless_empty()
        .id("actor", |record| or_dash(record.actor.as_deref()))
        .unless_empty()
        .text("user from", |record| or_dash(record.user_source.as_deref()))
        .number("took", |record| format_duration(record.duration_ns))
        .amount("cost", |record| record.cost_usd, |_| false)
        .unless_empty()
}
