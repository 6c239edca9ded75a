//! The table of search results.

use whose_store::{Identity, RecordRow};

use crate::command_line::table::Table;
use crate::record_text::{service, summary};
use crate::values::{escape, format_time, or_dash};

pub(crate) fn search_results() -> Table<RecordRow> {
    Table::new()
        .number("record", |record: &RecordRow| record.id.to_string())
        .if_wide()
        .text("time", |record| format_time(record.time))
        .text("type", |record| record.record_type.clone())
        .text("level", |record| record.level.clone())
        .text("service", service)
        .unless_same()
        .message("what", summary)
        .id("user", |record| or_dash(record.user.as_deref()))
        .id("session", |record| or_dash(record.session.as_deref()))
        .unless_empty()
        .message("fields", fields)
        .unless_empty()
}

/// The text fields, which may contain the match.
fn fields(record: &RecordRow) -> String {
    let texts = record.fields.iter();
    let texts = texts.filter_map(|(name, value)| Some(format!("{name}: {}", value.as_str()?)));
    let texts: Vec<_> = texts.collect();
    if texts.is_empty() {
        return or_dash(None);
    }
    escape(&texts.join(", ")).into_owned()
}

/// The user or session that a word of a search identifies, with the command that lists its records.
pub(crate) fn identities(word: &str, known: &[Identity]) -> Vec<String> {
    let word = escape(word);
    let line = |identity: &Identity| match identity {
        Identity::User { id, by_email: true } => Some(format!(
            "{word} is the email address of the user {id}: `whose audit --user {id}`",
            id = escape(id)
        )),
        Identity::User { id, .. } => Some(format!(
            "{word} is a user: `whose audit --user {}`",
            escape(id)
        )),
        Identity::Session { id } => Some(format!(
            "{word} is a session: `whose audit --session {}`",
            escape(id)
        )),
        _ => None,
    };
    known.iter().filter_map(line).collect()
}
