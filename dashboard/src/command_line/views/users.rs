//! The table of users.

use whose_store::{Totals, UserRow};

use super::usage::{with_counts, with_usage};
use crate::command_line::table::Table;
use crate::values::{estimate, format_number, format_time, or_dash, pluralize};

pub(crate) fn users() -> Table<UserRow> {
    let name = |user: &UserRow| or_dash(user.full_name.as_deref().or(user.username.as_deref()));
    let table = Table::new()
        .id("user", |user: &UserRow| or_dash(Some(&user.key)))
        .id("email", |user| or_dash(user.email.as_deref()))
        .unless_empty()
        .id("name", name)
        .unless_empty()
        .text("first seen", |user| format_time(user.first_seen))
        .text("last seen", |user| format_time(user.last_seen))
        .number("sessions", |user| format_number(user.sessions));
    let table = with_counts(table, |user| user.counts);
    with_usage(table, |user| user.usage)
        .number("before login", |user| {
            estimate(format_number(user.late), user.counts.is_estimated)
        })
        .unless_empty()
}

pub(crate) fn user_notes(totals: &Totals) -> Vec<String> {
    let is_estimated = totals.counts.is_estimated;
    let mut notes = vec![format!(
        "{}, {}",
        pluralize(totals.users, "user"),
        estimate(pluralize(totals.counts.records(), "record"), is_estimated)
    )];
    if totals.without_user > 0 {
        notes.push(format!(
            "{} without a user: `whose coverage` lists the call sites",
            estimate(pluralize(totals.without_user, "record"), is_estimated)
        ));
    }
    notes
}
