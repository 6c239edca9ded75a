//! The stream of new records to an open page.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use tokio::sync::OwnedSemaphorePermit;
use whose_store::{AccessWay, Queries};

use super::app::App;
use crate::access::Viewer;
use crate::logged_store::AccessContext;
use crate::pages::{LiveRecords, PageError, live_records, user_filter};
use crate::url_query::UrlQuery;

/// How often an open page asks the store.
const INTERVAL: Duration = Duration::from_millis(500);

const PATH: &str = "/live/stream";

/// One open page.
struct Follower {
    app: App,
    viewer: Viewer,
    query: UrlQuery,
    after: Option<i64>,
    is_logged: bool,
    /// The file that `after` belongs to; `None` once the page was told that there is another.
    generation: Option<u64>,
    _permit: OwnedSemaphorePermit,
}

impl Follower {
    /// The next query: the records that the page has not got, logged before they are sent.
    fn update(
        &self,
    ) -> impl FnOnce(&mut dyn Queries) -> Result<LiveRecords, PageError> + Send + 'static {
        let (app, viewer, query) = (self.app.clone(), self.viewer.clone(), self.query.clone());
        let (after, is_logged) = (self.after, self.is_logged);
        move |store| {
            let records = live_records(store, &query, after)?;
            if !is_logged && records.rows().is_some() {
                let context = AccessContext::new(viewer, AccessWay::Page, PATH);
                app.store
                    .log_views(&context, &user_filter(&query), &query)?;
            }
            Ok(records)
        }
    }
}

/// Answers `/live/stream`: the rows of new records, as server-sent events.
///
/// A stream of one user is a view of that user, and is logged with the first rows: the user may be
/// unknown to the store before.
pub(super) async fn live_stream(
    State(app): State<App>,
    Extension(viewer): Extension<Viewer>,
    RawQuery(query): RawQuery,
) -> Response {
    let query = UrlQuery::parse(query.as_deref().unwrap_or_default());
    let after = match query.parsed("after") {
        Ok(after) => after,
        Err(error) => return (StatusCode::BAD_REQUEST, error.to_string()).into_response(),
    };
    let Ok(permit) = Arc::clone(&app.live_permits).try_acquire_owned() else {
        let advice = "too many open pages follow the store: close one of them\n";
        return (StatusCode::SERVICE_UNAVAILABLE, advice).into_response();
    };
    let generation = Some(app.store.generation());
    let follower = Follower {
        app,
        viewer,
        query,
        after,
        is_logged: false,
        generation,
        _permit: permit,
    };
    let events = stream::unfold(follower, next_event);
    Sse::new(events)
        .keep_alive(KeepAlive::default())
        .into_response()
}

/// Waits for records that the page has not got. Ends when the server stops, and after the event
/// `replaced`: the page loads itself again, since the records of another file have other ids.
async fn next_event(mut follower: Follower) -> Option<(Result<Event, Infallible>, Follower)> {
    let generation = follower.generation?;
    loop {
        let mut stop = follower.app.stop.clone();
        tokio::select! {
            _ = stop.wait_for(|is_stopping| *is_stopping) => return None,
            () = tokio::time::sleep(INTERVAL) => {}
        }
        let store = follower.app.store.clone();
        let records = store.query(follower.update()).await;
        if store.generation() != generation && records.is_ok() {
            follower.generation = None;
            let event = Event::default().event("replaced").data("another file");
            return Some((Ok(event), follower));
        }
        let event = match records {
            Ok(records) => {
                follower.after = records.newest();
                let Some(rows) = records.rows() else { continue };
                follower.is_logged = true;
                Event::default().event("rows").data(rows.into_string())
            }
            Err(error) => Event::default().event("failure").data(error.to_string()),
        };
        return Some((Ok(event), follower));
    }
}
