//! The explanation of a record: what set its user, its session and its actors.

use std::fmt::Write as _;

use serde::Serialize;
use whose_store::RecordRow;

use super::summary::summary;
use crate::values::{escape, format_time};

/// A line of an explanation: the part of the attribution, and what set the part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct ExplanationLine {
    pub(crate) name: &'static str,
    pub(crate) value: String,
}

/// The record, and for each of user, session, conversation and actors: the value, the kind of frame
/// that set it, and the call site.
pub(crate) fn explanation(record: &RecordRow) -> Vec<ExplanationLine> {
    let mut lines = Vec::new();
    let mut line = |name, value| lines.push(ExplanationLine { name, value });
    line("record", head(record));
    if let Some(site) = own_site(record) {
        line("made at", site);
    }
    line("user", user(record));
    if let Some(advice) = advice(record) {
        line("advice", advice.to_owned());
    }
    if let Some(session) = &record.session {
        let source = record.session_source.as_deref();
        let site = site(record, source, record.session_site.as_deref());
        line("session", described(session, source, site));
    }
    if let Some(conversation) = &record.conversation {
        line("conversation", escape(conversation).into_owned());
    }
    if let Some(source) = &record.actor_source {
        let chain = actor_chain(record);
        line("actor", format!("{chain}, from {}", escape(source)));
    }
    lines
}

/// The user, the kind of frame that set the user, and the call site; or why there is no user.
pub(crate) fn user(record: &RecordRow) -> String {
    let source = record.user_source.as_deref();
    let site = site(record, source, record.user_site.as_deref());
    match (&record.user, &record.unattributed) {
        (Some(user), reason) => {
            let mut value = described(user, source, site);
            if let Some(reason) = reason {
                _ = write!(
                    value,
                    ": set later in the same isolated scope; when the record was made: {}",
                    escape(reason)
                );
            }
            value
        }
        (None, Some(reason)) => {
            let at = site.map_or_else(String::new, |site| format!(", set at {site}"));
            format!("none: {}{at}", escape(reason))
        }
        (None, None) => "none".to_owned(),
    }
}

/// The actors, the innermost first.
pub(crate) fn actor_chain(record: &RecordRow) -> String {
    let text_of = |actor: &serde_json::Value| {
        let part = |name: &str| escape(actor[name].as_str().unwrap_or_default()).into_owned();
        format!("{} ({})", part("id"), part("kind"))
    };
    let chain: Vec<_> = record.actors.iter().map(text_of).collect();
    chain.join(", who acts for ")
}

/// What the reason of a record without a user means, and what to change in the program.
fn advice(record: &RecordRow) -> Option<&'static str> {
    let reason = record.unattributed.as_deref();
    let reason = reason.filter(|_| record.user.is_none())?;
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
