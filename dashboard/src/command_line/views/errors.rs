//! The table of error groups.

use serde_json::Value;
use whose_store::ErrorGroup;

use crate::command_line::call_site::format_call_site;
use crate::command_line::table::Table;
use crate::values::{estimate, format_number, format_time, or_dash, pluralize};

pub(crate) fn errors() -> Table<ErrorGroup> {
    let message = |group: &ErrorGroup| or_dash(group.message.as_deref());
    Table::new()
        .number("users", |group: &ErrorGroup| format_number(group.users))
        .number("errors", |group| {
            estimate(format_number(group.errors), group.is_estimated)
        })
        .id("type", |group| or_dash(group.error_type.as_deref()))
        .unless_empty()
        .message("last message", message)
        .message("last flags", |group| {
            or_dash(flags(&group.flags).as_deref())
        })
        .unless_empty()
        .text("first seen", |group| format_time(group.first_seen))
        .text("last seen", |group| format_time(group.last_seen))
        .id("call site", |group| {
            format_call_site(group.file.as_deref(), group.line)
        })
}

/// The feature flags of an error, the newest first: `new_checkout=true, button=green`.
fn flags(flags: &[Value]) -> Option<String> {
    let flag = |flag: &Value| {
        let value = &flag["value"];
        let value = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        Some(format!("{}={value}", flag["key"].as_str()?))
    };
    let flags: Vec<_> = flags.iter().rev().filter_map(flag).collect();
    (!flags.is_empty()).then(|| flags.join(", "))
}

/// The sums over all groups.
#[derive(Default)]
pub(crate) struct ErrorSums {
    groups: u64,
    errors: u64,
    without_user: u64,
    is_estimated: bool,
}

impl ErrorSums {
    pub(crate) fn add(&mut self, group: &ErrorGroup) {
        self.groups += 1;
        self.errors += group.errors;
        self.without_user += group.without_user;
        self.is_estimated |= group.is_estimated;
    }

    pub(crate) fn notes(&self) -> Vec<String> {
        if self.groups == 0 {
            return vec!["no errors".to_owned()];
        }
        let mut note = format!(
            "{}, {}",
            pluralize(self.groups, "error group"),
            estimate(pluralize(self.errors, "error"), self.is_estimated)
        );
        if self.without_user > 0 {
            let errors = estimate(format_number(self.without_user), self.is_estimated);
            note += &format!(", {errors} without a user");
        }
        vec![note]
    }
}
