//! A list of records in the order of time.

use maud::{Markup, html};
use whose_store::RecordRow;

use super::badges::{class_badge, record_href, session_link, source_details, subject};
use super::chat::chat;
use super::value::Value;
use crate::record_text::summary;
use crate::values::format_duration;

/// What each row of a timeline states besides the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::pages) enum TimelineOf {
    /// The rows belong to one user: each states its session and its actor.
    User,
    /// The rows belong to several users: each states its user and its actor.
    Users,
}

/// The records, one row each.
pub(in crate::pages) fn timeline(records: &[RecordRow], of: TimelineOf) -> Markup {
    html! {
        ol.timeline {
            @for record in records {
                li.failed[record.failed].before-login[is_late(record)] id={ "r" (record.id) } {
                    span.when { (Value::Time(record.time).html()) }
                    span.marks { (class_badge(record)) }
                    div.what {
                        a.summary-link href=(record_href(record.id)) { (summary(record)) }
                        (chat(record))
                    }
                    span.numbers {
                        @if record.duration_ns.is_some() { (format_duration(record.duration_ns)) }
                        @if let Some(amount) = record.cost_usd {
                            " " (Value::Amount { amount, is_estimated: false }.html())
                        }
                    }
                    span.whose { (whose(record, of)) }
                    (source_details(record))
                }
            }
        }
    }
}

fn is_late(record: &RecordRow) -> bool {
    record.user_source.as_deref() == Some("late")
}

fn whose(record: &RecordRow, of: TimelineOf) -> Markup {
    html! {
        @match (of, &record.session) {
            (TimelineOf::Users, _) => (subject(record)),
            (TimelineOf::User, Some(session)) => (session_link(session)),
            (TimelineOf::User, None) => span.missing { "no session" },
        }
        @if of == TimelineOf::User && let Some(actor) = &record.actor {
            " " span.actor title="Who acts for the user" { "by " span.id { (crate::values::escape(actor)) } }
        }
    }
}
