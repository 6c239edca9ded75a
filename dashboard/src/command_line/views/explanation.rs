//! The explanation of a record: what set its user, its session and its actors.

use std::fmt::Write as _;

use whose_store::RecordRow;

use super::summary::summary;
use crate::command_line::wrap::wrap;
use crate::values::{escape, format_time};

/// The columns of the names of the lines.
const NAME_WIDTH: usize = 13;

/// The record, and for each of user, session, conversation and actors: the value, the kind of frame
/// that set it, and the call site. Lines past the width continue on the next line.
pub(crate) fn explanation(record: &RecordRow, width: usize) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        let line = format!("{name:<NAME_WIDTH$} {value}");
        text.push_str(&wrap(&line, width, NAME_WIDTH + 1));
        text.push('\n');
    };
    line("record", &head(record));
    if let Some(site) = own_site(record) {
        line("made at", &site);
    }
    let user_site = site(
        record,
        record.user_source.as_deref(),
        record.user_site.as_deref(),
    );
    match (&record.user, &record.unattributed) {
        (Some(user), reason) => {
            let mut value = described(user, record.user_source.as_deref(), user_site);
            if let Some(reason) = reason {
                _ = write!(
                    value,
                    ": set later in the same isolated scope; when the record was made: {}",
                    escape(reason)
                );
            }
            line("user", &value);
        }
        (None, Some(reason)) => {
            let at = user_site.map_or_else(String::new, |site| format!(", set at {site}"));
            line("user", &format!("none: {}{at}", escape(reason)));
            if let Some(advice) = advice(reason) {
                line("advice", advice);
            }
        }
        (None, None) => line("user", "none"),
    }
    if let Some(session) = &record.session {
        let source = record.session_source.as_deref();
        let site = site(record, source, record.session_site.as_deref());
        line("session", &described(session, source, site));
    }
    if let Some(conversation) = &record.conversation {
        line("conversation", &escape(conversation));
    }
    if let Some(source) = &record.actor_source {
        let text_of = |actor: &serde_json::Value| {
            let part = |name: &str| escape(actor[name].as_str().unwrap_or_default());
            format!("{} ({})", part("id"), part("kind"))
        };
        let chain: Vec<_> = record.actors.iter().map(text_of).collect();
        let chain = chain.join(", who acts for ");
        line("actor", &format!("{chain}, from {}", escape(source)));
    }
    text
}

/// What the reason means, and what to change in the program.
fn advice(reason: &str) -> Option<&'static str> {
    let mut known = whose::UnattributedReason::ALL.into_iter();
    let reason = known.find(|known| known.as_str() == reason)?;
    Some(reason.advice())
}

fn head(record: &RecordRow) -> String {
    let time = format_time(record.time);
    format!(
        "{}: {} {}, {time}",
        record.id,
        escape(&record.record_type),
        summary(record)
    )
}

fn own_site(record: &RecordRow) -> Option<String> {
    let file = escape(record.file.as_deref()?).into_owned();
    Some(match record.line {
        Some(line) => format!("{file}:{line}"),
        None => file,
    })
}

/// The call site that set a value. The call site of the record, where the record itself sets the value.
fn site(record: &RecordRow, source: Option<&str>, site: Option<&str>) -> Option<String> {
    match source {
        Some("explicit") => own_site(record),
        _ => site.map(|site| escape(site).into_owned()),
    }
}

/// The value, the kind of frame that set the value, and the call site.
fn described(value: &str, source: Option<&str>, site: Option<String>) -> String {
    let mut text = escape(value).into_owned();
    if let Some(source) = source {
        _ = write!(text, ", from {}", escape(source));
    }
    if let Some(site) = site {
        _ = write!(text, ", set at {site}");
    }
    text
}
