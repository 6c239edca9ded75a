//! The attribution of each call site: which of them make records without a user.

use maud::html;
use serde::Serialize;
use whose_store::{CoverageRow, Queries, Totals};

use super::components::{
    BarPart, Table, Value, bar_text, empty_state, list_pager, reason_class, source_class,
    source_legend, stacked_bar,
};
use super::list_page::ListPage;
use super::page_error::PageError;
use super::view::{PageBody, PageContext, View};
use crate::export::CsvTable;
use crate::url_query::{UrlQuery, href};
use crate::values::{format_percent, pluralize};

/// The call sites, those with the most records without a user first.
#[derive(Debug)]
pub(crate) struct AttributionView;

/// The data of [`AttributionView`].
#[derive(Debug, Serialize)]
pub(crate) struct CallSites {
    call_sites: Vec<CoverageRow>,
    /// The call sites that follow.
    more: u64,
    /// The key of the last call site, if more follow: the value of `after`.
    next: Option<String>,
    totals: Totals,
}

/// The most call sites of one page.
const ROWS: usize = 500;

/// What tells call sites apart in a URL. The levels of one call site have the same key, so the first of
/// them counts: a row can be listed twice, and none is left out.
fn key(site: &CoverageRow) -> String {
    let place = call_site(site).unwrap_or_default();
    format!("{} {} {} {place}", site.record_type, site.name, site.target)
}

impl View for AttributionView {
    type Data = CallSites;

    const PATH: &'static str = "/attribution";

    fn load(store: &dyn Queries, query: &UrlQuery) -> Result<CallSites, PageError> {
        let limit = query.page_rows(ROWS)?;
        let range = query.range(limit)?;
        let rows = store.coverage(&range.unlimited())?;
        let page = ListPage::read(rows, query.get("after"), limit, key)?;
        Ok(CallSites {
            call_sites: page.rows,
            more: page.more,
            next: page.next,
            totals: store.totals(&range)?,
        })
    }

    fn body(data: &CallSites, context: &PageContext) -> PageBody {
        let records = data.totals.counts.records();
        let with_user = records.saturating_sub(data.totals.without_user);
        let unattributed = context.query.only(&["since", "until"]);
        let content = html! {
            @if data.call_sites.is_empty() {
                (empty_state(
                    "No record is in this time range.",
                    "Choose a longer time range, or check that the service writes to this file.",
                ))
            } @else {
                p.summary {
                    (format_percent(with_user, records)) " of " (pluralize(records, "record"))
                    " have a user or are anonymous on purpose · "
                    a href=(unattributed.href("/unattributed")) {
                        (pluralize(data.totals.without_user, "record")) " without a user"
                    }
                }
                (source_legend())
                (table().html(&data.call_sites, context))
                (list_pager(context, "after", data.next.as_deref(), (data.more, "more call site")))
            }
        };
        PageBody::new("Attribution", content)
    }

    fn csv(data: &CallSites) -> CsvTable {
        table().csv(&data.call_sites)
    }
}

fn table() -> Table<CoverageRow> {
    Table::new("Call sites")
        .column("type", |site: &CoverageRow| {
            Value::Text(site.record_type.clone())
        })
        .column("name", |site| match is_named_by_place(site) {
            true => Value::Text("log line".to_owned()),
            false => Value::Link {
                text: site.name.clone(),
                href: href("/search", "q", &format!("name:{:?}", site.name)),
            },
        })
        .column("source of the user", |site| {
            let parts = parts(site);
            Value::Picture {
                markup: stacked_bar(&parts),
                text: bar_text(&parts),
            }
        })
        .column("records", |site| Value::Number {
            number: site.records,
            is_estimated: site.is_estimated,
        })
        .column("without user", |site| Value::Number {
            number: site.without_user,
            is_estimated: site.is_estimated,
        })
        .column("reasons", |site| {
            let reasons = site.reasons.iter();
            let reasons = reasons.map(|(reason, count)| format!("{reason} {count}"));
            let reasons = reasons.collect::<Vec<_>>().join(", ");
            Value::text(Some(&*reasons).filter(|text| !text.is_empty()))
        })
        .column("where", |site| Value::text(call_site(site).as_deref()))
        .column("without session", |site| Value::Number {
            number: site.without_session,
            is_estimated: site.is_estimated,
        })
}

/// Whether the name repeats the call site, as `tracing` names an event.
fn is_named_by_place(site: &CoverageRow) -> bool {
    let place = call_site(site);
    place.is_some_and(|place| site.name.strip_prefix("event ") == Some(&*place))
}

fn call_site(site: &CoverageRow) -> Option<String> {
    let file = site.file.as_deref()?;
    Some(match site.line {
        Some(line) => format!("{file}:{line}"),
        None => file.to_owned(),
    })
}

/// The sources and the reasons of a call site.
fn parts(site: &CoverageRow) -> Vec<BarPart> {
    let sources = site.sources.iter().map(|(source, count)| BarPart {
        name: source.clone(),
        count: *count,
        class: source_class(source),
    });
    let reasons = site.reasons.iter().map(|(reason, count)| BarPart {
        name: format!("no user: {reason}"),
        count: *count,
        class: reason_class(reason),
    });
    sources.chain(reasons).collect()
}
