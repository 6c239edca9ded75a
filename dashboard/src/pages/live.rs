//! The records as they are written.

use maud::{Markup, html};
use serde::Serialize;
use whose_store::{LatestFilter, Queries, RecordRow};

use super::components::{
    Table, Value, class_badge, class_chips, empty_state, record_href, shown_classes, source_of,
};
use super::page_error::PageError;
use super::view::{PageBody, PageContext, View, user_filter};
use crate::export::CsvTable;
use crate::record_text::summary;
use crate::url_query::{UrlQuery, href};
use crate::values::pluralize;

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
    /// The records since the last update that are not in `records`.
    omitted: u64,
}

impl LiveRecords {
    /// The greatest id so far, for the next update.
    pub(crate) fn newest(&self) -> Option<i64> {
        self.newest
    }

    /// The rows of the table, newest first, and how many more were written; `None` if there are none.
    pub(crate) fn rows(&self) -> Option<Markup> {
        let is_empty = self.records.is_empty() && self.omitted == 0;
        (!is_empty).then(|| {
            html! {
                (table().html_rows(&self.records))
                @if self.omitted > 0 {
                    tr.omitted { td colspan="8" { (pluralize(self.omitted, "more record")) " at this time: " (ADVICE) } }
                }
            }
        })
    }
}

/// What a viewer can do about records that come faster than the page shows them.
const ADVICE: &str = "filter by a user or a class, or search for them.";

/// The records that were written after a record.
pub(crate) fn live_records(
    store: &dyn Queries,
    query: &UrlQuery,
    after: Option<i64>,
) -> Result<LiveRecords, PageError> {
    let filter = shown_classes(query)?
        .into_iter()
        .fold(LatestFilter::new(), LatestFilter::class);
    let filter = after.map_or(filter.clone(), |after| filter.after(after));
    let filter = match query.get("user") {
        Some(user) => filter.user(user),
        None => filter,
    };
    let latest = store.latest(&filter, ROWS)?;
    Ok(LiveRecords {
        records: latest.rows,
        newest: latest.newest,
        omitted: latest.omitted,
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
            (class_chips(context))
            form.filters action=(LiveView::PATH) method="get" {
                label { "User " input name="user" value=[context.query.get("user")] size="18"; }
                @if let Some(show) = context.query.get("show") {
                    input type="hidden" name="show" value=(show);
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
        .column("class", |row| Value::Picture {
            markup: class_badge(row),
            text: row.class().to_string(),
        })
        .column("level", |row| Value::Text(row.level.clone()))
        .column("what", |row| Value::Link {
            text: summary(row),
            href: record_href(row.id),
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
