//! The kinds of errors.

use whose_store::ErrorGroup;

use crate::site::site;
use crate::table::Table;
use crate::text::{counted, number, or_none, time};

pub(crate) fn errors() -> Table<ErrorGroup> {
    let message = |kind: &ErrorGroup| or_none(kind.message.as_deref());
    Table::new()
        .number("users", |kind: &ErrorGroup| number(kind.users))
        .number("errors", |kind| number(kind.errors))
        .id("type", |kind| or_none(kind.error_type.as_deref()))
        .unless_empty()
        .message("last message", message)
        .text("first seen", |kind| time(kind.first_seen))
        .text("last seen", |kind| time(kind.last_seen))
        .id("call site", |kind| site(kind.file.as_deref(), kind.line))
}

/// All kinds together.
#[derive(Default)]
pub(crate) struct ErrorSums {
    kinds: u64,
    errors: u64,
    without_user: u64,
}

impl ErrorSums {
    pub(crate) fn add(&mut self, kind: &ErrorGroup) {
        self.kinds += 1;
        self.errors += kind.errors;
        self.without_user += kind.without_user;
    }

    pub(crate) fn notes(&self) -> Vec<String> {
        if self.kinds == 0 {
            return vec!["no errors".to_owned()];
        }
        let mut note = format!(
            "{} of errors, {}",
            counted(self.kinds, "kind"),
            counted(self.errors, "error")
        );
        if self.without_user > 0 {
            note += &format!(", {} without a user", number(self.without_user));
        }
        vec![note]
    }
}
