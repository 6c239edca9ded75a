//! The view of one trace.

use maud::html;
use serde::Serialize;
use whose_store::{Queries, Query, Timestamp, TrailFilter};

use super::player::{SCRIPTS, replay};
use super::trace_range::around_trace;
use crate::export::CsvTable;
use crate::pages::components::{class_filter, key_pager, record_table, with_classes};
use crate::pages::page_error::PageError;
use crate::pages::paging::{Order, RecordPage, RecordPager};
use crate::pages::view::{PageBody, PageContext, TextView, View, ViewText, users_of};
use crate::record_text::{outline, trace_trees};
use crate::url_query::UrlQuery;
use crate::values::escape;

/// The records of one page.
const ROWS: usize = 400;

/// A trace, in the time range of the URL, or around the record `near`.
#[derive(Debug)]
pub(crate) struct TraceView;

/// The data of [`TraceView`].
#[derive(Debug, Serialize)]
pub(crate) struct Trace {
    id: String,
    #[serde(skip)]
    at: Option<Timestamp>,
    #[serde(flatten)]
    page: RecordPage,
}

impl View for TraceView {
    type Data = Trace;

    const PATH: &'static str = "/trace";

    fn load(store: &dyn Queries, query: &UrlQuery) -> Result<Trace, PageError> {
        let id = query.required("id")?.to_owned();
        let at = query.time("at")?;
        let pager = RecordPager {
            store,
            filter: with_classes(TrailFilter::of_trace(&id), query)?,
            order: Order::OldestFirst,
            range: range(store, query)?,
            rows: query.page_rows(ROWS)?,
        };
        let page = pager.page(query)?;
        if page.records.is_empty() {
            let range = "in this time range";
            let text = format!("the store has no matching record of the trace {id:?} {range}");
            return Err(PageError::NotFound(text));
        }
        Ok(Trace { id, at, page })
    }

    fn viewed_users(data: &Trace, _query: &UrlQuery) -> Vec<String> {
        users_of(&data.page.records)
    }

    fn body(data: &Trace, context: &PageContext) -> PageBody {
        let text = context.query.href("/trace.txt");
        let content = html! {
            (class_filter(context))
            (key_pager(context, data.page.previous, data.page.next))
            (replay(&data.page.records, data.at, &text, context))
            (key_pager(context, data.page.previous, data.page.next))
        };
        PageBody {
            title: format!("Trace {}", escape(&data.id)),
            content,
            scripts: SCRIPTS,
        }
    }

    fn csv(data: &Trace) -> CsvTable {
        record_table().csv(&data.page.records)
    }
}

/// The time range of the URL; without one, the range around the record `near`.
fn range(store: &dyn Queries, query: &UrlQuery) -> Result<Query, PageError> {
    let has_range = query.get("since").or(query.get("until")).is_some();
    let near = query.parsed::<i64>("near")?.filter(|_| !has_range);
    let near = near.map(|id| store.record(id)).transpose()?.flatten();
    Ok(match near {
        Some(record) => around_trace(&record),
        None => query.range(ROWS)?,
    })
}

impl TextView for TraceView {
    fn load_text(store: &dyn Queries, query: &UrlQuery) -> Result<ViewText, PageError> {
        let trace = Self::load(store, query)?;
        let records = &trace.page.records;
        let text = outline(&trace_trees(records), records);
        Ok(ViewText {
            text: text + &trace.page.next_page(),
            users: users_of(records),
        })
    }
}
