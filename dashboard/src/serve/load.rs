//! Loading the data of a view, and logging whose records it shows.

use whose_store::{Access, AccessWay, Queries};

use super::app::App;
use crate::access::Viewer;
use crate::pages::{PageError, TextView, View};
use crate::url_query::UrlQuery;

/// Loads the data of a view, logs whose records it has, and passes it to `finish`. All of this runs on
/// a thread that may block.
pub(super) async fn load<V: View, T: Send + 'static>(
    app: &App,
    viewer: &Viewer,
    way: AccessWay,
    query: &UrlQuery,
    finish: impl FnOnce(&dyn Queries, V::Data) -> Result<T, PageError> + Send + 'static,
) -> Result<T, PageError> {
    let (app, query, viewer) = (app.clone(), query.clone(), viewer.clone());
    let readers = app.readers.clone();
    readers
        .query(move |store| {
            let data = V::load(store, &query)?;
            let users = V::viewed_users(&data, &query);
            app.log_views(&viewer, way, V::PATH, &users, &query)?;
            finish(store, data)
        })
        .await
}

/// Loads the text of a view, and logs whose records it has.
pub(super) async fn load_text<V: TextView>(
    app: &App,
    viewer: &Viewer,
    query: &UrlQuery,
) -> Result<String, PageError> {
    let (app, query, viewer) = (app.clone(), query.clone(), viewer.clone());
    let readers = app.readers.clone();
    readers
        .query(move |store| {
            let loaded = V::load_text(store, &query)?;
            app.log_views(&viewer, AccessWay::Api, V::PATH, &loaded.users, &query)?;
            Ok(loaded.text)
        })
        .await
}

impl App {
    /// Logs that a viewer sees the records of users, with the reason of the request or that of the
    /// server.
    pub(super) fn log_views(
        &self,
        viewer: &Viewer,
        way: AccessWay,
        view: &str,
        users: &[String],
        query: &UrlQuery,
    ) -> Result<(), PageError> {
        if users.is_empty() {
            return Ok(());
        }
        let reasons = &self.policy.reasons;
        let reason = query.get("reason").or(reasons.default.as_deref());
        let reason = reason.filter(|reason| !reason.trim().is_empty());
        if reasons.is_required && reason.is_none() {
            return Err(PageError::ReasonRequired);
        }
        let access = |user| Access::new(viewer.name(), way, view, user);
        let accesses = users
            .iter()
            .map(|user| access(user).reason(reason.unwrap_or_default()));
        self.readers.log().append(&accesses.collect::<Vec<_>>())
    }
}
