//! The access log: who looked at the records of whom.

use maud::{Markup, html};
use serde::Serialize;
use whose_store::{AccessChain, AccessFilter, AccessRow, Queries};

use super::components::{PAGE_ROWS, Table, Value, empty_state, pager};
use super::page_error::PageError;
use super::view::{PageBody, PageContext, View};
use crate::export::CsvTable;
use crate::url_query::{UrlQuery, href};
use crate::values::pluralize;

/// The rows of the access log, newest first: all, or those about one user.
#[derive(Debug)]
pub(crate) struct AccessesView;

/// The data of [`AccessesView`].
#[derive(Debug, Serialize)]
pub(crate) struct Accesses {
    rows: Vec<AccessRow>,
    chain: AccessChain,
    /// Whether older rows follow.
    #[serde(skip)]
    has_more: bool,
}

impl View for AccessesView {
    type Data = Accesses;

    const PATH: &'static str = "/accesses";

    fn load(store: &dyn Queries, query: &UrlQuery) -> Result<Accesses, PageError> {
        let mut filter = AccessFilter::new();
        if let Some(user) = query.get("user") {
            filter = filter.user(user);
        }
        if let Some(after) = query.parsed("after")? {
            filter = filter.before(after);
        }
        let range = query.range(PAGE_ROWS)?;
        let mut rows = store.accesses(&filter, &range)?;
        let listed = rows.by_ref().collect::<Result<_, _>>()?;
        Ok(Accesses {
            rows: listed,
            has_more: rows.remaining()?.count > 0,
            chain: store.access_chain()?,
        })
    }

    /// The rows have ids of users and no records.
    fn viewed_users(_data: &Accesses, _query: &UrlQuery) -> Vec<String> {
        Vec::new()
    }

    fn body(data: &Accesses, context: &PageContext) -> PageBody {
        let user = context.query.get("user");
        let last = data.rows.last().filter(|_| data.has_more);
        let after = last.map(|row| row.id.to_string());
        let content = html! {
            (chain_state(&data.chain))
            (user_form(context))
            @if user.is_some() {
                (who_looked(&data.rows, context))
            } @else if data.rows.is_empty() {
                (empty_state(
                    "Nobody has looked at the records of a person in this time range.",
                    "Pages, commands and programs that show one person add a row.",
                ))
            } @else {
                (table(true).html(&data.rows, context))
            }
            (pager(context, after.as_deref()))
        };
        PageBody::new("Access log", content)
    }

    fn csv(data: &Accesses) -> CsvTable {
        table(true).csv(&data.rows)
    }
}

/// The section of a page about one user: who looked at the records of that user, newest first.
pub(in crate::pages) fn who_looked(rows: &[AccessRow], context: &PageContext) -> Markup {
    html! {
        section.who-looked aria-labelledby="who-looked" {
            h2 #who-looked { "Who looked" }
            @if rows.is_empty() {
                (empty_state(
                    "Nobody has looked at this person.",
                    "`sqlite3` on the file, and programs that read the file by themselves, leave no row.",
                ))
            } @else {
                (table(false).html(rows, context))
            }
        }
    }
}

fn table(has_users: bool) -> Table<AccessRow> {
    let table = Table::new("Access log")
        .column("time", |row: &AccessRow| Value::Time(row.time))
        .column("viewer", |row| Value::Text(row.viewer.clone()))
        .column("way", |row| Value::Text(row.way.clone()))
        .column("view", |row| Value::Text(row.view.clone()));
    let table = match has_users {
        true => table.column("user", |row| match &row.user {
            Some(id) => Value::Link {
                text: id.clone(),
                href: href(AccessesView::PATH, "user", id),
            },
            None => Value::Text("(erased)".to_owned()),
        }),
        false => table,
    };
    table
        .column("reason", |row| Value::text(row.reason.as_deref()))
        .column("row", |row| Value::number(row.id.unsigned_abs()))
}

/// Whether the log is as it was written.
fn chain_state(chain: &AccessChain) -> Markup {
    let rows = pluralize(chain.rows, "row");
    html! {
        @match &chain.fault {
            None => p.summary {
                span.badge.good { "✓ Log is whole" } " "
                (rows) " checked"
                @if chain.erased_reasons > 0 {
                    ", " (pluralize(chain.erased_reasons, "reason")) " erased with a forgotten user"
                }
                @if let Some(hash) = &chain.last_hash {
                    " · last hash " code.hash title=(hash) { (hash.get(..16).unwrap_or(hash)) "…" }
                }
            },
            Some(fault) => div.error role="alert" {
                p { strong { "The log was changed: " (fault) "." } }
                p { "The " (rows) " before are as they were written." }
            },
        }
    }
}

fn user_form(context: &PageContext) -> Markup {
    let user = context.query.get("user").unwrap_or_default();
    let others = context.query.without("user").without("after");
    html! {
        form.filter action=(context.path) method="get" {
            @for (name, value) in others.pairs() {
                input type="hidden" name=(name) value=(value);
            }
            label for="user" { "Looked at" }
            input #user type="search" name="user" value=(user) placeholder="Id of a user"
                spellcheck="false" autocomplete="off";
            button type="submit" { "Show" }
            @if !user.is_empty() {
                a href=(others.href(context.path)) { "Everybody" }
            }
        }
    }
}
