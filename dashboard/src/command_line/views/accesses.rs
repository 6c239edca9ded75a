//! The table of the access log.

use whose_store::AccessRow;

use crate::command_line::table::Table;
use crate::values::{escape, format_time, or_dash};

pub(crate) fn accesses() -> Table<AccessRow> {
    Table::new()
        .number("row", |row: &AccessRow| row.id.to_string())
        .text("time", |row| format_time(row.time))
        .id("viewer", |row| escape(&row.viewer).into_owned())
        .text("way", |row| escape(&row.way).into_owned())
        .text("view", |row| escape(&row.view).into_owned())
        .id("user", |row| match &row.user {
            Some(user) => escape(user).into_owned(),
            None => "(erased)".to_owned(),
        })
        .message("reason", |row| or_dash(row.reason.as_deref()))
        .unless_empty()
        .text("hash", |row| row.hash.clone())
        .if_wide()
}
