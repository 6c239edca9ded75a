//! The trait of the views.

use std::collections::BTreeSet;

use maud::Markup;
use serde::Serialize;
use whose_store::{Queries, RecordRow};

use super::page_error::PageError;
use super::server_state::ServerState;
use crate::export::CsvTable;
use crate::url_query::{InvalidParameter, UrlQuery};

/// One view of the store: a page, and the same data as JSON and as CSV.
///
/// The URL of the page holds the whole state of the view. The server serves the twins below the
/// path of the page: `/users`, `/users.json`, `/users.csv`, and `/users.sql`, the statements that
/// the view executes.
pub(crate) trait View: 'static {
    /// The data of the view.
    type Data: Serialize + Send + 'static;

    /// The path of the page.
    const PATH: &'static str;

    /// Queries the data.
    ///
    /// # Errors
    /// A parameter that the view cannot use, an id that the store does not know, and the errors of
    /// the query.
    fn load(store: &dyn Queries, query: &UrlQuery) -> Result<Self::Data, PageError>;

    /// Adds what the server knows beside the store.
    fn add_server_state(_data: &mut Self::Data, _state: &ServerState) {}

    /// The users whose records the view shows, one by one: by default the user that the parameter
    /// `user` selects. Each is written to the access log before the server answers; the server shows
    /// nothing where that fails.
    ///
    /// A list of all users, and sums over them, show the records of nobody.
    fn viewed_users(_data: &Self::Data, query: &UrlQuery) -> Vec<String> {
        user_filter(query)
    }

    /// The title and the content of the page.
    fn body(data: &Self::Data, context: &PageContext) -> PageBody;

    /// The data as a table.
    fn csv(data: &Self::Data) -> CsvTable;

    /// Why there is no data, for the twins of a page that shows the mistake at its place.
    fn rejection(_: &Self::Data, _: &UrlQuery) -> Option<InvalidParameter> {
        None
    }
}

/// The user that the parameter `user` limits a list to, for [`View::viewed_users`].
pub(crate) fn user_filter(query: &UrlQuery) -> Vec<String> {
    query.get("user").map(str::to_owned).into_iter().collect()
}

/// A view that is a text as well, below its path with the ending `.txt`: to paste into a message or
/// to hand to a model.
pub(crate) trait TextView: View {
    /// Queries the text.
    ///
    /// # Errors
    /// The errors of [`load`](View::load).
    fn load_text(store: &dyn Queries, query: &UrlQuery) -> Result<ViewText, PageError>;
}

/// The text of a view.
#[derive(Debug)]
pub(crate) struct ViewText {
    pub(crate) text: String,
    /// The users whose records the text has, as in [`View::viewed_users`].
    pub(crate) users: Vec<String>,
}

/// The users of records, each once.
pub(super) fn users_of<'a>(records: impl IntoIterator<Item = &'a RecordRow>) -> Vec<String> {
    let users = records.into_iter().filter_map(|row| row.user.clone());
    let users: BTreeSet<String> = users.collect();
    users.into_iter().collect()
}

/// The title and the content of a page.
#[derive(Debug)]
pub(crate) struct PageBody {
    /// The title: what the page shows, and of whom.
    pub(crate) title: String,
    pub(crate) content: Markup,
    /// The scripts that only this page needs: names of assets.
    pub(crate) scripts: &'static [&'static str],
}

impl PageBody {
    /// A page without scripts of its own.
    pub(crate) fn new(title: impl Into<String>, content: Markup) -> Self {
        Self {
            title: title.into(),
            content,
            scripts: &[],
        }
    }
}

/// The request of a page.
#[derive(Clone, Debug)]
pub(crate) struct PageContext {
    /// The path of the view.
    pub(crate) path: &'static str,
    /// The query string.
    pub(crate) query: UrlQuery,
    /// Whether the page has twins and a time range.
    pub(super) is_view: bool,
    /// Whether the page has a button to sign out.
    pub(super) is_signed_in: bool,
    /// Why the file cannot be written at the moment.
    pub(super) write_failure: Option<String>,
}

impl PageContext {
    pub(crate) fn new(path: &'static str, query: UrlQuery) -> Self {
        Self {
            path,
            query,
            is_view: true,
            is_signed_in: false,
            write_failure: None,
        }
    }

    /// The request of a viewer who is signed in, or who is not.
    pub(crate) fn signed_in(self, is_signed_in: bool) -> Self {
        Self {
            is_signed_in,
            ..self
        }
    }

    /// Shows at the top of the page why the file cannot be written.
    pub(crate) fn with_write_failure(self, write_failure: Option<String>) -> Self {
        Self {
            write_failure,
            ..self
        }
    }

    /// The request of a page that is no view: a form, or what came of it.
    pub(crate) fn of_form(path: &'static str, query: UrlQuery) -> Self {
        Self {
            is_view: false,
            ..Self::new(path, query)
        }
    }

    /// The URL of the same view with another value of one parameter.
    pub(crate) fn href_with(&self, name: &str, value: impl Into<String>) -> String {
        self.query.with(name, value).href(self.path)
    }

    /// The URL of a twin: `.json`, `.csv` or `.sql`.
    pub(crate) fn twin(&self, ending: &str) -> String {
        self.query.href(&format!("{}{ending}", self.path))
    }
}
