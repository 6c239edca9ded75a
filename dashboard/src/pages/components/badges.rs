//! The short marks of a record: its class, its failure, and where its user comes from.

use maud::{Markup, html};
use whose_store::{RecordClass, RecordRow};

use super::source::{reason_class, source_class, swatch};
use crate::record_text::user;
use crate::url_query::href;
use crate::values::escape;

/// The name of a class, for a reader.
pub(in crate::pages) fn class_name(class: RecordClass) -> &'static str {
    match class {
        RecordClass::Span => "request or span",
        RecordClass::Agent => "agent",
        RecordClass::Model => "model call",
        RecordClass::Tool => "tool",
        RecordClass::Log => "log",
        RecordClass::Error => "error",
        RecordClass::Score => "score",
        RecordClass::Flag => "flag",
        RecordClass::Job => "job",
        _ => "record",
    }
}

/// The class of a record, and that the record failed.
pub(in crate::pages) fn class_badge(record: &RecordRow) -> Markup {
    let class = record.class();
    let name = match class {
        RecordClass::Span => "span",
        class => class_name(class),
    };
    html! {
        span.badge.(format!("class-{class}")) { (name) }
        @if record.failed && class != RecordClass::Error {
            " " span.badge.failed { "failed" }
        }
    }
}

/// Where the user of a record comes from, or why there is no user. Opens to the deciding call site.
pub(in crate::pages) fn source_details(record: &RecordRow) -> Markup {
    let decision = user(record);
    html! {
        details.why {
            summary title=(decision) { (source_badge(record)) }
            p {
                "User: " (decision) ". "
                a href=(format!("{}#attribution", record_href(record.id))) { "why" }
            }
        }
    }
}

/// Where the user of a record comes from, or why there is no user.
pub(in crate::pages) fn source_badge(record: &RecordRow) -> Markup {
    html! {
        @match (record.user_source.as_deref(), record.unattributed.as_deref()) {
            (Some("late"), _) => span.badge.late title="late: the user was set later" {
                (swatch(source_class("late"))) " before login"
            },
            (Some(source), _) => span.badge.source {
                (swatch(source_class(source))) " " (escape(source))
            },
            (None, Some(reason)) => span.badge.warning {
                (swatch(reason_class(reason))) " no user: " (escape(reason))
            },
            (None, None) => span.badge.warning { "no user" },
        }
    }
}

/// A link to the page of a user.
pub(in crate::pages) fn user_link(user: &str) -> Markup {
    html! { a.id href=(href("/person", "id", user)) title=(escape(user)) { (escape(user)) } }
}

/// A link to the page of a session.
pub(in crate::pages) fn session_link(session: &str) -> Markup {
    html! { a.id href=(href("/session", "id", session)) title=(escape(session)) { (escape(session)) } }
}

/// The user of a record, and who acts for the user.
pub(in crate::pages) fn subject(record: &RecordRow) -> Markup {
    html! {
        @match &record.user {
            Some(user) => (user_link(user)),
            None => span.missing { "nobody" },
        }
        @if let Some(actor) = &record.actor {
            " " span.actor title="Who acts for the user" { "by " span.id { (escape(actor)) } }
        }
    }
}

/// The URL of the page of a record.
pub(in crate::pages) fn record_href(id: i64) -> String {
    href("/record", "id", &id.to_string())
}
