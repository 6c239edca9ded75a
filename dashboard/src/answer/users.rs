//! Who is in the store.

use whose_store::{Totals, UserRow};

use super::usage::{with_counts, with_usage};
use crate::table::Table;
use crate::text::{counted, number, or_none, time};

pub(crate) fn users() -> Table<UserRow> {
    let name = |user: &UserRow| or_none(user.full_name.as_deref().or(user.username.as_deref()));
    let table = Table::new()
        .id("user", |user: &UserRow| or_none(user.id.as_deref()))
        .id("email", |user| or_none(user.email.as_deref()))
        .unless_empty()
        .id("name", name)
        .unless_empty()
        .text("first seen", |user| time(user.first_seen))
        .text("last seen", |user| time(user.last_seen))
        .number("sessions", |user| number(user.sessions));
    let table = with_counts(table, |user| user.counts);
    with_usage(table, |user| user.usage)
        .number("before login", |user| number(user.late))
        .unless_empty()
}

pub(crate) fn user_notes(totals: &Totals) -> Vec<String> {
    let mut notes = vec![format!(
        "{}, {}",
        counted(totals.users, "user"),
        counted(totals.counts.records(), "record")
    )];
    if totals.without_user > 0 {
        notes.push(format!(
            "{} without a user: `whose coverage` names the call sites",
            counted(totals.without_user, "record")
        ));
    }
    notes
}
