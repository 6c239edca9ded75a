//! The view of one record.

use maud::{Markup, html};
use serde::Serialize;
use whose_store::{Queries, Query, RecordRow, TrailFilter};

use super::details::{call, data, failure};
use crate::api::to_visible_json;
use crate::export::CsvTable;
use crate::pages::components::{
    TimelineOf, Value, chat, class_badge, facts, record_table, session_link, source_badge, subject,
    timeline,
};
use crate::pages::page_error::PageError;
use crate::pages::replay::{around_record, trace_href};
use crate::pages::view::{PageBody, PageContext, TextView, View, ViewText, users_of};
use crate::record_text::{
    ExplanationLine, explanation, rows_outline, service, subtree, summary, trace_trees,
};
use crate::url_query::{UrlQuery, href};

/// The most records inside a span that the page lists.
const INSIDE: usize = 200;
/// The most records of a trace that are read for the text.
const TEXT_RECORDS: usize = 5_000;

/// A record.
#[derive(Debug)]
pub(crate) struct RecordView;

/// The data of [`RecordView`].
#[derive(Debug, Serialize)]
pub(crate) struct RecordData {
    record: RecordRow,
    /// Why the record has its user, session and actors.
    explanation: Vec<ExplanationLine>,
    /// The span around the record.
    parent: Option<RecordRow>,
    /// The first records inside the span, oldest first.
    inside: Vec<RecordRow>,
}

impl View for RecordView {
    type Data = RecordData;

    const PATH: &'static str = "/record";

    fn load(store: &dyn Queries, query: &UrlQuery) -> Result<RecordData, PageError> {
        let record = find(store, query)?;
        Ok(RecordData {
            explanation: explanation(&record),
            parent: parent(store, &record)?,
            inside: inside(store, &record, query.page_rows(INSIDE)?)?,
            record,
        })
    }

    fn viewed_users(data: &RecordData, _query: &UrlQuery) -> Vec<String> {
        users_of(
            [&data.record]
                .into_iter()
                .chain(&data.parent)
                .chain(&data.inside),
        )
    }

    fn body(shown: &RecordData, context: &PageContext) -> PageBody {
        let record = &shown.record;
        let content = html! {
            p.summary {
                (class_badge(record)) " "
                "record " (record.id) " · " (Value::Time(record.time).html())
            }
            (overview(record))
            (attribution(&shown.explanation))
            (messages(record))
            (failure(record))
            (call(record))
            (data(record))
            (neighbours(shown))
            (raw(record))
            p { a href=(context.query.href("/record.txt")) { "This record and what is inside, as text" } }
        };
        PageBody::new(summary(record), content)
    }

    fn csv(data: &RecordData) -> CsvTable {
        record_table().csv(std::slice::from_ref(&data.record))
    }
}

impl TextView for RecordView {
    fn load_text(store: &dyn Queries, query: &UrlQuery) -> Result<ViewText, PageError> {
        let record = find(store, query)?;
        let mut records = vec![record.clone()];
        if let Some(trace_id) = &record.trace_id {
            let range = around_record(&record).limit(TEXT_RECORDS);
            // From the record on: what is inside begins later.
            let filter = TrailFilter::of_trace(trace_id).after(record.key());
            for inside in store.trail(&filter, &range)? {
                records.push(inside?);
            }
        }
        let rows = subtree(&trace_trees(&records), &records, record.id);
        Ok(ViewText {
            text: rows_outline(&rows, &records),
            users: users_of(rows.iter().map(|row| &records[row.index])),
        })
    }
}

fn find(store: &dyn Queries, query: &UrlQuery) -> Result<RecordRow, PageError> {
    query.required("id")?;
    let id = query.parsed::<i64>("id")?.unwrap_or_default();
    let unknown = || PageError::NotFound(format!("the store has no record {id}"));
    store.record(id)?.ok_or_else(unknown)
}

