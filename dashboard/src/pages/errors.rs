//! The list of errors, by fingerprint.

use maud::html;
use serde::Serialize;
use whose_store::{ErrorGroup, ErrorKey, Queries, TimeParts};

use super::components::{PAGE_ROWS, TREND_PARTS, Table, Value, bars, empty_state, list_pager};
use super::page_error::PageError;
use super::time_range;
use super::view::{PageBody, PageContext, View};
use crate::export::CsvTable;
use crate::url_query::{InvalidParameter, UrlQuery};
use crate::values::pluralize;

/// The groups of errors, those that hit most users first.
#[derive(Debug)]
pub(crate) struct ErrorsView;

/// The data of [`ErrorsView`].
#[derive(Debug, Serialize)]
pub(crate) struct Errors {
    groups: Vec<GroupOverTime>,
    /// The groups that follow.
    more: u64,
    /// The key of the last group, if more follow: the value of `after`.
    next: Option<String>,
}

/// A group of errors, and its errors over time.
#[derive(Debug, Serialize)]
pub(super) struct GroupOverTime {
    #[serde(flatten)]
    pub(super) group: ErrorGroup,
    /// The number of errors in each of equal parts of the time.
    pub(super) trend: Vec<u64>,
}

impl View for ErrorsView {
    type Data = Errors;

    const PATH: &'static str = "/errors";

    fn load(store: &dyn Queries, query: &UrlQuery) -> Result<Errors, PageError> {
        let range = query.range(query.page_rows(PAGE_ROWS)?)?;
        let user = query.get("user");
        let mut rows = match query.parsed::<ErrorKey>("after")? {
            Some(key) => store.errors_after(user, &key, &range)?,
            None => store.errors(user, &range)?,
        };
        let groups = rows.by_ref().collect::<Result<Vec<_>, _>>()?;
        let more = rows.remaining()?.count;
        let last = groups.last().filter(|_| more > 0);
        let next = last.map(|group| group.key().to_string());
        let fingerprints: Vec<_> = groups.iter().map(|group| &*group.fingerprint).collect();
        let trends = match time_parts(&groups, query)? {
            Some(parts) => store.error_trends(&fingerprints, &parts)?,
            None => Vec::new(),
        };
        let groups = groups.into_iter().zip(trends);
        let groups = groups.map(|(group, trend)| GroupOverTime { group, trend });
        Ok(Errors {
            groups: groups.collect(),
            more,
            next,
        })
    }

    fn body(data: &Errors, context: &PageContext) -> PageBody {
        let user = context.query.get("user");
        let content = html! {
            p.summary {
                @if context.query.get("after").is_none() {
                    (pluralize(data.groups.len() as u64 + data.more, "kind")) " of errors, by users hit"
                } @else {
                    "Kinds of errors that hit fewer users"
                }
                @if let Some(user) = user {
                    " · of the user " (Value::text(Some(user)).html()) " "
                    a href=(context.query.without("user").without("after").href(context.path)) { "Show all" }
                }
            }
            @if data.groups.is_empty() {
                (empty_state(
                    "No error in this time range.",
                    "Choose a longer time range. Errors are captured with `whose::capture_error`, and from \
                     the functions that `#[whose::trace(err)]` watches.",
                ))
            } @else {
                (table(context).html(&data.groups, context))
                (list_pager(context, "after", data.next.as_deref(), (data.more, "more kind")))
            }
        };
        PageBody::new("Errors", content)
    }

    fn csv(data: &Errors) -> CsvTable {
        let table = table(&PageContext::new(Self::PATH, UrlQuery::default()));
        let fingerprint = |row: &GroupOverTime| Value::Text(row.group.fingerprint.clone());
        table.column("fingerprint", fingerprint).csv(&data.groups)
    }
}

/// The time of the page in parts: the time range of the URL, or the time of the errors; `None`
/// without an error.
pub(super) fn time_parts(
    groups: &[ErrorGroup],
    query: &UrlQuery,
) -> Result<Option<TimeParts>, InvalidParameter> {
    let first = groups.iter().map(|group| group.first_seen).min();
    let last = groups.iter().map(|group| group.last_seen).max();
    time_range::time_parts(first.zip(last), TREND_PARTS, query)
}

/// What the errors of a group have in common: the message, or else the type.
pub(super) fn name(group: &ErrorGroup) -> &str {
    let message = group.message.as_deref().filter(|text| !text.is_empty());
    message
        .or(group.error_type.as_deref())
        .unwrap_or(&group.fingerprint)
}

fn table(context: &PageContext) -> Table<GroupOverTime> {
    let kept = context.query.only(&["since", "until"]);
    Table::new("Errors by fingerprint")
        .column("error", move |row: &GroupOverTime| Value::Link {
            text: name(&row.group).to_owned(),
            href: kept
                .with("fingerprint", &*row.group.fingerprint)
                .href("/error"),
        })
        .column("users", |row| Value::number(row.group.users))
        .column("errors", |row| count(row, row.group.errors))
        .column("trend", |row| bars(&row.trend))
        .column("first seen", |row| Value::Second(row.group.first_seen))
        .column("last seen", |row| Value::Second(row.group.last_seen))
        .column("sessions", |row| Value::number(row.group.sessions))
        .column("without user", |row| count(row, row.group.without_user))
        .column("type", |row| Value::text(row.group.error_type.as_deref()))
        .column("call site", |row| call_site(&row.group))
}

fn count(row: &GroupOverTime, number: u64) -> Value {
    Value::Number {
        number,
        is_estimated: row.group.is_estimated,
    }
}

/// The call site of the newest error.
pub(super) fn call_site(group: &ErrorGroup) -> Value {
    match (&group.file, group.line) {
        (Some(file), Some(line)) => Value::Text(format!("{file}:{line}")),
        (file, _) => Value::text(file.as_deref()),
    }
}
