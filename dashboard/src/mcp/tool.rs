//! A tool: its name, its arguments, and the view that answers.

use std::fmt;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use rmcp::model::{JsonObject, Tool as Description, ToolAnnotations};

use super::answer::Answer;
use super::check::check;
use super::failure::Failure;
use super::parameters::{self, Arguments};
use super::schema;
use crate::export::to_csv;
use crate::logged_store::{AccessContext, LoggedStore};
use crate::pages::{PageError, TextView, View};
use crate::url_query::UrlQuery;

type Loaded = BoxFuture<'static, Result<Answer, PageError>>;

/// A tool: its name, its arguments, and the view that answers.
///
/// The arguments become the parameters of the view's URL, so a tool and the page of the same view answer
/// alike.
pub(super) struct Tool {
    pub(super) name: &'static str,
    about: &'static str,
    schema: Arc<JsonObject>,
    read: fn(JsonObject) -> Result<UrlQuery, String>,
    load: fn(LoggedStore, AccessContext, UrlQuery) -> Loaded,
}

impl Tool {
    /// A tool that answers with the data of a view.
    pub(super) fn json<V: View, A: Arguments>(name: &'static str, about: &'static str) -> Self {
        Self::new::<A>(name, about, load_json::<V>)
    }

    /// A tool that answers with the text of a view.
    pub(super) fn text<V: TextView, A: Arguments>(name: &'static str, about: &'static str) -> Self {
        Self::new::<A>(name, about, load_text::<V>)
    }

    /// A tool that answers with the table of a view, as CSV.
    pub(super) fn table<V: View, A: Arguments>(name: &'static str, about: &'static str) -> Self {
        Self::new::<A>(name, about, load_table::<V>)
    }

    fn new<A: Arguments>(
        name: &'static str,
        about: &'static str,
        load: fn(LoggedStore, AccessContext, UrlQuery) -> Loaded,
    ) -> Self {
        Self {
            name,
            about,
            schema: Arc::new(schema::of::<A>()),
            read: parameters::read::<A>,
            load,
        }
    }

    /// What the client is told about the tool.
    pub(super) fn description(&self) -> Description {
        let annotations = ToolAnnotations::new()
            .read_only(true)
            .destructive(false)
            .open_world(false);
        Description::new(self.name, self.about, Arc::clone(&self.schema))
            .with_annotations(annotations)
    }

    /// Answers a call.
    pub(super) async fn call(
        &self,
        store: LoggedStore,
        context: AccessContext,
        arguments: JsonObject,
    ) -> Result<Answer, Failure> {
        check(&self.schema, &arguments).map_err(Failure::Arguments)?;
        let query = (self.read)(arguments).map_err(Failure::Arguments)?;
        (self.load)(store, context, query)
            .await
            .map_err(Failure::View)
    }
}

impl fmt::Debug for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tool").field("name", &self.name).finish()
    }
}

fn load_json<V: View>(store: LoggedStore, context: AccessContext, query: UrlQuery) -> Loaded {
    let load = async move {
        let answer = |data: V::Data| Ok(Answer::json(&data)?);
        store.load_twin::<V, _>(context, &query, answer).await
    };
    load.boxed()
}

fn load_text<V: TextView>(store: LoggedStore, context: AccessContext, query: UrlQuery) -> Loaded {
    let load = async move {
        let text = store.load_text::<V>(context, &query).await?;
        Ok(Answer::text_of(&text))
    };
    load.boxed()
}

fn load_table<V: View>(store: LoggedStore, context: AccessContext, query: UrlQuery) -> Loaded {
    let load = async move {
        let answer = |data: V::Data| Ok(Answer::text_of(&to_csv(&V::csv(&data))));
        store.load_twin::<V, _>(context, &query, answer).await
    };
    load.boxed()
}
