//! The list of users.

use maud::html;
use serde::Serialize;
use whose_store::{Queries, Totals, UserRow};

use super::components::{PAGE_ROWS, Table, Value, empty_state, pager};
use super::page_error::PageError;
use super::view::{PageBody, PageContext, View};
use crate::export::CsvTable;
use crate::url_query::{UrlQuery, href};
use crate::values::pluralize;

/// The users, last seen first.
#[derive(Debug)]
pub(crate) struct UsersView;

/// The data of [`UsersView`].
#[derive(Debug, Serialize)]
pub(crate) struct Users {
    users: Vec<UserRow>,
    totals: Totals,
}

impl View for UsersView {
    type Data = Users;

    const PATH: &'static str = "/users";

    fn load(store: &dyn Queries, query: &UrlQuery) -> Result<Users, PageError> {
        let range = query.range(PAGE_ROWS)?;
        let users = store.users(&range)?.collect::<Result<_, _>>()?;
        let totals = store.totals(&range)?;
        Ok(Users { users, totals })
    }

    fn body(data: &Users, context: &PageContext) -> PageBody {
        let content = html! {
            p.summary {
                (pluralize(data.totals.users, "user")) " · "
                (pluralize(data.totals.sessions, "session")) " · "
                (pluralize(data.totals.counts.records(), "record"))
            }
            @if data.users.is_empty() {
                (empty_state(
                    "No user has a record in this time range.",
                    "Choose a longer time range, or check that the service writes to this file.",
                ))
            } @else {
                (table().html(&data.users, context))
                (pager(context, None))
            }
        };
        PageBody::new("Users", content)
    }

    fn csv(data: &Users) -> CsvTable {
        table().csv(&data.users)
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
        .column("sessions", |user| Value::number(user.sessions))
        .column("spans", |user| count(user, user.counts.spans))
        .column("events", |user| count(user, user.counts.events))
        .column("errors", |user| count(user, user.counts.errors))
        .column("tokens", |user| {
            count(user, user.usage.input_tokens + user.usage.output_tokens)
        })
        .column("cost", |user| match user.usage.cost_usd {
            Some(amount) => Value::Amount {
                amount,
                is_estimated: user.usage.is_estimated,
            },
            None => Value::Missing,
        })
}

fn count(user: &UserRow, number: u64) -> Value {
    Value::Number {
        number,
        is_estimated: user.counts.is_estimated,
    }
}
