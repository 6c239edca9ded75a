//! The record that is current, and who was current.

use maud::{Markup, html};
use whose_store::RecordRow;

use crate::pages::components::{
    Value, class_badge, record_href, session_link, source_badge, subject,
};
use crate::record_text::{actor_chain, summary};
use crate::values::{escape, format_duration};

/// The details of the current record. The script of the page fills them again as the replay goes on.
pub(super) fn moment(current: Option<&RecordRow>) -> Markup {
    html! {
        aside.moment #moment aria-label="The current record" {
            @if let Some(record) = current {
                h2 { "At this moment" }
                p #moment-what { (class_badge(record)) " " (summary(record)) }
                dl.facts {
                    div { dt { "time" } dd #moment-time { (Value::Time(record.time).html()) } }
                    div { dt { "took" } dd #moment-took { (format_duration(record.duration_ns)) } }
                    div { dt { "user" } dd #moment-user { (subject(record)) } }
                    div { dt { "user from" } dd #moment-source { (source_badge(record)) } }
                    div {
                        dt { "session" }
                        dd #moment-session {
                            @match &record.session {
                                Some(session) => (session_link(session)),
                                None => span.missing { "no session" },
                            }
                        }
                    }
                    div {
                        dt { "actor" }
                        dd #moment-actor {
                            @if record.actors.is_empty() {
                                span.missing { "the user acts" }
                            } @else {
                                (actor_chain(record))
                            }
                        }
                    }
                }
                (fields(record))
                p.links {
                    a #moment-link href=(record_href(record.id)) { "Record " (record.id) }
                    " · "
                    a #moment-text href=(text_href(record.id)) data-copy { "Copy with what is inside, as text" }
                }
            }
        }
    }
}

fn fields(record: &RecordRow) -> Markup {
    html! {
        dl.fields #moment-fields {
            @for (name, value) in &record.fields {
                @let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                dt { (escape(name)) }
                dd { (escape(&value)) }
            }
        }
    }
}

/// The URL of a record and what is inside as text.
fn text_href(id: i64) -> String {
    crate::url_query::href("/record.txt", "id", &id.to_string())
}
