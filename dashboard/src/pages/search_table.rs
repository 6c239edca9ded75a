//! The records that a search found.

use maud::{Markup, html};
use whose_store::{RecordRow, SearchField};

use super::components::{Table, Value, source_of};
use super::view::PageContext;
use crate::query_language::Term;
use crate::url_query::href;
use crate::values::{escape, format_number};

/// The URL of the search with one more condition.
pub(super) fn href_with(context: &PageContext, term: &Term) -> String {
    let text = context.query.get("q").unwrap_or_default();
    let term = term.to_string();
    let text = match text.split_whitespace().any(|word| word == term) {
        true => text.to_owned(),
        false => format!("{text} {term}").trim().to_owned(),
    };
    let query = context.query.without("after").with("q", text);
    query.href(context.path)
}

/// The table. The values of the page narrow the search.
pub(super) fn table(context: &PageContext) -> Table<RecordRow> {
    let of = |field: SearchField, value: fn(&RecordRow) -> Option<&String>| {
        let context = context.clone();
        move |row: &RecordRow| narrowing(&context, &field, value(row))
    };
    let linked = |field: SearchField, path, value: fn(&RecordRow) -> Option<&String>| {
        let context = context.clone();
        move |row: &RecordRow| page_and_narrowing(&context, &field, path, value(row))
    };
    let sources = context.clone();
    Table::new("Records")
        .column("time", |row: &RecordRow| Value::Time(row.time))
        .column("what", |row| Value::Link {
            text: what(row),
            href: href("/record", "id", &row.id.to_string()),
        })
        .column("type", of(SearchField::Type, |row| Some(&row.record_type)))
        .column("level", of(SearchField::Level, |row| Some(&row.level)))
        .column("kind", of(SearchField::Kind, |row| row.kind.as_ref()))
        .column(
            "user",
            linked(SearchField::User, "/person", |row| row.user.as_ref()),
        )
        .column("user from", move |row| source(&sources, row))
        .column(
            "session",
            linked(SearchField::Session, "/session", |row| row.session.as_ref()),
        )
        .column("model", of(SearchField::Model, |row| row.model.as_ref()))
        .column("took", |row| {
            row.duration_ns.map_or(Value::Missing, Value::Duration)
        })
        .column("cost", |row| match row.cost_usd {
            Some(amount) => Value::Amount {
                amount,
                is_estimated: false,
            },
            None => Value::Missing,
        })
}

/// The name and the message of a record. The name of an event is its call site.
fn what(row: &RecordRow) -> String {
    match &row.message {
        Some(message) if row.record_type == "span" => format!("{}: {message}", row.name),
        Some(message) => message.clone(),
        None if row.model.is_some() && row.record_type == "event" => {
            let count = |tokens: Option<u64>| format_number(tokens.unwrap_or_default());
            let (input, output) = (count(row.input_tokens), count(row.output_tokens));
            format!("{input} → {output} tokens")
        }
        None => row.name.clone(),
    }
}

/// A value that narrows the search.
fn narrowing(context: &PageContext, field: &SearchField, value: Option<&String>) -> Value {
    let Some(value) = value else {
        return Value::Missing;
    };
    let term = Term::is(field.clone(), value);
    Value::Picture {
        markup: html! {
            a.value href=(href_with(context, &term)) title={ "Only " (escape(&term.to_string())) } {
                (escape(value))
            }
        },
        text: value.clone(),
    }
}

/// A value that has a page, with a second link that narrows the search.
fn page_and_narrowing(
    context: &PageContext,
    field: &SearchField,
    path: &str,
    value: Option<&String>,
) -> Value {
    let Some(value) = value else {
        return Value::Missing;
    };
    let term = Term::is(field.clone(), value);
    Value::Picture {
        markup: html! {
            span.pair {
                (add(context, &term))
                a.id href=(href(path, "id", value)) title=(escape(value)) { (escape(value)) }
            }
        },
        text: value.clone(),
    }
}

fn add(context: &PageContext, term: &Term) -> Markup {
    let label = format!("Only {term}");
    let label = escape(&label);
    html! {
        a.add href=(href_with(context, term)) title=(label) aria-label=(label) { "+" }
    }
}

/// The source of the user, or why there is none, with a link that narrows the search.
fn source(context: &PageContext, row: &RecordRow) -> Value {
    let (field, text) = match (&row.user_source, &row.unattributed) {
        (Some(source), _) => (SearchField::Source, source),
        (None, Some(reason)) => (SearchField::Reason, reason),
        (None, None) => return Value::Missing,
    };
    let term = Term::is(field, text);
    let shown = source_of(row).html();
    Value::Picture {
        markup: html! {
            a.value href=(href_with(context, &term)) title={ "Only " (escape(&term.to_string())) } {
                (shown)
            }
        },
        text: text.clone(),
    }
}
