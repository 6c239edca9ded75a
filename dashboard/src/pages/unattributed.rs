//! The records without a user, newest first.

use maud::html;
use serde::Serialize;
use whose_store::{Queries, RecordRow, UnattributedFilter};

use super::components::{PAGE_ROWS, Table, Value, empty_state, pager};
use super::page_error::PageError;
use super::view::{PageBody, PageContext, View};
use crate::export::CsvTable;
use crate::url_query::{UrlQuery, href};

/// The records without a user that no login explains.
#[derive(Debug)]
pub(crate) struct UnattributedView;

/// The data of [`UnattributedView`].
#[derive(Debug, Serialize)]
pub(crate) struct Unattributed {
    records: Vec<RecordRow>,
    /// The value of `after` for the next page.
    next: Option<i64>,
}

impl View for UnattributedView {
    type Data = Unattributed;

    const PATH: &'static str = "/unattributed";

    fn load(store: &dyn Queries, query: &UrlQuery) -> Result<Unattributed, PageError> {
        let mut filter = UnattributedFilter::new();
        if let Some(reason) = query.get("reason") {
            filter = filter.reason(reason);
        }
        if let Some(after) = query.parsed("after")? {
            filter = filter.before(after);
        }
        let mut rows = store.unattributed(&filter, &query.range(query.page_rows(PAGE_ROWS)?)?)?;
        let records: Vec<RecordRow> = rows.by_ref().collect::<Result<_, _>>()?;
        let has_more = rows.remaining()?.count > 0;
        let next = records.last().map(|row| row.id).filter(|_| has_more);
        Ok(Unattributed { records, next })
    }

    fn body(data: &Unattributed, context: &PageContext) -> PageBody {
        let reason = context.query.get("reason");
        let content = html! {
            p.summary {
                @if let Some(reason) = reason {
                    "Reason: " (reason) " · "
                    a href=(context.query.without("reason").without("after").href(context.path)) {
                        "all reasons"
                    }
                } @else {
                    "Newest first. The reason of a record links to the records with the same reason."
                }
            }
            @if data.records.is_empty() {
                (empty_state(
                    "Every record has a user, or has none on purpose.",
                    "The page Attribution counts the records of each call site.",
                ))
            } @else {
                (table(context).html(&data.records, context))
                (pager(context, data.next.map(|id| id.to_string()).as_deref()))
            }
        };
        PageBody::new("Records without a user", content)
    }

    fn csv(data: &Unattributed) -> CsvTable {
        let context = PageContext::new(Self::PATH, UrlQuery::default());
        table(&context).csv(&data.records)
    }
}

fn table(context: &PageContext) -> Table<RecordRow> {
    let context = context.clone();
    Table::new("Records without a user")
        .column("time", |row: &RecordRow| Value::Time(row.time))
        .column("type", |row| Value::Text(row.record_type.clone()))
        .column("what", |row| Value::Link {
            text: row.message.clone().unwrap_or_else(|| row.name.clone()),
            href: href("/record", "id", &row.id.to_string()),
        })
        .column("why no user", move |row| match &row.unattributed {
            Some(reason) => Value::Link {
                text: reason.clone(),
                href: context
                    .query
                    .without("after")
                    .with("reason", reason)
                    .href(context.path),
            },
            None => Value::Missing,
        })
        .column("session", |row| match &row.session {
            Some(session) => Value::Link {
                text: session.clone(),
                href: href("/session", "id", session),
            },
            None => Value::Missing,
        })
        .column("call site", |row| {
            let line = row.line.map(|line| format!(":{line}")).unwrap_or_default();
            let site = row.file.as_ref().map(|file| format!("{file}{line}"));
            Value::text(site.as_deref())
        })
}
