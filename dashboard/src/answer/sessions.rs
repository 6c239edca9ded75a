//! The sessions.

use whose_store::SessionRow;

use super::usage::{with_counts, with_usage};
use crate::table::Table;
use crate::text::{counted, or_none, shown, time};

/// So many users of a session are named; JSON has more.
const NAMED: usize = 3;

pub(crate) fn sessions() -> Table<SessionRow> {
    let table = Table::new()
        .id("session", |session: &SessionRow| {
            shown(&session.id).into_owned()
        })
        .message("users", users)
        .text("first seen", |session| time(session.first_seen))
        .text("last seen", |session| time(session.last_seen));
    let table = with_counts(table, |session| session.counts);
    with_usage(table, |session| session.usage)
}

fn users(session: &SessionRow) -> String {
    let named = session.users.iter().take(NAMED).map(|user| shown(user));
    let mut users: Vec<_> = named.collect();
    let more = session.user_count.saturating_sub(users.len() as u64);
    if more > 0 {
        users.push(format!("and {}", counted(more, "other")).into());
    }
    match users.is_empty() {
        true => or_none(None),
        false => users.join(", "),
    }
}
