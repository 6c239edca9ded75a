//! The records as they are written.

use maud::{Markup, html};
use serde::Serialize;
use whose_store::{Queries, RecordRow};

use super::components::{Table, Value, empty_state, source_of};
use super::page_error::PageError;
use super::view::{PageBody, PageContext, View, user_filter};
use crate::export::CsvTable;
use crate::url_query::{UrlQuery, href};

/// The rows of the page, and the most rows of one update.
const ROWS: usize = 100;

/// The records that were written last, and those that follow while the page is open.
#[derive(Debug)]
pub(crate) struct LiveView;

/// The data of [`LiveView`].
#[derive(Debug, Serialize)]
pub(crate) struct LiveRecords {
    records: Vec<RecordRow>,
    /// The greatest id, of records that the filter leaves out too.
    newest: Option<i64>,
}

impl LiveRecords {
    /// The greatest id so far, for the next update.
    pub(crate) fn newest(&self) -> Option<i64> {
        self.newest
    }

    /// The rows of the table; `None` if there are none.
    pub(crate) fn rows(&self) -> Option<Markup> {
        (!self.records.is_empty()).then(|| table().html_rows(&self.records))
    }
}

/// The records that were written after a record.
pub(crate) fn live_records(
    store: &dyn Queries,
    query: &UrlQuery,
    after: Option<i64>,
) -> Result<LiveRecords, PageError> {
    let latest = store.latest(after, ROWS)?;
    let newest = latest.first().map(|row| row.id).or(after);
    let user = query.get("user");
    let record_type = query.get("type");
    let matching = latest.into_iter().filter(|row| {
        user.is_none_or(|user| row.user.as_deref() == Some(user))
            && record_type.is_none_or(|name| row.record_type == name)
    });
    Ok(LiveRecords {
        records: matching.collect(),
        newest,
    })
}

impl View for LiveView {
    type Data = LiveRecords;

    const PATH: &'static str = "/live";

    fn load(store: &dyn Queries, query: &UrlQuery) -> Result<LiveRecords, PageError> {
        live_records(store, query, None)
    }

    fn viewed_users(data: &LiveRecords, query: &UrlQuery) -> Vec<String> {
        // The user may be new, and unknown to the store.
        match data.records.is_empty() {
            true => Vec::new(),
            false => user_filter(query),
        }
    }

    fn body(data: &LiveRecords, context: &PageContext) -> PageBody {
        let newest = data.newest.unwrap_or_default().to_string();
        let content = html! {
            form.filters action=(LiveView::PATH) method="get" {
                label { "User " input name="user" value=[context.query.get("user")] size="18"; }
                label { "Type "
                    select name="type" {
                        @let chosen = context.query.get("type").unwrap_or_default();
                        @for (value, name) in [("", "all"), ("span", "spans"), ("event", "events"), ("error", "errors")] {
                            option value=(value) selected[value == chosen] { (name) }
                        }
                    }
                }
                button type="submit" { "Filter" }
                button #pause type="button" hidden { "Pause" }
                span #live-state role="status" { "Load the page again to see newer records." }
            }
            div #live data-stream=(context.query.with("after", newest).href("/live/stream")) {
                @if data.records.is_empty() {
                    (empty_state(
                        "No record yet.",
                        "Records appear here as soon as the service writes them.",
                    ))
                }
                (table().html(&data.records, context))
            }
        };
        PageBody {
            scripts: &["live.js"],
            ..PageBody::new("Live", content)
        }
    }

    fn csv(data: &LiveRecords) -> CsvTable {
        table().csv(&data.records)
    }
}

fn table() -> Table<RecordRow> {
    Table::new("Records")
        .column("time", |row: &RecordRow| Value::Time(row.time))
        .column("type", |row| Value::Text(row.record_type.clone()))
        .column("level", |row| Value::Text(row.level.clone()))
        .column("what", |row| Value::Link {
            text: row.message.clone().unwrap_or_else(|| row.name.clone()),
            href: href("/record", "id", &row.id.to_string()),
        })
        .column("user", |row| match &row.user {
            Some(user) => Value::Link {
                text: user.clone(),
                href: href("/person", "id", user),
            },
            None => Value::Missing,
        })
        .column("user from", source_of)
        .column("session", |row| match &row.session {
            Some(session) => Value::Link {
                text: session.clone(),
                href: href("/session", "id", session),
            },
            None => Value::Missing,
        })
        .column("took", |row| {
            row.duration_ns.map_or(Value::Missing, Value::Duration)
        })
        .with_all_columns()
}
