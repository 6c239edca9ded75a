//! The answer about errors as a table.

use whose_store::ErrorGroup;

use crate::report::MESSAGE;
use crate::site::site;
use crate::table::Report;
use crate::text::{counted, cut, number, or_none, shown, time};

pub(crate) fn errors(kinds: &[ErrorGroup]) -> Report {
    if kinds.is_empty() {
        return Report::new().note("no errors");
    }
    let message = |kind: &ErrorGroup| match &kind.message {
        Some(message) => shown(&cut(message, MESSAGE)).into_owned(),
        None => or_none(None),
    };
    let place = |kind: &ErrorGroup| site(kind.file.as_deref(), kind.line);
    let kind_of = |kind: &ErrorGroup| or_none(kind.error_type.as_deref());
    let sum = |part: fn(&ErrorGroup) -> u64| kinds.iter().map(part).sum::<u64>();
    let mut note = format!(
        "{} of errors, {}",
        counted(kinds.len() as u64, "kind"),
        counted(sum(|kind| kind.errors), "error")
    );
    let bare = sum(|kind| kind.without_user);
    if bare > 0 {
        note += &format!(", {} without a user", number(bare));
    }
    Report::new()
        .numbers("users", kinds.iter().map(|kind| number(kind.users)))
        .numbers("errors", kinds.iter().map(|kind| number(kind.errors)))
        .texts("type", kinds.iter().map(kind_of))
        .unless_empty()
        .texts("last message", kinds.iter().map(message))
        .texts("first seen", kinds.iter().map(|kind| time(kind.first_seen)))
        .texts("last seen", kinds.iter().map(|kind| time(kind.last_seen)))
        .texts("call site", kinds.iter().map(place))
        .note(note)
}
