//! The list of sessions.

use maud::html;
use serde::Serialize;
use whose_store::{Queries, SessionRow};

use super::components::{PAGE_ROWS, empty_state, pager, user_link};
use super::page_error::PageError;
use super::person::session_table;
use super::view::{PageBody, PageContext, View};
use crate::export::CsvTable;
use crate::url_query::UrlQuery;

/// The sessions, last seen first; those of one user with the parameter `user`.
#[derive(Debug)]
pub(crate) struct SessionsView;

/// The data of [`SessionsView`].
#[derive(Debug, Serialize)]
pub(crate) struct Sessions {
    sessions: Vec<SessionRow>,
    /// The id of the last session, if more follow: the value of `after`.
    next: Option<String>,
}

impl View for SessionsView {
    type Data = Sessions;

    const PATH: &'static str = "/sessions";

    fn load(store: &dyn Queries, query: &UrlQuery) -> Result<Sessions, PageError> {
        let user = query.get("user");
        let rows = query.page_rows(PAGE_ROWS)?;
        let range = query.range(rows + 1)?;
        let sessions = match query.get("after") {
            Some(after) => store.sessions_after(user, after, &range)?,
            None => store.sessions(user, &range)?,
        };
        let mut sessions = sessions.collect::<Result<Vec<_>, _>>()?;
        let has_more = sessions.len() > rows;
        sessions.truncate(rows);
        let last = sessions.last().filter(|_| has_more);
        Ok(Sessions {
            next: last.map(|session| session.id.clone()),
            sessions,
        })
    }

    fn body(data: &Sessions, context: &PageContext) -> PageBody {
        let user = context.query.get("user");
        let content = html! {
            @if let Some(user) = user {
                p.summary {
                    "Sessions of " (user_link(user)) " · "
                    a href=(context.query.without("user").without("after").href(context.path)) {
                        "Show the sessions of everybody"
                    }
                }
            } @else {
                p.summary { "Last seen first. A session is a visit, a job run, or what else the application names." }
            }
            @if data.sessions.is_empty() {
                (empty_state(
                    "No session has a record in this time range.",
                    "Choose a longer time range, or give records a session with `whose::session`.",
                ))
            } @else {
                (session_table(true).html(&data.sessions, context))
                (pager(context, data.next.as_deref()))
            }
        };
        PageBody::new("Sessions", content)
    }

    fn csv(data: &Sessions) -> CsvTable {
        session_table(true).csv(&data.sessions)
    }
}
