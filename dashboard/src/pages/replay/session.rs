//! The replay of a session.

use maud::{Markup, html};
use serde::Serialize;
use whose_store::{Queries, SessionRow, Timestamp, TrailFilter};

use super::player::{SCRIPTS, replay};
use crate::export::CsvTable;
use crate::pages::components::{
    Value, class_filter, empty_state, facts, key_pager, record_table, user_link, with_classes,
};
use crate::pages::page_error::PageError;
use crate::pages::paging::{Order, RecordPage, RecordPager};
use crate::pages::view::{PageBody, PageContext, TextView, View, ViewText, users_of};
use crate::record_text::{outline, trace_trees};
use crate::url_query::{UrlQuery, href};
use crate::values::escape;

/// The records of one page of the replay.
const ROWS: usize = 400;

/// A session.
#[derive(Debug)]
pub(crate) struct SessionView;

/// The data of [`SessionView`].
#[derive(Debug, Serialize)]
pub(crate) struct Session {
    id: String,
    /// `None` if no record of the time range has the session itself.
    session: Option<SessionRow>,
    #[serde(skip)]
    at: Option<Timestamp>,
    #[serde(flatten)]
    page: RecordPage,
}

impl View for SessionView {
    type Data = Session;

    const PATH: &'static str = "/session";

    fn load(store: &dyn Queries, query: &UrlQuery) -> Result<Session, PageError> {
        let id = query.required("id")?.to_owned();
        let range = query.range(ROWS)?;
        Ok(Session {
            session: store.session(&id, &range)?,
            page: load_page(store, &id, query)?,
            id,
            at: query.time("at")?,
        })
    }

    fn viewed_users(data: &Session, _query: &UrlQuery) -> Vec<String> {
        users_of(&data.page.records)
    }

    fn body(data: &Session, context: &PageContext) -> PageBody {
        let text = context.query.href("/session.txt");
        let content = html! {
            @if let Some(session) = &data.session { (summary(session)) }
            (class_filter(context))
            @if data.page.records.is_empty() {
                (empty_state(
                    "No record of this session matches.",
                    "Choose a longer time range, or show all classes of records.",
                ))
            } @else {
                (key_pager(context, data.page.previous, data.page.next))
                (replay(&data.page.records, data.at, &text, context))
                (key_pager(context, data.page.previous, data.page.next))
            }
        };
        PageBody {
            title: format!("Session {}", escape(&data.id)),
            content,
            scripts: SCRIPTS,
        }
    }

    fn csv(data: &Session) -> CsvTable {
        record_table().csv(&data.page.records)
    }
}

impl TextView for SessionView {
    fn load_text(store: &dyn Queries, query: &UrlQuery) -> Result<ViewText, PageError> {
        let id = query.required("id")?;
        let page = load_page(store, id, query)?;
        let text = outline(&trace_trees(&page.records), &page.records);
        Ok(ViewText {
            text: format!("session {}\n\n{text}{}", escape(id), page.next_page()),
            users: users_of(&page.records),
        })
    }
}

fn load_page(store: &dyn Queries, id: &str, query: &UrlQuery) -> Result<RecordPage, PageError> {
    let rows = query.page_rows(ROWS)?;
    let pager = RecordPager {
        store,
        filter: with_classes(TrailFilter::of_session(id), query)?,
        order: Order::OldestFirst,
        range: query.range(rows)?,
        rows,
    };
    pager.page(query)
}

fn summary(session: &SessionRow) -> Markup {
    let usage = session.usage;
    let counts = session.counts;
    let nanos = session.last_seen.as_nanos();
    let nanos = nanos.saturating_sub(session.first_seen.as_nanos());
    let number = |number| Value::Number {
        number,
        is_estimated: counts.is_estimated,
    };
    let values = [
        ("first seen", Value::Time(session.first_seen)),
        ("last seen", Value::Time(session.last_seen)),
        ("duration", Value::Duration(nanos.max(0).unsigned_abs())),
        ("records", number(counts.records())),
        ("errors", number(counts.errors)),
        (
            "tokens",
            Value::number(usage.input_tokens + usage.output_tokens),
        ),
        (
            "cost",
            usage
                .cost_usd
                .map_or(Value::Missing, |amount| Value::Amount {
                    amount,
                    is_estimated: usage.is_estimated,
                }),
        ),
        (
            "continues",
            match &session.previous {
                Some(id) => Value::Link {
                    text: id.clone(),
                    href: href("/session", "id", id),
                },
                None => Value::Missing,
            },
        ),
    ];
    html! {
        p.summary {
            @if session.users.is_empty() { "No user." }
            @for (index, user) in session.users.iter().take(10).enumerate() {
                @if index > 0 { ", " }
                (user_link(user))
            }
            @if session.user_count > 10 { " and " (session.user_count - 10) " more users" }
        }
        (facts(&values))
    }
}
