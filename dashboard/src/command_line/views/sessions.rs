//! The table of sessions.

use whose_store::SessionRow;

use super::usage::{with_counts, with_usage};
use crate::command_line::table::Table;
use crate::values::{escape, format_time, or_dash, pluralize};

/// The most users in a cell. JSON has more.
const MAX_USERS: usize = 3;

pub(crate) fn sessions() -> Table<SessionRow> {
    let table = Table::new()
        .id("session", |session: &SessionRow| {
            escape(&session.id).into_owned()
        })
        .message("users", users)
        .text("first seen", |session| format_time(session.first_seen))
        .text("last seen", |session| format_time(session.last_seen));
    let table = with_counts(table, |session| session.counts);
    with_usage(table, |session| session.usage)
}

fn users(session: &SessionRow) -> String {
    let listed = session
        .users
        .iter()
        .take(MAX_USERS)
        .map(|user| escape(user));
    let mut users: Vec<_> = listed.collect();
    let more = session.user_count.saturating_sub(users.len() as u64);
    if more > 0 {
        users.push(format!("and {}", pluralize(more, "other")).into());
    }
    match users.is_empty() {
        true => or_dash(None),
        false => users.join(", "),
    }
}