/// The span around the record.
fn parent(store: &dyn Queries, record: &RecordRow) -> Result<Option<RecordRow>, PageError> {
    let span_id = match record.record_type.as_str() {
        "span" => record.parent_id.as_deref(),
        _ => record.span_id.as_deref(),
    };
    let (Some(trace_id), Some(span_id)) = (record.trace_id.as_deref(), span_id) else {
        return Ok(None);
    };
    let filter = TrailFilter::of_span(trace_id, span_id);
    let range = around_record(record).limit(Query::DEFAULT_LIMIT);
    for found in store.trail(&filter, &range)? {
        let found = found?;
        if found.record_type == "span" && found.span_id.as_deref() == Some(span_id) {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// The first records inside a span.
fn inside(
    store: &dyn Queries,
    record: &RecordRow,
    rows: usize,
) -> Result<Vec<RecordRow>, PageError> {
    let is_span = record.record_type == "span";
    let span_id = record.span_id.as_deref().filter(|_| is_span);
    let (Some(trace_id), Some(span_id)) = (record.trace_id.as_deref(), span_id) else {
        return Ok(Vec::new());
    };
    let filter = TrailFilter::of_span(trace_id, span_id);
    let range = around_record(record).limit(rows);
    let mut inside = store
        .trail(&filter, &range)?
        .collect::<Result<Vec<_>, _>>()?;
    inside.retain(|found| found.id != record.id);
    Ok(inside)
}

fn overview(record: &RecordRow) -> Markup {
    let values = [
        (
            "took",
            record.duration_ns.map_or(Value::Missing, Value::Duration),
        ),
        ("level", Value::Text(record.level.clone())),
        ("type", Value::Text(record.record_type.clone())),
        ("kind", Value::text(record.kind.as_deref())),
        ("name", Value::Text(record.name.clone())),
        ("target", Value::Text(record.target.clone())),
        (
            "service",
            match record.service.is_empty() {
                true => Value::Missing,
                false => Value::Text(service(record)),
            },
        ),
    ];
    html! {
        dl.facts {
            div { dt { "user" } dd { (subject(record)) " " (source_badge(record)) } }
            @if let Some(session) = &record.session {
                div { dt { "session" } dd { (session_link(session)) } }
            }
            @if let Some(conversation) = &record.conversation {
                div {
                    dt { "conversation" }
                    dd {
                        (Value::Link {
                            text: conversation.clone(),
                            href: href("/conversation", "id", conversation),
                        }.html())
                    }
                }
            }
        }
        (facts(&values))
    }
}

fn attribution(explanation: &[ExplanationLine]) -> Markup {
    html! {
        section #attribution {
            h2 { "Why this user" }
            dl.explanation {
                @for line in explanation {
                    dt { (line.name) }
                    dd { (line.value) }
                }
            }
        }
    }
}

fn messages(record: &RecordRow) -> Markup {
    let chat = chat(record);
    html! {
        @if !chat.0.is_empty() {
            section { h2 { "Messages" } (chat) }
        }
    }
}

fn neighbours(data: &RecordData) -> Markup {
    html! {
        @if let Some(href) = trace_href(&data.record) {
            section {
                h2 { "Trace" }
                p { a href=(href) { "The whole trace" } }
                @if let Some(parent) = &data.parent {
                    h3 { "Inside of" }
                    (timeline(std::slice::from_ref(parent), TimelineOf::Users))
                }
                @if !data.inside.is_empty() {
                    h3 { "Contains" }
                    (timeline(&data.inside, TimelineOf::Users))
                    @if data.inside.len() + 1 >= INSIDE {
                        p.muted { "The first " (data.inside.len()) " records. The trace lists all." }
                    }
                }
            }
        }
    }
}

fn raw(record: &RecordRow) -> Markup {
    html! {
        details.raw {
            summary { "Raw JSON" }
            pre tabindex="0" { code { (to_visible_json(record).unwrap_or_default()) } }
        }
    }
}
