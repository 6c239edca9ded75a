//! The errors of one fingerprint.

use maud::{Markup, html};
use serde::Serialize;
use serde_json::Value as Json;
use whose_store::{ErrorUser, Queries, RecordRow};

use super::components::{PAGE_ROWS, Table, Value, bars, list_pager};
use super::errors::{GroupOverTime, call_site, name, time_parts};
use super::list_page::ListPage;
use super::page_error::PageError;
use super::view::{PageBody, PageContext, View};
use crate::export::CsvTable;
use crate::url_query::{UrlQuery, href};
use crate::values::{escape, pluralize};

/// The errors of one fingerprint: whom they hit, and the newest one in full.
#[derive(Debug)]
pub(crate) struct ErrorView;

/// The most users of the list of users.
const USERS: usize = 20;
/// The parameter with the user after whom the list of users begins.
const USERS_AFTER: &str = "users_after";

/// The data of [`ErrorView`].
#[derive(Debug, Serialize)]
pub(crate) struct ErrorDetails {
    #[serde(flatten)]
    group: GroupOverTime,
    users_hit: Vec<ErrorUser>,
    /// The users that follow.
    more_users: u64,
    /// The last user, if more follow: the value of `users_after`.
    next_user: Option<String>,
    /// The errors, newest first.
    records: Vec<RecordRow>,
    /// The errors that the page has no room for.
    more_records: u64,
}

impl View for ErrorView {
    type Data = ErrorDetails;

    const PATH: &'static str = "/error";

    fn load(store: &dyn Queries, query: &UrlQuery) -> Result<ErrorDetails, PageError> {
        let fingerprint = query.required("fingerprint")?;
        let range = query.range(query.page_rows(PAGE_ROWS)?)?;
        let Some(group) = store.error_group(fingerprint, &range)? else {
            let reason = format!(
                "no error with the fingerprint {} in this time range",
                escape(fingerprint)
            );
            return Err(PageError::NotFound(reason));
        };
        let trends = match time_parts(std::slice::from_ref(&group), query)? {
            Some(parts) => store.error_trends(&[fingerprint], &parts)?,
            None => Vec::new(),
        };
        let users = store.error_users(fingerprint, &range.unlimited())?;
        let name = |row: &ErrorUser| row.user.clone();
        let users = ListPage::read(users, query.get(USERS_AFTER), USERS, name)?;
        let mut records = store.error_records(fingerprint, &range)?;
        let rows = records.by_ref().collect::<Result<_, _>>()?;
        let more_records = records.remaining()?.count;
        Ok(ErrorDetails {
            group: GroupOverTime {
                group,
                trend: trends.into_iter().next().unwrap_or_default(),
            },
            users_hit: users.rows,
            more_users: users.more,
            next_user: users.next,
            records: rows,
            more_records,
        })
    }

    fn body(data: &ErrorDetails, context: &PageContext) -> PageBody {
        let group = &data.group.group;
        let content = html! {
            p.summary {
                span.badge.failed { (group.level.to_lowercase()) } " "
                @if let Some(error_type) = &group.error_type { code { (escape(error_type)) } " · " }
                (pluralize(group.errors, "error")) " · "
                (pluralize(group.users, "user")) " · "
                (pluralize(group.sessions, "session"))
                @if group.without_user > 0 { " · " (pluralize(group.without_user, "error")) " without a user" }
            }
            dl.pairs {
                dt { "Trend" } dd { (bars(&data.group.trend).html()) }
                dt { "First seen" } dd { (Value::Time(group.first_seen).html()) }
                dt { "Last seen" } dd { (Value::Time(group.last_seen).html()) }
                dt { "Call site" } dd { (call_site(group).html()) }
                dt { "Fingerprint" } dd { code { (group.fingerprint) } }
            }
            h2 { "Users hit" }
            @if data.users_hit.is_empty() {
                p.muted { "No error of this kind has a user." }
            } @else {
                (users().html(&data.users_hit, context))
                @let more = (data.more_users, "more user");
                (list_pager(context, USERS_AFTER, data.next_user.as_deref(), more))
            }
            @if let Some(newest) = data.records.first() {
                h2 { "Newest error" }
                (newest_error(newest, context))
            }
            h2 { "Errors" }
            (records().html(&data.records, context))
            @if data.more_records > 0 {
                @let search = format!("fingerprint:{}", group.fingerprint);
                p {
                    a href=(context.query.only(&["since", "until"]).with("q", search).href("/search")) {
                        "All errors of this kind"
                    }
                    span.muted { ", " (pluralize(data.more_records, "older one")) }
                }
            }
        };
        PageBody::new(escape(name(group)), content)
    }

