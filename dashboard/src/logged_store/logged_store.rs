//! Loading the data of a view, and logging whose records it shows.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use whose_store::{Eraser, Prices, Queries, StoreError};

use super::access_context::AccessContext;
use super::reader_pool::ReaderPool;
use super::reasons::Reasons;
use crate::pages::{PageError, TextView, View};
use crate::url_query::UrlQuery;

/// How often the path is checked to name the file that is open.
const CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// A store whose views of persons are written to the access log before they are shown.
#[derive(Clone, Debug)]
pub(crate) struct LoggedStore {
    readers: Arc<ReaderPool>,
    reasons: Arc<Reasons>,
}

impl LoggedStore {
    pub(crate) fn open(path: &Path, prices: Prices) -> Result<Self, StoreError> {
        Ok(Self {
            readers: Arc::new(ReaderPool::open(path, prices)?),
            reasons: Arc::default(),
        })
    }

    /// Replaces the reasons of views that state none.
    pub(crate) fn with_reasons(self, reasons: Reasons) -> Self {
        Self {
            reasons: Arc::new(reasons),
            ..self
        }
    }

    /// The path of the file.
    #[cfg(feature = "ingest")]
    pub(crate) fn path(&self) -> &Path {
        self.readers.path()
    }

    /// Opens the file for erasing.
    pub(crate) fn eraser(&self) -> Result<Eraser, PageError> {
        self.readers.eraser()
    }

    /// How many files were open so far. The number changes when the path names another file.
    pub(crate) fn generation(&self) -> u64 {
        self.readers.generation()
    }

    /// Why the file cannot be written at the moment.
    pub(crate) async fn write_failure(&self) -> Option<String> {
        let log = Arc::clone(self.readers.log());
        let checked = tokio::task::spawn_blocking(move || log.failure());
        checked.await.ok().flatten()
    }

    /// Closes the connections to a file that was replaced, since another program waits for them. Never
    /// ends.
    pub(crate) async fn watch_file(&self) {
        loop {
            tokio::time::sleep(CHECK_INTERVAL).await;
            let readers = Arc::clone(&self.readers);
            // The next query returns the error.
            let _ = tokio::task::spawn_blocking(move || readers.check_file()).await;
        }
    }

    /// Runs a query on a thread that may block. Logs nothing: what shows the records of a person calls
    /// [`log_views`](Self::log_views).
    pub(crate) async fn query<T: Send + 'static>(
        &self,
        query: impl FnOnce(&mut dyn Queries) -> Result<T, PageError> + Send + 'static,
    ) -> Result<T, PageError> {
        self.readers.query(query).await
    }

    /// Loads the data of a view, logs whose records it has, and passes it to `finish`. All of this runs on
    /// a thread that may block.
    pub(crate) async fn load<V: View, T: Send + 'static>(
        &self,
        context: AccessContext,
        query: &UrlQuery,
        finish: impl FnOnce(V::Data) -> Result<T, PageError> + Send + 'static,
    ) -> Result<T, PageError> {
        let (this, query) = (self.clone(), query.clone());
        self.query(move |store| {
            let data = V::load(store, &query)?;
            let users = V::viewed_users(&data, &query);
            this.log_views(&context, &users, &query)?;
            finish(data)
        })
        .await
    }

    /// As [`load`](Self::load), for an answer that has no place for a mistake in a parameter: the mistake
    /// is an error.
    pub(crate) async fn load_twin<V: View, T: Send + 'static>(
        &self,
        context: AccessContext,
        query: &UrlQuery,
        finish: impl FnOnce(V::Data) -> Result<T, PageError> + Send + 'static,
    ) -> Result<T, PageError> {
        let parameters = query.clone();
        let finish = move |data| match V::rejection(&data, &parameters) {
            Some(error) => Err(error.into()),
            None => finish(data),
        };
        self.load::<V, T>(context, query, finish).await
    }

    /// Loads the text of a view, and logs whose records it has.
    pub(crate) async fn load_text<V: TextView>(
        &self,
        context: AccessContext,
        query: &UrlQuery,
    ) -> Result<String, PageError> {
        let (this, query) = (self.clone(), query.clone());
        self.query(move |store| {
            let loaded = V::load_text(store, &query)?;
            this.log_views(&context, &loaded.users, &query)?;
            Ok(loaded.text)
        })
        .await
    }

    /// Logs that a viewer sees the records of users, with the reason of the request or the default.
    pub(crate) fn log_views(
        &self,
        context: &AccessContext,
        users: &[String],
        query: &UrlQuery,
    ) -> Result<(), PageError> {
        if users.is_empty() {
            return Ok(());
        }
        let reason = self.reasons.of(query);
        if self.reasons.is_required && reason.is_none() {
            return Err(PageError::ReasonRequired);
        }
        let accesses = users
            .iter()
            .map(|user| context.access(user).reason(reason.unwrap_or_default()));
        self.readers.log().append(&accesses.collect::<Vec<_>>())
    }
}
