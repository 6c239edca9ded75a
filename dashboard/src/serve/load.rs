//! Loading the data of a view, and logging whose records it shows.

use whose_store::{Access, AccessWay, Queries, StoreError};

use super::app::App;
use super::shared_log::SharedLog;
use crate::access::Viewer;
use crate::pages::{PageError, View};
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
    let (app, query) = (app.clone(), query.clone());
    let viewer = viewer.name().to_owned();
    let readers = app.readers.clone();
    readers
        .query(move |store| {
            let data = V::load(store, &query)?;
            for user in V::viewed_users(&data, &query) {
                let access = Access::new(&viewer, way, V::PATH, user);
                app.log_view(access, &query)?;
            }
            finish(store, data)
        })
        .await
}

impl App {
    /// Appends a view with its reason: that of the request, or that of the server.
    pub(super) fn log_view(&self, access: Access, query: &UrlQuery) -> Result<(), PageError> {
        let reasons = &self.policy.reasons;
        let reason = query.get("reason").or(reasons.default.as_deref());
        let reason = reason.filter(|reason| !reason.trim().is_empty());
        if reasons.is_required && reason.is_none() {
            return Err(PageError::ReasonRequired);
        }
        append(&self.log, &access.reason(reason.unwrap_or_default()))
    }
}

fn append(log: &SharedLog, access: &Access) -> Result<(), PageError> {
    log.append(access).map_err(|error| match error {
        // The user was erased since the records were read.
        StoreError::UnknownUser { .. } => PageError::from(error),
        error => PageError::AccessLog(error),
    })
}
