//! The list of users.

use maud::{Markup, html};
use serde::Serialize;
use whose_store::{Day, Queries, Totals, UserFilter, UserRow, UserSort, UserTrends};

use super::components::{PAGE_ROWS, Table, Value, day_bars, empty_state, pager};
use super::page_error::PageError;
use super::view::{PageBody, PageContext, View};
use crate::export::CsvTable;
use crate::url_query::{UrlQuery, href};
use crate::values::pluralize;

/// The users: all or those whose id or name begins with `q`, in the order `sort`, after the key
/// `after`.
#[derive(Debug)]
pub(crate) struct UsersView;

/// The data of [`UsersView`].
#[derive(Debug, Serialize)]
pub(crate) struct Users {
    users: Vec<ListedUser>,
    totals: Totals,
    /// The first day of `records_by_day`.
    first_day: Day,
    /// The value of `after` for the next page.
    next: Option<String>,
}

/// A user, and the records of the user on each of the last days.
#[derive(Debug, Serialize)]
struct ListedUser {
    #[serde(flatten)]
    user: UserRow,
    records_by_day: Vec<u64>,
}

impl View for UsersView {
    type Data = Users;

    const PATH: &'static str = "/users";

    fn load(store: &dyn Queries, query: &UrlQuery) -> Result<Users, PageError> {
        let sort: Option<UserSort> = query.parsed("sort")?;
        let mut filter = UserFilter::new().sort(sort.unwrap_or_default());
        if let Some(text) = query.get("q") {
            filter = filter.prefix(text);
        }
        if let Some(after) = query.get("after") {
            filter = filter.after(after);
        }
        let range = query.range(query.page_rows(PAGE_ROWS)?)?;
        let page = store.user_page(&filter, &range)?;
        let keys: Vec<&str> = page.users.iter().map(|user| &*user.key).collect();
        let trends = store.user_trends(&keys, &range)?;
        let users = page.users.into_iter().zip(trends.records);
        let users = users.map(|(user, records_by_day)| ListedUser {
            user,
            records_by_day,
        });
        Ok(Users {
            users: users.collect(),
            totals: page.totals,
            first_day: trends.first_day,
            next: page.next,
        })
    }

    fn body(data: &Users, context: &PageContext) -> PageBody {
        let content = html! {
            p.summary {
                (pluralize(data.totals.users, "user")) " · "
                (pluralize(data.totals.sessions, "session")) " · "
                (pluralize(data.totals.counts.records(), "record"))
            }
            (filter_form(context))
            @if data.users.is_empty() {
                @match context.query.get("q") {
                    Some(_) => (empty_state(
                        "No user of this time range has an id or a name that begins so.",
                        "Type less of the name, or choose a longer time range.",
                    )),
                    None => (empty_state(
                        "No user has a record in this time range.",
                        "Choose a longer time range, or check that the service writes to this file.",
                    )),
                }
            } @else {
                (table(data.first_day).html(&data.users, context))
                (pager(context, data.next.as_deref()))
            }
        };
        PageBody::new("Users", content)
    }

    fn csv(data: &Users) -> CsvTable {
        table(data.first_day).csv(&data.users)
    }
}

/// The form that looks users up by the beginning of their id or name.
fn filter_form(context: &PageContext) -> Markup {
    let text = context.query.get("q").unwrap_or_default();
    let others = context.query.without("q").without("after");
    html! {
        form.filters action=(context.path) method="get" role="search" {
            @for (name, value) in others.pairs() {
                input type="hidden" name=(name) value=(value);
            }
            label {
                span.muted { "Id, email or name begins with " }
                input type="search" name="q" value=(text) autocomplete="off" spellcheck="false";
            }
            button type="submit" { "Find" }
            @if !text.is_empty() {
                a href=(others.href(context.path)) { "Show all users" }
            }
        }
    }
}

fn table(first_day: Day) -> Table<ListedUser> {
    Table::new("Users")
        .column("user", |row: &ListedUser| Value::Link {
            text: row.user.key.clone(),
            href: href("/person", "id", &row.user.key),
        })
        .column("email", |row| Value::text(row.user.email.as_deref()))
        .column("name", |row| {
            let user = &row.user;
            Value::text(user.full_name.as_deref().or(user.username.as_deref()))
        })
        .column("first seen", |row| Value::Second(row.user.first_seen))
        .column("last seen", |row| Value::Second(row.user.last_seen))
        .sorted_by("seen")
        .column(format!("{} days", UserTrends::DAYS), move |row| {
            day_bars(first_day, &row.records_by_day)
        })
        .column("sessions", |row| Value::number(row.user.sessions))
        .sorted_by("sessions")
        .column("records", |row| count(row, row.user.counts.records()))
        .sorted_by("records")
        .column("spans", |row| count(row, row.user.counts.spans))
        .in_csv_only()
        .column("events", |row| count(row, row.user.counts.events))
        .in_csv_only()
        .column("errors", |row| count(row, row.user.counts.errors))
        .sorted_by("errors")
        .column("tokens", |row| {
            let usage = &row.user.usage;
            count(row, usage.input_tokens + usage.output_tokens)
        })
        .sorted_by("tokens")
        .column("cost", |row| match row.user.usage.cost_usd {
            Some(amount) => Value::Amount {
                amount,
                is_estimated: row.user.usage.is_estimated,
            },
            None => Value::Missing,
        })
        .sorted_by("cost")
}

fn count(row: &ListedUser, number: u64) -> Value {
    Value::Number {
        number,
        is_estimated: row.user.counts.is_estimated,
    }
}
