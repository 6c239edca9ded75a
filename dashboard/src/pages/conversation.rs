//! The view of one conversation: its records in the order of time, with the messages as a chat.

use maud::html;
use serde::Serialize;
use whose_store::{Queries, TrailFilter};

use super::components::{
    PAGE_ROWS, TimelineOf, class_filter, empty_state, key_pager, record_table, timeline,
    with_classes,
};
use super::page_error::PageError;
use super::paging::{Order, RecordPage, RecordPager};
use super::view::{PageBody, PageContext, View, users_of};
use crate::export::CsvTable;
use crate::url_query::UrlQuery;
use crate::values::escape;

/// A conversation, oldest record first.
#[derive(Debug)]
pub(crate) struct ConversationView;

/// The data of [`ConversationView`].
#[derive(Debug, Serialize)]
pub(crate) struct Conversation {
    id: String,
    #[serde(flatten)]
    page: RecordPage,
}

impl View for ConversationView {
    type Data = Conversation;

    const PATH: &'static str = "/conversation";

    fn load(store: &dyn Queries, query: &UrlQuery) -> Result<Conversation, PageError> {
        let id = query.required("id")?.to_owned();
        let pager = RecordPager {
            store,
            filter: with_classes(TrailFilter::of_conversation(&id), query)?,
            order: Order::OldestFirst,
            range: query.range(PAGE_ROWS)?,
            rows: query.page_rows(PAGE_ROWS)?,
        };
        let page = pager.page(query)?;
        Ok(Conversation { id, page })
    }

    fn viewed_users(data: &Conversation, _query: &UrlQuery) -> Vec<String> {
        users_of(&data.page.records)
    }

    fn body(data: &Conversation, context: &PageContext) -> PageBody {
        let content = html! {
            p.summary { "A conversation with models, of all users and sessions, oldest record first." }
            (class_filter(context))
            @if data.page.records.is_empty() {
                (empty_state(
                    "No record of this conversation matches.",
                    "Choose a longer time range, or show all classes of records.",
                ))
            } @else {
                (timeline(&data.page.records, TimelineOf::Users))
                (key_pager(context, data.page.previous, data.page.next))
            }
        };
        PageBody::new(format!("Conversation {}", escape(&data.id)), content)
    }

    fn csv(data: &Conversation) -> CsvTable {
        record_table().csv(&data.page.records)
    }
}
