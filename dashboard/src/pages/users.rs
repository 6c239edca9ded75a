//! The list of users.

use maud::{Markup, html};
use serde::Serialize;
use whose_store::{Queries, Totals, UserFilter, UserRow, UserSort};

use super::components::{PAGE_ROWS, Table, Value, empty_state, pager};
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
    users: Vec<UserRow>,
    totals: Totals,
    /// The value of `after` for the next page.
    next: Option<String>,
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
        let page = store.user_page(&filter, &query.range(query.page_rows(PAGE_ROWS)?)?)?;
        Ok(Users {
            users: page.users,
            totals: page.totals,
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
                (table().html(&data.users, context))
                (pager(context, data.next.as_deref()))
            }
        };
        PageBody::new("Users", content)
    }

    fn csv(data: &Users) -> CsvTable {
        table().csv(&data.users)
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

fn table() -> Table<UserRow> {
    Table::new("Users")
        .column("user", |user: &UserRow| match &user.id {
            Some(id) => Value::Link {
                text: id.clone(),
                href: href("/person", "id", id),
            },
            None => Value::Missing,
        })
        .column("email", |user| Value::text(user.email.as_deref()))
        .column("name", |user| {
            Value::text(user.full_name.as_deref().or(user.username.as_deref()))
        })
        .column("first seen", |user| Value::Time(user.first_seen))
        .column("last seen", |user| Value::Time(user.last_seen))
        .sorted_by("seen")
        .column("sessions", |user| Value::number(user.sessions))
        .sorted_by("sessions")
        .column("records", |user| count(user, user.counts.records()))
        .sorted_by("records")
        .column("spans", |user| count(user, user.counts.spans))
        .column("events", |user| count(user, user.counts.events))
        .column("errors", |user| count(user, user.counts.errors))
        .sorted_by("errors")
        .column("tokens", |user| {
            count(user, user.usage.input_tokens + user.usage.output_tokens)
        })
        .sorted_by("tokens")
        .column("cost", |user| match user.usage.cost_usd {
            Some(amount) => Value::Amount {
                amount,
                is_estimated: user.usage.is_estimated,
            },
            None => Value::Missing,
        })
        .sorted_by("cost")
}

fn count(user: &UserRow, number: u64) -> Value {
    Value::Number {
        number,
        is_estimated: user.counts.is_estimated,
    }
}