    fn csv(data: &ErrorDetails) -> CsvTable {
        records().csv(&data.records)
    }
}

fn users() -> Table<ErrorUser> {
    Table::new("Users hit")
        .column("user", |row: &ErrorUser| Value::Link {
            text: row.user.clone(),
            href: href("/person", "id", &row.user),
        })
        .column("errors", |row| Value::Number {
            number: row.errors,
            is_estimated: row.is_estimated,
        })
        .column("sessions", |row| Value::number(row.sessions))
        .column("first error", |row| Value::Time(row.first_seen))
        .column("last error", |row| Value::Time(row.last_seen))
}

fn records() -> Table<RecordRow> {
    Table::new("Errors, newest first")
        .column("time", |row: &RecordRow| Value::Time(row.time))
        .column("record", |row| record_link(row.id))
        .column("message", |row| Value::text(row.message.as_deref()))
        .column("user", |row| linked("/person", row.user.as_deref()))
        .column("session", |row| linked("/session", row.session.as_deref()))
        .column("trace", |row| Value::text(row.trace_id.as_deref()))
}

fn record_link(id: i64) -> Value {
    Value::Link {
        text: id.to_string(),
        href: href("/record", "id", &id.to_string()),
    }
}

/// An id that links to its page.
fn linked(path: &str, id: Option<&str>) -> Value {
    id.map_or(Value::Missing, |id| Value::Link {
        text: id.to_owned(),
        href: href(path, "id", id),
    })
}

/// The causes, the place and the circumstances of one error.
fn newest_error(error: &RecordRow, context: &PageContext) -> Markup {
    html! {
        dl.pairs {
            dt { "Time" } dd { (Value::Time(error.time).html()) " · record " (record_link(error.id).html()) }
            dt { "User" } dd { (linked("/person", error.user.as_deref()).html()) }
            dt { "Session" } dd { (linked("/session", error.session.as_deref()).html()) }
            dt { "Trace" } dd { (Value::text(error.trace_id.as_deref()).html()) }
            dt { "Spans" }
            dd {
                @if error.path.is_empty() { (Value::Missing.html()) }
                @for (index, span) in error.path.iter().rev().enumerate() {
                    @if index > 0 { " › " }
                    code { (escape(span)) }
                }
            }
            @if !error.causes.is_empty() {
                dt { "Causes" }
                dd { ol.causes { @for cause in &error.causes { li { (escape(cause)) } } } }
            }
        }
        @if !error.flags.is_empty() {
            h3 { "Feature flags" }
            (flags().html(&error.flags, context))
        }
        @if !error.breadcrumbs.is_empty() {
            h3 { "Breadcrumbs" }
            (breadcrumbs().html(&error.breadcrumbs, context))
        }
        @if let Some(backtrace) = &error.backtrace {
            details {
                summary { "Backtrace" }
                pre.backtrace tabindex="0" { (backtrace) }
            }
        }
    }
}

fn flags() -> Table<Json> {
    Table::new("Feature flags, oldest first")
        .column("flag", |flag: &Json| text(&flag["key"]))
        .column("value", |flag| text(&flag["value"]))
}

fn breadcrumbs() -> Table<Json> {
    Table::new("Breadcrumbs, oldest first")
        .column("time", |crumb: &Json| text(&crumb["time"]))
        .column("level", |crumb| text(&crumb["level"]))
        .column("category", |crumb| text(&crumb["category"]))
        .column("message", |crumb| text(&crumb["message"]))
        .column("data", |crumb| text(&crumb["data"]))
}

/// A value of JSON as a text. No value and an empty object are missing.
fn text(value: &Json) -> Value {
    match value {
        Json::Null => Value::Missing,
        Json::Object(members) if members.is_empty() => Value::Missing,
        Json::String(text) => Value::Text(text.clone()),
        value => Value::Text(value.to_string()),
    }
}
