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
use super::responses::text_error;
use crate::access::Viewer;
use crate::pages::live_records;
use crate::url_query::UrlQuery;

/// How often an open page asks the store.
const INTERVAL: Duration = Duration::from_millis(500);

const PATH: &str = "/live/stream";

/// One open page.
struct Follower {
    app: App,
    query: UrlQuery,
    after: Option<i64>,
    _permit: OwnedSemaphorePermit,
}

/// Answers `/live/stream`: the rows of new records, as server-sent events.
///
/// A stream of one user is a view of that user, and is logged when it begins.
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
    let (logged, of_stream) = (app.clone(), query.clone());
    let log = move |_: &mut dyn Queries| {
        let users: Vec<String> = of_stream
            .get("user")
            .map(str::to_owned)
            .into_iter()
            .collect();
        logged.log_views(&viewer, AccessWay::Page, PATH, &users, &of_stream)
    };
    if let Err(error) = app.readers.query(log).await {
        return text_error(&error);
    }
    let follower = Follower {
        app,
        query,
        after,
        _permit: permit,
    };
    let events = stream::unfold(follower, next_event);
    Sse::new(events)
        .keep_alive(KeepAlive::default())
        .into_response()
}

/// Waits for records that the page has not got. Ends when the server stops.
async fn next_event(mut follower: Follower) -> Option<(Result<Event, Infallible>, Follower)> {
    loop {
        let mut stop = follower.app.stop.clone();
        tokio::select! {
            _ = stop.wait_for(|is_stopping| *is_stopping) => return None,
            () = tokio::time::sleep(INTERVAL) => {}
        }
        let (query, after) = (follower.query.clone(), follower.after);
        let readers = Arc::clone(&follower.app.readers);
        let records = readers.query(move |store| live_records(store, &query, after));
        let event = match records.await {
            Ok(records) => {
                follower.after = records.newest();
                let Some(rows) = records.rows() else { continue };
                Event::default().event("rows").data(rows.into_string())
            }
            Err(error) => Event::default().event("failure").data(error.to_string()),
        };
        return Some((Ok(event), follower));
    }
}
